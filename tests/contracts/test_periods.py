"""Accounting periods on every store: what one writer closes is closed for all, at once and for ever."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Refused
from partita.engine.verification import verify_ledger
from partita.kernel import commands
from partita.kernel.events import PeriodClosed, TransactionPosted
from partita.kernel.moment import Moment
from partita.kernel.periods import Late, Period, PeriodStatus
from partita.kernel.rejections import Code
from partita.wiring import FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask, ask_one
from tests.unit.engine.bookkeeping import accepted, atomic, open_accounts, pay, refused

BEGINS, ENDS = Moment(NOON - 1_000), Moment(NOON - 500)
INSIDE = Moment(NOON - 700)
CLOSE = commands.ClosePeriod("p")


class Office:
    """Ledgers of one name on one store, as if in several processes, and one period."""

    def __init__(self, store: FullStore) -> None:
        self.store, self.info = store, store.create_ledger("main", NOON)
        self._open: list[Ledger] = []
        self.first = self.ledger()
        accepted(ask_one(self.first, commands.OpenLedger("main")))
        open_accounts(self.first, ["bank", "alice"])
        opened = accepted(ask_one(self.first, commands.OpenPeriod("p", BEGINS, ENDS)))
        self.period = opened.event.id

    def ledger(self) -> Ledger:
        """One more process."""
        entropy = SeededEntropy(len(self._open) + 1)
        made = Ledger(self.info, self.store, StandingClock(), entropy)
        self._open.append(made)
        return made

    def status(self) -> PeriodStatus:
        """How open the period is, as the store has it."""
        found = self.store.resource(self.info, Period.kind, self.period)
        assert isinstance(found, Period)
        return found.status

    def close(self) -> None:
        """Let all of them go."""
        for ledger in self._open:
            ledger.close()


@pytest.fixture
def office(store: FullStore) -> Iterator[Office]:
    office = Office(store)
    yield office
    report = verify_ledger(store, office.info)
    assert report.ok, report.first_bad
    office.close()


def late(amount: int = 1, way: Late = Late.REFUSE) -> commands.PostTransaction:
    """A transaction that counts in the period."""
    legs = pay("bank", "alice", amount).postings
    return commands.PostTransaction(legs, effective_at=INSIDE, late=way)


def test_what_one_writer_closes_is_closed_for_the_other(office: Office) -> None:
    second = office.ledger()
    accepted(ask_one(second, late()))
    accepted(ask_one(office.first, commands.SoftClosePeriod("p")))
    assert refused(ask_one(second, late())) is Code.PERIOD_CLOSED
    accepted(ask_one(second, late(way=Late.ADJUST)))
    accepted(ask_one(second, commands.ReopenPeriod(office.period)))
    accepted(ask_one(office.first, late()))
    accepted(ask_one(second, CLOSE))
    assert refused(ask_one(office.first, late(way=Late.ADJUST))) is Code.PERIOD_CLOSED
    assert refused(ask_one(office.first, commands.ReopenPeriod("p"))) is Code.INVALID_STATE


def test_a_closed_period_is_closed_after_a_restart(office: Office) -> None:
    accepted(ask_one(office.first, CLOSE))
    office.first.close()
    again = office.ledger()
    assert refused(ask_one(again, late())) is Code.PERIOD_CLOSED
    moved = accepted(ask_one(again, late(way=Late.MOVE))).event
    assert isinstance(moved, TransactionPosted)
    assert moved.effective_at == ENDS


def test_nothing_gets_in_behind_the_record_that_closes(office: Office) -> None:
    ledgers = [office.first, office.ledger(), office.ledger()]

    def do(n: int) -> bool:
        command = CLOSE if n == 20 else late(n + 1)
        return isinstance(ask_one(ledgers[n % len(ledgers)], command), Accepted)

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(do, range(60)))
    assert said[20]
    events = [record.event for record in office.store.records(office.info, 0, 1_000)]
    end = next(n for n, event in enumerate(events) if isinstance(event, PeriodClosed))
    counted = [
        n
        for n, event in enumerate(events)
        if isinstance(event, TransactionPosted) and event.effective_at == INSIDE
    ]
    assert len(counted) == said.count(True) - 1
    assert max(counted, default=0) < end


def test_a_batch_closes_for_what_comes_after_it(office: Office) -> None:
    outcomes = ask(office.first, wish(late()), wish(CLOSE), wish(late()))
    assert [isinstance(each, Accepted) for each in outcomes] == [True, True, False]


def test_a_refused_bulk_closes_nothing(office: Office) -> None:
    outcome = ask_one(office.first, atomic(late(), CLOSE, late()))
    assert isinstance(outcome, Refused)
    assert (outcome.rejection.code, outcome.index) == (Code.PERIOD_CLOSED, 2)
    assert office.status() is PeriodStatus.OPEN
    accepted(ask_one(office.first, late()))


def test_a_dry_run_closes_nothing(office: Office) -> None:
    (outcome,) = ask(office.first, wish(CLOSE, is_dry=True))
    assert isinstance(outcome, Accepted)
    assert office.status() is PeriodStatus.OPEN
    accepted(ask_one(office.first, late()))
