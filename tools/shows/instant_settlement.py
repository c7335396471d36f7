"""Three months of a bank's instant payments: does custody equal the bank's own report every day?

The input are the messages of a real settlement account, anonymised: a camt.054 for every calendar
day with each payment of it, and on 82 days a camt.052 with opening and closing balance. Each payment
that came in is told to the simulated network as money that nobody had asked for, and becomes a
deposit; each that went out becomes a withdrawal, which the network takes and settles. The ledger's
clock stands at noon of the day on which the bank settled.

What the account held before is taken in as one adjustment. The first four days have no report, so it
is the opening balance of the fifth less what those four days came to.
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple, cast

from partita import wiring
from partita.adapters.formats.camt.archive import read_archive
from partita.adapters.formats.camt.message import Direction, Kind, Payment, Statement
from partita.config import Settings
from partita.engine.as_of import Basis
from partita.engine.listing import ResourceFilter
from partita.engine.verification import verify_ledger
from partita.kernel.amount import to_decimal
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.payments.acts import Adjust, CreateWithdrawal
from partita.modules.payments.payment import read_payment
from partita.modules.rails.simulation import Instruction, SimulatedEvent, Simulation
from partita.surfaces.scenario.time import SteeredClock
from partita.surfaces.scenario.turning import turn
from tools.asking import Books
from tools.showing import Show, main

ARCHIVE = ("statements", "camt", "instant-settlement", "LT809872649478701594.tar.gz")
PAYMENTS, DAYS = 9_644, 82
RAIL, ASSET = "simulator", "EUR"
HOLDER = "customers:holder:business:main:EUR"
CUSTODY = f"custody:{RAIL}:{ASSET}"
SETTLES = "sim:settle"
"""The beneficiary that makes the simulated network settle, whatever the last digits of an amount."""
_DAY_MICROSECONDS = 86_400_000_000


class Day(NamedTuple):
    """A day of the account: when, what was paid, and what the bank reports of it if it does."""

    day: date
    id: str
    payments: tuple[Payment, ...]
    report: Statement | None

    @property
    def midnight(self) -> Moment:
        """When it begins."""
        return Moment.parse(f"{self.day}T00:00:00Z")

    @property
    def net(self) -> int:
        """What the day came to."""
        return sum(payment.signed for payment in self.payments)


def read_days(archive: Path) -> Iterator[Day]:
    """The days in their order; a message is named by the day after the one that it is about."""
    found: dict[Kind, dict[str, Statement]] = {kind: {} for kind in Kind}
    for name, statement in read_archive(archive):
        found[statement.kind][name.rpartition("/")[2]] = statement
    for file, notification in sorted(found[Kind.NOTIFICATION].items()):
        payments = tuple(each for entry in notification.entries for each in entry.payments)
        (day,) = {payment.settled_on for payment in payments}
        assert day is not None, "the bank says of each payment when it settled"
        yield Day(day, notification.id, payments, found[Kind.REPORT].get(file))


class Account:
    """The settlement account in a ledger in memory, with a network and a clock of its own."""

    def __init__(self, start: Moment) -> None:
        """Begin with empty books at a moment."""
        self.clock = SteeredClock(start)
        self.books = Books(wiring.build(Settings(memory=True), clock=self.clock))
        self.application = self.books.application
        self.network = cast(Simulation, self.application.rails()[RAIL])

    def take_in(self, amount: int) -> None:
        """What the account held before the first day."""
        self.books.do(
            Adjust(
                source=CUSTODY, destination=HOLDER, amount=amount, asset=ASSET,
                reason="what the account held before the first message",
            )
        )  # fmt: skip

    def live(self, day: Day) -> None:
        """Have every payment of a day happen on its day, and come to its end."""
        self.clock.move_to(Moment(day.midnight + _DAY_MICROSECONDS // 2))
        for number, payment in enumerate(day.payments):
            if payment.direction is Direction.IN:
                self._receive(payment, f"{day.id}-{number}")
        self.books.do_all([
            CreateWithdrawal(
                source=HOLDER, amount=payment.amount, asset=ASSET, rail=RAIL, beneficiary=SETTLES,
                end_to_end_id=f"{day.id}-{number}",
            )
            for number, payment in enumerate(day.payments)
            if payment.direction is Direction.OUT
        ])  # fmt: skip
        turn(self.application, self.clock)

    def _receive(self, payment: Payment, end_to_end_id: str) -> None:
        instruction = Instruction(
            SimulatedEvent.RECEIVE, amount=payment.amount, asset=ASSET,
            beneficiary=HOLDER, end_to_end_id=end_to_end_id,
        )  # fmt: skip
        self.network.simulate(instruction)

    def custody_at_end_of(self, day: Day) -> int:
        """What custody held when a day was over."""
        store, info = self.application.store, self.books.ledger.info
        standing = store.account(info, CUSTODY)
        assert standing is not None, "what the account held before opened it"
        end = Moment(day.midnight + _DAY_MICROSECONDS)
        (totals,) = store.posted_before(info, standing.account.number, [end], Basis.EFFECTIVE)
        return totals.posted_debits - totals.posted_credits

    def counted(self, kind: str, state: str) -> tuple[int, int]:
        """How many payments of a type are in a state, and what they come to."""
        count = amount = 0
        before, which = None, ResourceFilter(kind, state=state)
        while page := self.application.store.resources(self.books.ledger.info, which, before, 500):
            for matter in page:
                count, amount = count + 1, amount + read_payment(cast(Matter, matter).body).amount
            before = page[-1].number
        return count, amount


def tell(show: Show) -> None:
    """Live the three months, and compare every day with the bank's report."""
    days = list(read_days(show.input(*ARCHIVE)))
    payments = [payment for day in days for payment in day.payments]
    show.equal("payments in the bank's notifications", len(payments), PAYMENTS)
    first = next(n for n, day in enumerate(days) if day.report is not None)
    opening = _signed(days[first].report, "opening") - sum(day.net for day in days[:first])
    show.figure("taken in as an adjustment before the first day, EUR", to_decimal(opening, 2))
    account = Account(Moment(days[0].midnight - _DAY_MICROSECONDS))
    try:
        account.take_in(opening)
        _live(show, account, days)
        _compare(show, account, days, payments)
    finally:
        account.application.close()


def _live(show: Show, account: Account, days: list[Day]) -> None:
    equal, reported = 0, 0
    for number, day in enumerate(days, start=1):
        account.live(day)
        held = account.custody_at_end_of(day)
        if day.report is not None:
            reported += 1
            equal += held == _signed(day.report, "closing")
        if number % 20 == 0:
            show.say(
                f"  {day.day}: custody {to_decimal(held, 2)} EUR, {equal} of {reported} days equal"
            )
    show.equal("days with a report of the bank", reported, DAYS)
    show.equal("days on which custody equals its closing balance", equal, DAYS)
    last = account.custody_at_end_of(days[-1])
    show.equal(
        "custody after the last day, EUR",
        to_decimal(last, 2),
        to_decimal(_signed(days[-1].report, "closing"), 2),
    )


def _compare(show: Show, account: Account, days: list[Day], payments: list[Payment]) -> None:
    for kind, state, direction in (
        ("deposit", "available", Direction.IN),
        ("withdrawal", "settled", Direction.OUT),
    ):
        mine = [payment.amount for payment in payments if payment.direction is direction]
        count, amount = account.counted(kind, state)
        show.equal(f"{kind}s {state}", count, len(mine))
        show.equal(f"{kind}s {state}, EUR", to_decimal(amount, 2), to_decimal(sum(mine), 2))
    again = [account.custody_at_end_of(day) for day in days if day.report is not None]
    closings = [_signed(day.report, "closing") for day in days if day.report is not None]
    show.equal(
        "days that are still equal when asked again at the end",
        sum(map(int.__eq__, again, closings)),
        DAYS,
    )
    report = verify_ledger(account.application.store, account.books.ledger.info)
    show.equal("journal verified", report.ok, True)
    show.figure("records", report.records)


def _signed(report: Statement | None, which: str) -> int:
    assert report is not None, "only a day with a report is asked for"
    found = report.opening() if which == "opening" else report.closing()
    assert found is not None, f"report {report.id} has an {which} balance"
    return found.signed


if __name__ == "__main__":
    sys.exit(main(tell, __doc__))
