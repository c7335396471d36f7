"""Holds expire by the ledger's clock, in the commit of the next decision; a timer only tidies up."""

import time
from collections.abc import Iterator

import pytest

from partita.adapters.system import SystemClock
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted
from partita.engine.ports import LedgerInfo
from partita.engine.verification import verify_ledger
from partita.journal.record import NO_CAUSE
from partita.kernel import commands
from partita.kernel.account import Constraints
from partita.kernel.balance import balance
from partita.kernel.events import HoldExpired, HoldPlaced
from partita.kernel.holds import Hold, HoldStatus
from partita.kernel.moment import LATEST, Moment
from partita.kernel.rejections import Code
from partita.wiring import FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask, ask_one
from tests.unit.engine.bookkeeping import accepted, open_accounts, pay, refused

SECOND = 1_000_000
SOON = Moment(NOON + SECOND)
LONG_SECONDS = 20.0


class Office:
    """Ledgers of one name on one store, as if in several processes; one clock for all."""

    def __init__(self, store: FullStore) -> None:
        self.store, self.clock = store, StandingClock()
        self.info: LedgerInfo = store.create_ledger("main", NOON)
        self._seed, self._open = 0, list[Ledger]()

    def ledger(self, clock: StandingClock | SystemClock | None = None) -> Ledger:
        """One more process."""
        self._seed += 1
        made = Ledger(self.info, self.store, clock or self.clock, SeededEntropy(self._seed))
        self._open.append(made)
        return made

    def close(self) -> None:
        for ledger in self._open:
            ledger.close()

    def hold(self, identifier: str) -> Hold:
        found = self.store.resource(self.info, "hold", identifier)
        assert isinstance(found, Hold)
        return found

    def available(self, path: str = "alice") -> int:
        found = self.store.account(self.info, path)
        assert found is not None
        return balance(found.totals, found.account.normal_side).available

    def demand_soundness(self) -> None:
        report = verify_ledger(self.store, self.info)
        assert report.ok, report.first_bad
        for record in self.store.records(self.info, 0, 1_000_000):
            if isinstance(record.event, HoldExpired):
                due = self.store.records_about(self.info, record.event.hold.id, 0, 1)[0].event
                assert isinstance(due, HoldPlaced)
                assert record.recorded_at >= (record.event.hold.expires_at or 0)
                assert record.cause == NO_CAUSE


@pytest.fixture
def office(store: FullStore) -> Iterator[Office]:
    """Alice has 100, and may not go below nothing."""
    office = Office(store)
    ledger = office.ledger()
    accepted(ask_one(ledger, commands.OpenLedger("main")))
    open_accounts(ledger, ["bank", "shop"])
    open_accounts(ledger, ["alice"], Constraints(min_available=0))
    accepted(ask_one(ledger, pay("bank", "alice", 100)))
    yield office
    office.close()


def place(ledger: Ledger, amount: int, expires_at: int | None = SOON) -> str:
    moment = None if expires_at is None else Moment(expires_at)
    return accepted(
        ask_one(ledger, commands.PlaceHold("alice", amount, "USD", expires_at=moment))
    ).event.id


def test_it_counts_until_its_moment_and_no_longer(office: Office) -> None:
    ledger = office.ledger()
    hold = place(ledger, 100)
    office.clock.moment = Moment(SOON - 1)
    assert refused(ask_one(ledger, pay("alice", "shop", 1))) is Code.INSUFFICIENT_FUNDS
    assert office.hold(hold).status is HoldStatus.PLACED
    office.clock.moment = SOON
    accepted(ask_one(ledger, pay("alice", "shop", 1)))
    assert office.hold(hold).status is HoldStatus.EXPIRED
    office.demand_soundness()


@pytest.mark.parametrize(
    "ask_for",
    [
        pay("alice", "shop", 101),
        commands.ReleaseHold("hld_no"),
        commands.Bulk((pay("alice", "shop", 101),), atomic=True),
    ],
    ids=["transfer", "release", "bulk"],
)
def test_a_refused_wish_has_it_expire_too(
    office: Office, ask_for: commands.Command | commands.Bulk
) -> None:
    ledger = office.ledger()
    hold = place(ledger, 60)
    office.clock.moment = SOON
    refused(ask_one(ledger, ask_for))
    assert office.hold(hold).status is HoldStatus.EXPIRED
    assert office.available() == 100
    office.demand_soundness()


def test_a_dry_run_has_it_expire_and_nothing_else(office: Office) -> None:
    ledger = office.ledger()
    hold = place(ledger, 60)
    office.clock.moment = SOON
    before = office.store.head(office.info).sequence
    (outcome,) = ask(ledger, wish(pay("alice", "shop", 100), is_dry=True))
    accepted(outcome)
    assert office.hold(hold).status is HoldStatus.EXPIRED
    assert (office.available(), office.store.head(office.info).sequence) == (100, before + 1)
    office.demand_soundness()


def test_it_can_be_captured_at_the_last_moment_and_not_at_the_next(office: Office) -> None:
    ledger = office.ledger()
    first, second = place(ledger, 50), place(ledger, 50)
    legs = (pay("alice", "shop", 50).postings[1],)
    office.clock.moment = Moment(SOON - 1)
    accepted(ask_one(ledger, commands.CaptureHold(first, legs)))
    office.clock.moment = SOON
    assert refused(ask_one(ledger, commands.CaptureHold(second, legs))) is Code.INVALID_STATE
    assert refused(ask_one(ledger, commands.ExtendHold(second, None))) is Code.INVALID_STATE
    office.demand_soundness()


def test_a_process_that_has_just_started_knows_what_is_due(office: Office) -> None:
    hold = place(office.ledger(), 100)
    office.clock.moment = Moment(SOON + 5 * SECOND)
    accepted(ask_one(office.ledger(), pay("alice", "shop", 100)))
    assert office.hold(hold).status is HoldStatus.EXPIRED
    office.demand_soundness()


def test_a_process_knows_of_what_another_one_placed(office: Office) -> None:
    mine, other = office.ledger(), office.ledger()
    for _ in range(3):
        accepted(ask_one(mine, pay("bank", "shop", 1)))
    hold = place(other, 100)
    office.clock.moment = SOON
    accepted(ask_one(mine, pay("alice", "shop", 100)))
    assert office.hold(hold).status is HoldStatus.EXPIRED
    office.demand_soundness()


def test_a_process_knows_that_another_one_gave_it_more_time(office: Office) -> None:
    mine, other = office.ledger(), office.ledger()
    hold = place(mine, 100)
    accepted(ask_one(other, commands.ExtendHold(hold, Moment(SOON + SECOND))))
    office.clock.moment = SOON
    assert refused(ask_one(mine, pay("alice", "shop", 1))) is Code.INSUFFICIENT_FUNDS
    assert office.hold(hold).status is HoldStatus.PLACED
    office.clock.moment = Moment(SOON + SECOND)
    accepted(ask_one(mine, pay("alice", "shop", 1)))
    office.demand_soundness()


def test_what_one_process_ended_does_not_expire_in_another(office: Office) -> None:
    mine, other = office.ledger(), office.ledger()
    hold = place(mine, 40)
    accepted(ask_one(other, commands.ReleaseHold(hold)))
    office.clock.moment = SOON
    accepted(ask_one(mine, pay("alice", "shop", 100)))
    assert office.hold(hold).status is HoldStatus.RELEASED
    office.demand_soundness()


def test_giving_it_less_time_counts_at_once(office: Office) -> None:
    ledger = office.ledger()
    hold = place(ledger, 100, None)
    accepted(ask_one(ledger, commands.ExtendHold(hold, Moment(NOON + 2))))
    office.clock.moment = Moment(NOON + 2)
    accepted(ask_one(ledger, pay("alice", "shop", 100)))
    assert office.hold(hold).status is HoldStatus.EXPIRED


def test_a_clock_that_goes_back_brings_nothing_back(office: Office) -> None:
    ledger = office.ledger()
    hold = place(ledger, 100)
    office.clock.moment = SOON
    accepted(ask_one(ledger, pay("alice", "shop", 1)))
    office.clock.moment = NOON
    at_once = commands.PlaceHold("alice", 1, "USD", expires_at=SOON)
    # The journal does not go back: it is a second past noon for good.
    assert refused(ask_one(ledger, at_once)) is Code.INVALID_EXPIRY
    assert office.hold(hold).status is HoldStatus.EXPIRED


def test_the_furthest_moment_stops_nobody(office: Office) -> None:
    ledger = office.ledger()
    hold = place(ledger, 10, LATEST)
    for _ in range(3):
        accepted(ask_one(ledger, pay("bank", "shop", 1)))
    assert office.hold(hold).due_at == LATEST
    office.demand_soundness()


def place_shortly(ledger: Ledger, clock: SystemClock) -> str:
    """A hold of 20 that expires soon, and on a slow machine not before it is placed."""
    for wait in (SECOND // 10, SECOND, 5 * SECOND):
        moment = Moment(clock.now() + wait)
        outcome = ask_one(ledger, commands.PlaceHold("alice", 20, "USD", expires_at=moment))
        if isinstance(outcome, Accepted):
            return outcome.record.event.id
        assert refused(outcome) is Code.INVALID_EXPIRY
    raise AssertionError("this machine is too slow for a hold of five seconds")


def test_an_idle_ledger_tidies_up_by_itself(office: Office) -> None:
    clock = SystemClock()
    ledger = office.ledger(clock)
    holds = [place_shortly(ledger, clock), place_shortly(ledger, clock)]
    kept = place(ledger, 20, clock.now() + 3_600 * SECOND)
    deadline = time.monotonic() + LONG_SECONDS
    while any(office.hold(hold).is_open for hold in holds):
        assert time.monotonic() < deadline, "the idle ledger forgot its holds"
        time.sleep(0.01)
    assert office.hold(kept).is_open
    assert office.available() == 80
    office.demand_soundness()


def test_thousands_that_are_due_at_once_expire_in_one_batch(office: Office) -> None:
    ledger = office.ledger()
    accepted(ask_one(ledger, pay("bank", "alice", 4_900)))
    one = commands.PlaceHold("alice", 1, "USD", expires_at=SOON)
    for _ in range(5):
        ask_one(ledger, commands.Bulk((one,) * 1_000, atomic=True))
    assert office.available() == 0
    office.clock.moment = SOON
    started = time.monotonic()
    record = accepted(ask_one(office.ledger(), pay("alice", "shop", 5_000)))
    assert time.monotonic() - started < LONG_SECONDS
    before = office.store.records(office.info, record.sequence - 5_001, 5_000)
    assert all(isinstance(each.event, HoldExpired) for each in before)
    assert {each.recorded_at for each in before} == {record.recorded_at}
    assert office.store.resources(
        office.info, ResourceFilter("hold", state="placed"), None, 1
    ) == []  # fmt: skip
    report = verify_ledger(office.store, office.info)
    assert report.ok, report.first_bad
