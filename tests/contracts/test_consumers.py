"""Both stores keep cursors of consumers and parked events alike, and those of each apart."""

import threading

import pytest

from partita.engine.consumer_ports import LONGEST_ERROR, Cursor, Parked
from partita.engine.ports import LedgerInfo
from partita.kernel.moment import Moment
from partita.wiring import FullStore
from tests.plugins.steering import NOON

SINK, HOOK = "sink:snk_1", "webhook:whe_1"


@pytest.fixture
def info(store: FullStore) -> LedgerInfo:
    """A ledger beside another, which is at other places."""
    other = store.create_ledger("other", NOON)
    store.reset(other, SINK, 99)
    store.park(other, parked(7))
    return store.create_ledger("main", NOON)


def parked(sequence: int, *, consumer: str = SINK, error: str = "too large") -> Parked:
    return Parked(consumer, sequence, f"evt_{sequence}", "payment.settled", 5, error, NOON)


def test_who_is_not_known_has_got_nothing(store: FullStore, info: LedgerInfo) -> None:
    assert store.cursor(info, SINK) == 0
    assert store.cursors(info) == []
    assert store.parked(info, SINK, 0, 10) == []


def test_a_cursor_moves_only_from_where_it_was_seen(store: FullStore, info: LedgerInfo) -> None:
    assert store.advance(info, SINK, held=3, to=4) is False
    assert store.advance(info, SINK, held=0, to=10) is True
    assert store.advance(info, SINK, held=0, to=12) is False
    assert store.cursor(info, SINK) == 10
    assert store.advance(info, SINK, held=10, to=12) is True
    assert store.cursor(info, SINK) == 12
    assert store.cursor(info, HOOK) == 0


def test_of_many_that_move_a_cursor_one_does(store: FullStore, info: LedgerInfo) -> None:
    start, moved = threading.Barrier(4), []

    def move(to: int) -> None:
        start.wait()
        moved.append(store.advance(info, SINK, held=0, to=to))

    threads = [threading.Thread(target=move, args=(to,)) for to in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(moved) == [False, False, False, True]


def test_a_cursor_is_set_back_wherever_it_is(store: FullStore, info: LedgerInfo) -> None:
    store.reset(info, SINK, 5)
    assert store.cursor(info, SINK) == 5
    store.reset(info, SINK, 0)
    assert store.cursor(info, SINK) == 0
    assert store.advance(info, SINK, held=0, to=3) is True, "set to 0 is as good as new"


def test_parked_events_lie_in_order_and_are_taken_off(store: FullStore, info: LedgerInfo) -> None:
    for sequence in (9, 3, 5):
        store.park(info, parked(sequence))
    store.park(info, parked(4, consumer=HOOK))
    assert [each.sequence for each in store.parked(info, SINK, 0, 10)] == [3, 5, 9]
    assert [each.sequence for each in store.parked(info, SINK, 3, 1)] == [5]
    assert store.parked(info, SINK, 3, 1) == [parked(5)]
    assert store.unpark(info, SINK, 5) is True
    assert store.unpark(info, SINK, 5) is False
    assert [each.sequence for each in store.parked(info, SINK, 0, 10)] == [3, 9]
    assert store.parked(info, HOOK, 0, 10) == [parked(4, consumer=HOOK)]


def test_parking_again_says_it_anew(store: FullStore, info: LedgerInfo) -> None:
    store.park(info, parked(3))
    again = Parked(SINK, 3, "evt_3", "payment.settled", 10, "still", Moment(NOON + 1))
    store.park(info, again)
    assert store.parked(info, SINK, 0, 10) == [again]


def test_cursors_tell_how_much_is_parked(store: FullStore, info: LedgerInfo) -> None:
    store.reset(info, HOOK, 2)
    store.reset(info, SINK, 10)
    for sequence in (3, 5):
        store.park(info, parked(sequence))
    assert store.cursors(info) == [Cursor(SINK, 10, 2), Cursor(HOOK, 2, 0)]


def test_who_is_forgotten_leaves_nothing(store: FullStore, info: LedgerInfo) -> None:
    store.reset(info, SINK, 10)
    store.reset(info, HOOK, 2)
    store.park(info, parked(3))
    store.forget(info, SINK)
    store.forget(info, SINK)
    assert store.cursors(info) == [Cursor(HOOK, 2, 0)]
    assert store.parked(info, SINK, 0, 10) == []


def test_an_error_is_kept_whatever_is_in_it(store: FullStore, info: LedgerInfo) -> None:
    event = Parked.of(parked(3), error="bad \0 byte \ud800 " + "x" * 2_000)
    assert len(event.error) == LONGEST_ERROR
    store.park(info, event)
    assert store.parked(info, SINK, 0, 10) == [event]
