"""Twenty-six years of the European Central Bank's rates: does every exchange tie, on every day?

The input is the bank's own history, 1999 to 2024. All of it is published into a ledger; then each day
is lived through. For each rate of a day somebody exchanges: on even days a thousand euros are paid, on
odd days a thousand euros are got, with a spread, rounded down in favour of the rounding account. The
last exchange of a currency that ended closes the house's position in it. On days without rates, and
where a currency has none, an exchange is tried and must be refused with the last day named.

What must come out is worked out here from the file by plain fractions, without the ledger's code.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from partita import wiring
from partita.config import Settings
from partita.engine.as_of import NOW
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.engine.verification import verify_ledger
from partita.kernel.account import Side
from partita.kernel.amount import to_decimal
from partita.kernel.asset import BUILT_IN, Asset
from partita.kernel.commands import OpenAccount, PostTransaction, RegisterAsset
from partita.kernel.events import MatterChanged
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code
from partita.modules.chart.ready import ready_chart
from partita.modules.fx.books import revalued
from partita.modules.fx.conversions import Convert
from partita.modules.fx.deal import Terms
from partita.modules.fx.policy import Policy, SetPolicy
from partita.modules.fx.pricing import FixedSide, RoundingRule
from partita.modules.fx.publishing import publish_table
from partita.surfaces.cli.progress import progress
from partita.surfaces.scenario.time import SteeredClock
from tools.asking import Books
from tools.ecb_history import (
    AMOUNT,
    SPREAD_BPS,
    Exchange,
    Expected,
    History,
    calendar,
    customer,
    exchanges,
    gaps,
    missing_days,
    read_history,
    scale,
)
from tools.showing import Show, main

FILE = ("fx", "ecb", "eurofxref-hist.csv.gz")
DAYS, RATES, MISSING_DAYS = 6_658, 207_875, 2_836
FUNDS = 10**18
_HOUR_MICROSECONDS = 3_600_000_000


def wish_of(each: Exchange, expected: Expected) -> Convert:
    """The exchange as it is asked for; a closing one is of what the house owns or owes."""
    left = expected.position(each.currency)
    gives_euros = left > 0 if each.closes else each.sells
    source, target = ("EUR", each.currency) if gives_euros else (each.currency, "EUR")
    side = FixedSide.SOURCE if each.sells else FixedSide.TARGET
    if each.closes:
        side = FixedSide.TARGET if gives_euros else FixedSide.SOURCE
    return Convert(
        Terms(
            source=customer(source),
            destination=customer(target),
            source_asset=source,
            target_asset=target,
            amount=abs(left) if each.closes else AMOUNT,
            side=side,
            spread_bps=0 if each.closes else None,
        )
    )


class House:
    """A ledger with a customer who has money of every currency, on a clock of its own."""

    def __init__(self, settings: Settings, history: History) -> None:
        """Open it on the evening before the first day."""
        self.clock = SteeredClock(Moment(noon(history.days[0]) - 24 * _HOUR_MICROSECONDS))
        self.application = wiring.build(settings, clock=self.clock)
        self.books, self._chart = Books(self.application), ready_chart()
        for asset in ("EUR", *history.currencies):
            self._fund(asset)
        self.done(SetPolicy(Policy("EUR", "ecb", RoundingRule.FLOOR, SPREAD_BPS)))

    def done(self, *commands: object) -> list[Accepted]:
        """Have things decided; all must be accepted."""
        outcomes = self.books.ask(*commands)  # type: ignore[arg-type]
        for outcome in outcomes:
            assert isinstance(outcome, Accepted), outcome
        return outcomes  # type: ignore[return-value]

    def _fund(self, asset: str) -> None:
        if asset not in BUILT_IN:
            self.done(RegisterAsset(Asset(asset, scale(asset))))
        paths = (f"custody:cash:{asset}", customer(asset))
        openings = [self._chart.opening(path) for path in paths]
        assert all(isinstance(each, OpenAccount) for each in openings), "the chart has a place"
        legs = (
            Posting(paths[0], Side.DEBIT, FUNDS, asset),
            Posting(paths[1], Side.CREDIT, FUNDS, asset),
        )
        self.done(*openings, PostTransaction(legs))

    def balances(self) -> dict[str, int]:
        """Credits less debits of every account that has any."""
        store, info = self.application.store, self.books.ledger.info
        found = {
            standing.account.path: totals.posted_credits - totals.posted_debits
            for standing, totals in store.trial_balance(info, NOW)
        }
        return {path: amount for path, amount in found.items() if amount}


def noon(day: str) -> Moment:
    """The middle of a day, in UTC."""
    return Moment.parse(f"{day}T12:00:00Z")


class Tally:
    """What the days came to."""

    def __init__(self) -> None:
        self.settled = self.refused_days = self.refused_gaps = 0
        self.wrong: list[str] = []

    def count(self, outcomes: list[Outcome]) -> None:
        """Exchanges that must have been accepted."""
        for outcome in outcomes:
            if isinstance(outcome, Accepted) and isinstance(outcome.record.event, MatterChanged):
                self.settled += 1
            else:
                self.wrong.append(str(outcome)[:300])

    def is_refused(self, outcome: Outcome, last: str | None) -> bool:
        """Whether it was refused for want of a rate, and named this day as the last one."""
        refusal = outcome.rejection if isinstance(outcome, Refused) else None
        right = refusal is not None and refusal.code is Code.RATE_MISSING
        if right and refusal is not None and refusal.facts.get("last_day") == last:
            return True
        self.wrong.append(f"{last}: {str(outcome)[:300]}")
        return False


def live(house: House, history: History, every: int, expected: Expected) -> Tally:
    """Live through every day of the calendar; of the days with rates each `every`th is used."""
    tally, missing, tried = Tally(), missing_days(history), gaps(history)
    last = {code: day for (day, code) in sorted(history.figures)}
    number = 0
    days = list(calendar(history.days[0], history.days[-1]))
    with progress("ecb-rates", "days") as advance:
        for count, day in enumerate(days, 1):
            house.clock.move_to(noon(day))
            if day in missing:
                outcome = house.books.ask(euros_for("USD"))[0]
                tally.refused_days += tally.is_refused(outcome, missing[day])
            else:
                if number % every == 0 or day in last.values():
                    wanted = exchanges(history, day, last, is_even=number % 2 == 0)
                    _exchange(house, wanted, expected, tally)
                number += 1
            for currency, known in tried.get(day, ()):
                outcome = house.books.ask(euros_for(currency))[0]
                tally.refused_gaps += tally.is_refused(outcome, known)
            advance(count, len(days))
    return tally


def _exchange(house: House, wanted: Iterator[Exchange], expected: Expected, tally: Tally) -> None:
    wishes = []
    for each in wanted:
        wishes.append(wish_of(each, expected))
        expected.take(each)
    tally.count(house.books.ask(*wishes))


def euros_for(currency: str) -> Convert:
    """A thousand euros for a currency, at today's rate."""
    terms = Terms(
        source=customer("EUR"), destination=customer(currency), source_asset="EUR",
        target_asset=currency, amount=AMOUNT,
    )  # fmt: skip
    return Convert(terms)


def options(parser: argparse.ArgumentParser) -> None:
    """How much of it, and where."""
    parser.add_argument("--every", type=int, default=1, help="use each Nth day with rates")
    parser.add_argument("--memory", action="store_true", help="in memory, not in PostgreSQL")


def tell(show: Show) -> None:
    """Publish, live through all days, and hold the books against the file."""
    file = show.input(*FILE)
    history = read_history(file)
    show.equal("days with rates in the file", len(history.days), DAYS)
    show.equal("rates in the file", len(history.figures), RATES)
    with tempfile.TemporaryDirectory(prefix="partita-ecb-") as folder:
        settings = Settings(memory=show.arguments.memory, data=Path(folder))
        house = House(settings, history)
        try:
            _publish(show, house, file)
            expected = Expected()
            tally = live(house, history, show.arguments.every, expected)
            _tell(show, tally, history)
            _compare(show, house, history, expected)
        finally:
            house.application.close()


def _publish(show: Show, house: House, file: Path) -> None:
    with progress("publishing", "days") as advance:
        report = publish_table(house.books.ledger, wiring.rate_table(file), advance)
    show.equal("rates published into the ledger", report.figures, RATES)
    show.figure("rates published in a second", round(report.rate))


def _tell(show: Show, tally: Tally, history: History) -> None:
    for wrong in tally.wrong[:5]:
        show.say(f"  {wrong}")
    if show.arguments.every == 1:
        show.equal("exchanges settled, one for each rate", tally.settled, RATES)
    else:
        show.figure("exchanges settled", tally.settled)
    show.equal(
        "days without rates, refused with the last day named", tally.refused_days, MISSING_DAYS
    )
    ends = sum(map(len, gaps(history).values()))
    show.equal("ends of gaps of a currency, refused likewise", tally.refused_gaps, ends)
    show.equal("answers that were not as they must be", len(tally.wrong), 0)


def _compare(show: Show, house: House, history: History, expected: Expected) -> None:
    """Every balance against the fractions, and what was gained against what was paid."""
    found = house.balances()
    for name, prefix in (
        ("customer's balances", "customers:"), ("positions", "positions:"),
        ("treasury accounts", "treasury:"), ("rounding accounts", "rounding:"),
    ):  # fmt: skip
        here = {path: amount for path, amount in found.items() if path.startswith(prefix)}
        wanted = {p: n + FUNDS * (prefix == "customers:") for p, n in expected.balances.items()
                  if p.startswith(prefix)}  # fmt: skip
        same = sum(here.get(path, 0) == amount for path, amount in wanted.items())
        show.equal(f"{name} that equal the fractions", same, len(wanted))
    _sums(show, found)
    _gains(show, house, history, expected, found)
    report = verify_ledger(house.application.store, house.books.ledger.info)
    show.equal("journal verified", report.ok, True)
    show.figure("records", report.records)


def _sums(show: Show, found: dict[str, int]) -> None:
    sums: Counter[str] = Counter()
    for path, amount in found.items():
        sums[path.rpartition(":")[2]] += amount
    show.equal("assets whose accounts do not come to zero", sum(map(bool, sums.values())), 0)
    left = sum(abs(amount) for path, amount in found.items() if path.startswith("rounding:"))
    show.figure("units in rounding accounts, of all assets", left)


def _gains(
    show: Show, house: House, history: History, expected: Expected, found: dict[str, int]
) -> None:
    day = history.days[-1]
    report = revalued(house.application.store, house.books.ledger.info, day)
    worth = sum(
        round(Fraction(expected.position(code)) / Fraction(history.figures[day, code])
              * Fraction(10) ** (2 - scale(code)))
        for code in history.currencies
        if expected.position(code)
    )  # fmt: skip
    show.figure("realised gain, EUR", to_decimal(report.realised, 2))
    show.figure("unrealised gain, EUR", to_decimal(report.unrealised, 2))
    show.equal(
        "realised and unrealised gain, EUR",
        to_decimal(report.realised + report.unrealised, 2),
        to_decimal(worth - expected.paid, 2),
    )
    costs = -sum(amount for path, amount in found.items() if path.startswith("position_costs:"))
    show.equal(
        "cost of positions in the books, EUR", to_decimal(costs, 2), to_decimal(report.cost, 2)
    )
    show.figure("open positions", len(report.lines))


if __name__ == "__main__":
    sys.exit(main(tell, __doc__, options))
