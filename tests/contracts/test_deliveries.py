"""Both stores keep deliveries of webhooks alike: queued once, claimed by one, noted whole."""

import threading
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from partita.engine.delivery_ports import (
    Attempt,
    Backlog,
    Claim,
    Delivery,
    DeliveryFilter,
    DeliveryStatus,
    Health,
    Noted,
    Replay,
    delivery_id,
    kept_text,
)
from partita.engine.ports import LedgerInfo
from partita.kernel.moment import Moment
from partita.wiring import FullStore
from tests.plugins.steering import NOON

HOOK, OTHER = "whe_1", "whe_2"
MINUTE = 60_000_000


def after(minutes: int) -> Moment:
    return Moment(NOON + minutes * MINUTE)


def owed(sequence: int, endpoint: str = HOOK, **fields: Any) -> Delivery:
    """A delivery that is due at noon."""
    event = f"evt_01M7W7N0R2QFH4PZWZ85JVAP{sequence:02}"
    given: dict[str, Any] = {"created_at": NOON, "next_attempt_at": NOON} | fields
    identifier = delivery_id(endpoint, sequence, event)
    return Delivery(
        id=identifier, endpoint=endpoint, sequence=sequence, event_id=event,
        type="payment.settled", **given,
    )  # fmt: skip


def claim(minutes: int = 0, limit: int = 10, *, is_strict: bool = False) -> Claim:
    return Claim(after(minutes), after(minutes + 1), limit, is_strict)


def sequences(found: Sequence[Delivery]) -> list[int]:
    return [each.sequence for each in found]


def succeeded(delivery: Delivery, minutes: int = 0) -> Noted:
    attempt = Attempt(
        delivery=delivery.id, at=after(minutes), milliseconds=12, status=204, reply="ok"
    )
    done = msgspec.structs.replace(
        delivery, status=DeliveryStatus.DELIVERED, tries=delivery.tries + 1,
        finished_at=after(minutes),
    )  # fmt: skip
    return Noted(done, attempt)


def failed(delivery: Delivery, minutes: int = 0, error: str = "no answer") -> Noted:
    attempt = Attempt(delivery=delivery.id, at=after(minutes), milliseconds=15_000, error=error)
    again = msgspec.structs.replace(
        delivery, tries=delivery.tries + 1, next_attempt_at=after(minutes + 5), reason=error
    )
    return Noted(again, attempt)


def parked(delivery: Delivery) -> Noted:
    noted = failed(delivery)
    aside = msgspec.structs.replace(noted.after, status=DeliveryStatus.PARKED, finished_at=after(1))
    return Noted(aside, noted.attempt)


@pytest.fixture
def info(store: FullStore) -> LedgerInfo:
    """A ledger beside another, which owes too."""
    other = store.create_ledger("other", NOON)
    store.queue_deliveries(other, [owed(1), owed(7)])
    store.note_attempts(other, [succeeded(owed(1))])
    return store.create_ledger("main", NOON)


def test_an_id_follows_from_endpoint_and_event() -> None:
    assert owed(1).id == owed(1).id
    assert len({owed(1).id, owed(2).id, owed(1, OTHER).id}) == 3
    assert owed(1).id.startswith("whd_01M7W7N0R2")
    assert len(owed(1).id) == 30


def test_what_is_queued_twice_is_there_once(store: FullStore, info: LedgerInfo) -> None:
    store.queue_deliveries(info, [owed(2), owed(1)])
    store.note_attempts(info, [succeeded(owed(1))])
    store.queue_deliveries(info, [owed(1), owed(2), owed(3, created_at=after(1))])
    found = store.deliveries(info, DeliveryFilter(), None, 10)
    assert sequences(found) == [3, 2, 1]
    assert found[2] == succeeded(owed(1)).after
    assert store.backlogs(info) == [Backlog(HOOK, 2, NOON, NOON)]
    assert store.delivery(info, owed(2).id) == owed(2)
    assert store.delivery(info, owed(7).id) is None, "that is another ledger's"


def test_queued_again_it_begins_anew(store: FullStore, info: LedgerInfo) -> None:
    store.queue_deliveries(info, [owed(1)])
    store.note_attempts(info, [parked(owed(1))])
    store.queue_deliveries(
        info, [owed(1, created_at=after(9), next_attempt_at=after(9))], again=True
    )
    assert store.delivery(info, owed(1).id) == owed(1, next_attempt_at=after(9))
    assert len(store.attempts(info, owed(1).id, 10)) == 1, "what was tried stays told"


def test_what_is_due_is_claimed_in_order_by_one(store: FullStore, info: LedgerInfo) -> None:
    store.queue_deliveries(info, [owed(3), owed(1), owed(2), owed(4, next_attempt_at=after(2))])
    store.queue_deliveries(info, [owed(1, OTHER)])
    assert sequences(store.claim_deliveries(info, HOOK, claim(limit=2))) == [1, 2]
    assert sequences(store.claim_deliveries(info, HOOK, claim())) == [3]
    assert store.claim_deliveries(info, HOOK, claim()) == []
    assert sequences(store.claim_deliveries(info, OTHER, claim())) == [1]
    late = store.claim_deliveries(info, HOOK, claim(2))
    assert sequences(late) == [1, 2, 3, 4], "a claim runs out, for its holder may be dead"


def test_a_strict_endpoint_has_only_its_first_one(store: FullStore, info: LedgerInfo) -> None:
    store.queue_deliveries(info, [owed(1), owed(2)])
    first = store.claim_deliveries(info, HOOK, claim(is_strict=True))
    assert sequences(first) == [1]
    assert store.claim_deliveries(info, HOOK, claim(is_strict=True)) == []
    store.note_attempts(info, [failed(first[0])])
    assert store.claim_deliveries(info, HOOK, claim(1, is_strict=True)) == [], "it is waited for"
    again = store.claim_deliveries(info, HOOK, claim(5, is_strict=True))
    store.note_attempts(info, [parked(again[0])])
    assert sequences(store.claim_deliveries(info, HOOK, claim(5, is_strict=True))) == [2]


def test_of_many_workers_each_has_others(store: FullStore, info: LedgerInfo) -> None:
    store.queue_deliveries(info, [owed(sequence) for sequence in range(1, 41)])
    start, taken = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        while found := store.claim_deliveries(info, HOOK, claim(limit=3)):
            taken.extend(sequences(found))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 41))


def test_tries_are_kept_and_give_the_delivery_back(store: FullStore, info: LedgerInfo) -> None:
    store.queue_deliveries(info, [owed(1)])
    (mine,) = store.claim_deliveries(info, HOOK, claim())
    first = failed(mine, 0, kept_text("bad \0 byte \ud800 " + "x" * 2_000))
    store.note_attempts(info, [first])
    assert store.delivery(info, mine.id) == first.after
    assert store.claim_deliveries(info, HOOK, claim(4)) == [], "it waits"
    (mine,) = store.claim_deliveries(info, HOOK, claim(5))
    second = succeeded(mine, 5)
    store.note_attempts(info, [second])
    assert store.delivery(info, mine.id) == second.after
    assert store.attempts(info, mine.id, 10) == [second.attempt, first.attempt]
    assert store.attempts(info, mine.id, 1) == [second.attempt]
    assert store.backlogs(info) == []


def test_what_another_worker_finished_stays_finished(store: FullStore, info: LedgerInfo) -> None:
    store.queue_deliveries(info, [owed(1)])
    store.note_attempts(info, [succeeded(owed(1))])
    store.note_attempts(info, [failed(owed(1))])
    assert store.delivery(info, owed(1).id) == succeeded(owed(1)).after
    assert len(store.attempts(info, owed(1).id, 10)) == 2


def test_how_an_endpoint_fares(store: FullStore, info: LedgerInfo) -> None:
    store.queue_deliveries(info, [owed(sequence) for sequence in range(1, 7)])
    assert store.healths(info, [HOOK]) == {}
    store.note_attempts(info, [failed(owed(1), 1, "a"), succeeded(owed(2), 2), failed(owed(3), 3)])
    store.note_attempts(info, [parked(owed(4)), failed(owed(1), 4, "b")])
    assert store.healths(info, [HOOK, OTHER]) == {
        HOOK: Health(
            endpoint=HOOK, delivered=1, failed=4, failures=3, failing_since=after(3),
            last_success_at=after(2), last_failure_at=after(4), last_error="b", parked=1,
        )
    }  # fmt: skip
    store.note_attempts(info, [succeeded(owed(5), 6)])
    found = store.healths(info, [HOOK])[HOOK]
    assert (found.failures, found.failing_since, found.delivered) == (0, None, 2)
    assert found.last_error == "b"


def test_lists_by_filters_and_pages(store: FullStore, info: LedgerInfo) -> None:
    rows = [owed(sequence, endpoint) for sequence in (1, 2, 3) for endpoint in (HOOK, OTHER)]
    store.queue_deliveries(info, rows)
    store.note_attempts(info, [succeeded(rows[0])])
    everything = store.deliveries(info, DeliveryFilter(), None, 10)
    assert [(each.sequence, each.endpoint) for each in everything] == [
        (3, OTHER), (3, HOOK), (2, OTHER), (2, HOOK), (1, OTHER), (1, HOOK),
    ]  # fmt: skip
    behind = store.deliveries(info, DeliveryFilter(), (2, OTHER), 2)
    assert [(each.sequence, each.endpoint) for each in behind] == [(2, HOOK), (1, OTHER)]
    mine = DeliveryFilter(endpoint=HOOK, status=DeliveryStatus.PENDING)
    assert sequences(store.deliveries(info, mine, None, 10)) == [3, 2]
    one = DeliveryFilter(event_id=rows[2].event_id)
    assert [each.endpoint for each in store.deliveries(info, one, None, 10)] == [OTHER, HOOK]


def test_what_was_finished_long_ago_is_forgotten(store: FullStore, info: LedgerInfo) -> None:
    store.queue_deliveries(info, [owed(sequence) for sequence in (1, 2, 3, 4)])
    store.note_attempts(info, [succeeded(owed(1)), parked(owed(2)), succeeded(owed(3), 9)])
    assert store.prune_deliveries(info, after(2), 1) == 1
    assert store.prune_deliveries(info, after(2), 10) == 1
    assert store.prune_deliveries(info, after(2), 10) == 0
    assert sequences(store.deliveries(info, DeliveryFilter(), None, 10)) == [4, 3]
    assert store.attempts(info, owed(1).id, 10) == []
    store.note_attempts(info, [failed(owed(1))])
    assert store.attempts(info, owed(1).id, 10) == [], "of what is not there nothing is kept"


def test_an_endpoint_that_is_over_is_owed_nothing(store: FullStore, info: LedgerInfo) -> None:
    store.queue_deliveries(info, [owed(1), owed(2), owed(1, OTHER)])
    store.note_attempts(info, [succeeded(owed(1))])
    store.add_replay(info, replay("whr_1"))
    assert store.drop_deliveries(info, HOOK) == 1
    assert [each.endpoint for each in store.backlogs(info)] == [OTHER]
    assert sequences(store.deliveries(info, DeliveryFilter(endpoint=HOOK), None, 10)) == [1]
    assert store.replays(info) == []


def replay(identifier: str, minutes: int = 0) -> Replay:
    return Replay(identifier, HOOK, 10, 20, after(minutes))


def test_a_range_is_moved_by_one_until_it_is_through(store: FullStore, info: LedgerInfo) -> None:
    store.add_replay(info, replay("whr_2", 1))
    store.add_replay(info, replay("whr_1"))
    first, second = store.replays(info)
    assert (first, second) == (replay("whr_1"), replay("whr_2", 1))
    assert store.move_replay(info, first, 15)
    assert not store.move_replay(info, first, 16), "another worker moved it"
    moved = store.replays(info)[0]
    assert moved.after == 15
    assert store.move_replay(info, moved, 20)
    assert store.replays(info) == [second]
    assert not store.move_replay(info, moved, 20)
