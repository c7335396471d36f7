"""Order and bounds: a dense sequence, time that never goes back, a queue and a book with limits."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest

from partita.adapters.stores.memory.store import MemoryStore
from partita.engine.decider import Decider
from partita.engine.errors import CorruptJournal, Overloaded, Stopped
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Wish
from partita.engine.ports import LedgerInfo
from partita.engine.writer import Writer
from partita.kernel import commands
from partita.kernel.account import AccountType
from partita.kernel.amount import LARGEST
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.wiring import Application, FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask, ask_one
from tests.properties.accountant import assert_sound
from tests.unit.engine.bookkeeping import accepted, atomic, open_accounts, pay, refused
from tests.unit.engine.stores import Answers, Gate, gated

LONG_SECONDS = 20.0


@pytest.mark.parametrize("jump", [-1, -86_400_000_000, NOON])
def test_time_never_goes_back_although_the_clock_does(
    application: Application, ledger: Ledger, store: FullStore, clock: StandingClock, jump: int
) -> None:
    open_accounts(ledger, ["a", "b"])
    before = accepted(ask_one(ledger, pay("a", "b", 1)))
    clock.moment = Moment(clock.moment - abs(jump))
    behind = accepted(ask_one(ledger, pay("a", "b", 1)))
    assert behind.recorded_at >= before.recorded_at
    again = Ledger(ledger.info, application.store, clock, SeededEntropy(2))
    accepted(ask_one(again, pay("a", "b", 1)))
    again.close()
    clock.moment = Moment(before.recorded_at + 10)
    ahead = accepted(ask_one(ledger, pay("a", "b", 1)))
    assert ahead.recorded_at > before.recorded_at
    assert_sound(store, ledger.info)


def test_the_sequence_has_no_gaps_whatever_is_refused(ledger: Ledger, store: FullStore) -> None:
    open_accounts(ledger, ["a", "b"])
    for n in range(20):
        ask(
            ledger,
            wish(pay("a", "nobody", 1), key=f"no-{n}"),
            wish(pay("a", "b", 1), key=f"yes-{n}"),
            wish(atomic(pay("a", "b", 1), pay("a", "nobody", 1)), key=f"bulk-{n}"),
        )
    records = assert_sound(store, ledger.info)
    assert len(records) == 1 + 2 + 20


def test_one_name_by_path_and_by_id_is_one_account_for_the_writer_too(ledger: Ledger) -> None:
    """Nobody can stop a ledger with a command, however odd."""
    open_accounts(ledger, ["a", "b", "c"])
    accepted(ask_one(ledger, pay("a", "b", LARGEST)))
    identifier = accepted(
        ask_one(ledger, commands.OpenAccount("d", "USD", AccountType.LIABILITY))
    ).event.id
    legs = (*pay("c", "d", LARGEST - 1).postings, *pay("c", identifier, 2).postings)
    assert refused(ask_one(ledger, commands.PostTransaction(legs))) is Code.AMOUNT_OUT_OF_RANGE
    accepted(ask_one(ledger, pay("b", "a", 1)))


def filled_queue(writer: Writer, gate: Gate, answers: Answers) -> int:
    """Submit until no more is taken in; how many were."""
    writer.submit([wish(pay("a", "b", 1), key="first")], answers.put)
    assert gate.waiting.wait(LONG_SECONDS)
    taken = 1
    while taken < 1000:
        try:
            writer.submit([wish(pay("a", "b", 1), key=f"k{taken}")], answers.put)
        except Overloaded:
            return taken
        taken += 1
    return taken


def test_a_full_queue_takes_nothing_in_and_says_so(ledger: Ledger, store: FullStore) -> None:
    open_accounts(ledger, ["a", "b"])
    writer, gate = gated(store, ledger, queue_limit=10, batch_limit=4)
    answers: Answers = SimpleQueue()
    taken = filled_queue(writer, gate, answers)
    assert taken < 30, "a queue of ten, and a batch or two on their way"
    with pytest.raises(Overloaded) as raised:
        writer.submit([wish(pay("a", "b", 1), key="refused")] * 5, answers.put)
    assert raised.value.retryable
    gate.opened.set()
    for _ in range(taken):
        outcomes = answers.get(timeout=LONG_SECONDS)
        assert isinstance(outcomes, list)
        accepted(outcomes[0])
    writer.submit([wish(pay("a", "b", 1), key="refused")], answers.put)
    outcomes = answers.get(timeout=LONG_SECONDS)
    assert isinstance(outcomes, list)
    assert isinstance(outcomes[0], Accepted)
    assert not outcomes[0].replayed, "what was refused had not been taken in"
    writer.close()
    assert len(assert_sound(store, ledger.info)) == 3 + taken + 1


def test_closing_writes_what_waits_and_then_takes_no_more(ledger: Ledger, store: FullStore) -> None:
    open_accounts(ledger, ["a", "b"])
    writer, gate = gated(store, ledger, batch_limit=7)
    answers: Answers = SimpleQueue()
    for n in range(50):
        writer.submit([wish(pay("a", "b", 1), key=f"k{n}")], answers.put)
    closing = threading.Thread(target=writer.close)
    closing.start()
    gate.opened.set()
    closing.join(LONG_SECONDS)
    assert not closing.is_alive()
    assert answers.qsize() == 50, "every answer was given before closing ended"
    assert len(assert_sound(store, ledger.info)) == 3 + 50
    with pytest.raises(Stopped):
        writer.submit([wish(pay("a", "b", 1))], answers.put)
    writer.close()


def test_a_ledger_closed_before_its_first_wish_stays_closed(
    application: Application, ledger: Ledger
) -> None:
    unused = Ledger(ledger.info, application.store, StandingClock(), SeededEntropy())
    unused.close()
    with pytest.raises(Stopped):
        ask_one(unused, pay("a", "b", 1))


def test_an_answer_that_nobody_can_take_stops_nothing(ledger: Ledger) -> None:
    open_accounts(ledger, ["a", "b"])

    def fail(_: object) -> None:
        raise RuntimeError("the loop is closed")

    ledger.submit([wish(pay("a", "b", 1), key="k")], fail)
    again = ask_one(ledger, pay("a", "b", 1), "k")
    assert isinstance(again, Accepted)
    assert again.replayed


def test_a_name_that_is_none_is_refused_and_nothing_is_written(
    application: Application, ledger: Ledger, store: FullStore
) -> None:
    with pytest.raises(ValueError, match="ledger's name"):
        application.open_ledger('my "books"')
    assert [info.name for info in store.ledgers()] == ["main"]
    with pytest.raises(ValueError, match="account path"):
        ask_one(ledger, commands.OpenAccount('a"b', "USD", AccountType.LIABILITY), "k")
    open_accounts(ledger, ["a", "b"])
    accepted(ask_one(ledger, pay("a", "b", 1)))
    assert_sound(store, ledger.info)


class Breaking(MemoryStore):
    """A store that finds a contradiction, once, when it is told to."""

    contradicts = False

    def append(self, ledger: LedgerInfo, packed: object) -> bool:
        self._look()
        return super().append(ledger, packed)

    @contextmanager
    def begin(self, ledger: LedgerInfo) -> Iterator[Any]:
        self._look()
        with super().begin(ledger) as unit:
            yield unit

    def _look(self) -> None:
        if self.contradicts:
            self.contradicts = False
            raise CorruptJournal("a contradiction")


def test_after_a_contradiction_nothing_more_is_written() -> None:
    """Not even what had been queued before."""
    store, clock = Breaking(), StandingClock()
    info = store.create_ledger("main", NOON)
    first = Ledger(info, store, clock, SeededEntropy())
    ask_one(first, commands.OpenLedger("main"))
    open_accounts(first, ["a", "b"])
    writer, gate = gated(store, first, batch_limit=1)
    answers: Answers = SimpleQueue()
    for n in range(6):
        writer.submit([wish(pay("a", "b", 1), key=f"k{n}")], answers.put)
    store.contradicts = True
    gate.opened.set()
    for _ in range(6):
        assert isinstance(answers.get(timeout=LONG_SECONDS), CorruptJournal)
    with pytest.raises(CorruptJournal):
        writer.submit([wish(pay("a", "b", 1))], answers.put)
    writer.close()
    assert len(assert_sound(store, info)) == 3


def history(count: int) -> list[list[Wish]]:
    """Batches that open many accounts and come back to old ones, some of them odd."""
    batches = [[wish(commands.OpenLedger("main"))]]
    for n in range(count):
        path, old = f"p{n}", f"p{n * 7 % (n + 1)}"
        opening = commands.OpenAccount(path, "USD", AccountType.LIABILITY)
        paid = pay(old, path, n + 1, external_id=f"e{n % 17}")
        batches += [
            [wish(opening, key=f"o{n}"), wish(paid, key=f"k{n}")],
            [wish(pay(f"p{n // 2}", old, 3)), wish(paid), wish(commands.FreezeAccount(old))],
            [wish(atomic(paid, pay(path, old, 1))), wish(commands.UnfreezeAccount(old))],
            [wish(paid, key=f"k{n // 3}")],
        ]
    return batches


def outcomes_of(kept: int, batches: Sequence[Sequence[Wish]]) -> tuple[list[Any], MemoryStore, int]:
    """Outcomes of a history, the store, and the most accounts that were held in memory.

    Each batch is decided while the one before is not yet committed, as the writer does.
    """
    store, clock = MemoryStore(), StandingClock(step_microseconds=1)
    info = store.create_ledger("main", NOON)
    decider = Decider(info, clock, SeededEntropy(), accounts_kept=kept)
    with store.begin(info) as unit:
        decider.restart(unit.head)
    outcomes, most, on_its_way = [], 0, None
    for batch in batches:
        draft, answers = decider.prepare(batch, lambda wants: store.load(info, wants))
        assert on_its_way is None or store.append(info, store.pack(info, on_its_way))
        on_its_way = draft
        outcomes += answers
        held = [f"p{n}" for n in range(200) if decider.account_in_memory(f"p{n}")]
        most = max(most, len(held))
    assert on_its_way is not None
    assert store.append(info, store.pack(info, on_its_way))
    return outcomes, store, most


def test_forgetting_accounts_changes_no_answer() -> None:
    batches = history(60)
    bounded, store, most = outcomes_of(3, batches)
    unbounded, other, all_of_them = outcomes_of(10_000, batches)
    assert bounded == unbounded
    info = store.ledgers()[0]
    assert store.head(info) == other.head(info)
    assert (most < 12, all_of_them) == (True, 60)
    assert_sound(store, info)


class _Counting(MemoryStore):
    """Takes its time to lock, and counts the batches that were decided only then."""

    def __init__(self) -> None:
        super().__init__()
        self.under_the_lock = 0

    @contextmanager
    def begin(self, ledger: LedgerInfo) -> Iterator[Any]:
        self.under_the_lock += 1
        time.sleep(0.005)
        with super().begin(ledger) as unit:
            yield unit

    def append(self, ledger: LedgerInfo, packed: object) -> bool:
        appended = super().append(ledger, packed)
        self.under_the_lock -= 1
        return appended


def test_a_writer_that_is_alone_works_ahead_from_its_third_batch_on() -> None:
    """Overtaking a batch that is yet to be decided would have both decided under the lock."""
    store = _Counting()
    built = Application(store, pepper=b"p" * 32, clock=StandingClock(), entropy=SeededEntropy())
    first = built.open_ledger("main")
    open_accounts(first, ["a", "b"])
    first.close()
    store.under_the_lock = 0
    ledger = Ledger(first.info, store, StandingClock(), SeededEntropy(2))
    answers: SimpleQueue[Any] = SimpleQueue()
    for _ in range(100):
        ledger.submit([wish(pay("a", "b", 1))], answers.put)
        time.sleep(0.002)
    for _ in range(100):
        accepted(answers.get(timeout=LONG_SECONDS)[0])
    ledger.close()
    assert store.under_the_lock <= 2
