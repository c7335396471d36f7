"""The European Central Bank's history of rates, and what exchanges at them must come to.

All of it is worked out from the file by plain fractions, without the ledger's code, so that the two
can be held against each other.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from partita.kernel.asset import BUILT_IN

AMOUNT, SPREAD_BPS = 100_000, 25
"""What is exchanged each time, in cents, and the house's part of it."""
_SCALES = {"TRL": 0}
"""Decimals of currencies that are no more; two, unless said here."""


class History(NamedTuple):
    """The file as this show reads it: a figure for each day and currency that has one."""

    days: list[str]
    currencies: list[str]
    figures: dict[tuple[str, str], str]


class Exchange(NamedTuple):
    """One exchange of the show: on which day, of which currency, and how."""

    day: str
    currency: str
    figure: str
    sells: bool
    closes: bool


def read_history(file: Path) -> History:
    """The history, the first day first."""
    lines = list(csv.reader(gzip.decompress(file.read_bytes()).decode().splitlines()))
    currencies = [code for code in lines[0][1:] if code]
    figures = {
        (line[0], code): figure
        for line in lines[1:]
        for code, figure in zip(lines[0][1:], line[1:], strict=True)
        if figure not in {"", "N/A"}
    }
    return History(sorted(line[0] for line in lines[1:]), currencies, figures)


def exchanges(
    history: History, day: str, last: dict[str, str], *, is_even: bool
) -> Iterator[Exchange]:
    """What is exchanged on a day: each currency that has a rate, once."""
    for currency in history.currencies:
        figure = history.figures.get((day, currency))
        if figure is not None:
            closes = last[currency] == day != history.days[-1]
            yield Exchange(day, currency, figure, is_even, closes)


class Expected:
    """What must come out: every account's balance, worked out by fractions from the file alone."""

    def __init__(self) -> None:
        self.balances: Counter[str] = Counter()
        self.paid = 0

    def take(self, each: Exchange) -> None:
        """Reckon with one exchange."""
        rate = Fraction(each.figure) * Fraction(10) ** (scale(each.currency) - 2)
        if each.closes:
            self._close(each.currency, rate)
        elif each.sells:
            self._sell(each.currency, AMOUNT * rate)
        else:
            self._buy(each.currency, rate)

    def position(self, currency: str) -> int:
        """How much of a currency the house owns, or owes below zero."""
        return self.balances[f"positions:{currency}"]

    def _sell(self, currency: str, worth: Fraction) -> None:
        """A thousand euros are paid for the currency."""
        out, spread = round(worth), int(worth * SPREAD_BPS / 10_000)
        got = int(worth * (10_000 - SPREAD_BPS) / 10_000)
        self.balances.update({
            customer("EUR"): -AMOUNT, customer(currency): got, f"treasury:{currency}": spread,
            f"rounding:{currency}": out - got - spread, f"positions:{currency}": -out,
        })  # fmt: skip
        self.paid -= AMOUNT

    def _buy(self, currency: str, rate: Fraction) -> None:
        """A thousand euros are got for the currency."""
        worth = Fraction(AMOUNT * 10_000, 10_000 - SPREAD_BPS)
        exact, out, spread = worth * rate, round(worth), int(worth - AMOUNT)
        paid = -int(-exact // 1)
        self.balances.update({
            customer("EUR"): AMOUNT, customer(currency): -paid, "treasury:EUR": spread,
            f"rounding:{currency}": paid - round(exact), f"positions:{currency}": round(exact),
        })  # fmt: skip
        self.balances["rounding:EUR"] += out - AMOUNT - spread
        self.paid += out

    def _close(self, currency: str, rate: Fraction) -> None:
        """The whole position is exchanged, without a spread."""
        left = self.position(currency)
        euros = Fraction(abs(left)) / rate
        if left < 0:  # somebody brings what the house owes
            whole = int(euros)
            self.balances.update({customer(currency): left, customer("EUR"): whole})
            self.balances["rounding:EUR"] += round(euros) - whole
            self.paid += round(euros)
        else:
            whole = -int(-euros // 1)
            self.balances.update({customer(currency): left, customer("EUR"): -whole})
            self.balances["rounding:EUR"] += whole - round(euros)
            self.paid -= round(euros)
        self.balances[f"positions:{currency}"] = 0


def customer(asset: str) -> str:
    """The customer's account for an asset."""
    return f"customers:traveller:wallets:main:{asset}"


def scale(currency: str) -> int:
    """Decimals of a currency; those that ended are not in the list of today's."""
    known = BUILT_IN.get(currency)
    return known.scale if known is not None else _SCALES.get(currency, 2)


def calendar(first: str, last: str) -> Iterator[str]:
    """Every day from the first to the last."""
    for number in range(
        date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1
    ):
        yield date.fromordinal(number).isoformat()


def missing_days(history: History) -> dict[str, str]:
    """Each day without any rate, and the last one before it that has some."""
    published, found, last = set(history.days), {}, history.days[0]
    for day in calendar(history.days[0], history.days[-1]):
        if day in published:
            last = day
        else:
            found[day] = last
    return found


def gaps(history: History) -> dict[str, list[tuple[str, str | None]]]:
    """The first and the last day of each gap in which a currency has no rate, on days with others.

    With the currency, and the last day on which it had one.
    """
    found: dict[str, list[tuple[str, str | None]]] = {}
    for currency in history.currencies:
        has = [(day, currency) in history.figures for day in history.days]
        last: str | None = None
        for n, day in enumerate(history.days):
            if has[n]:
                last = day
            elif n == 0 or has[n - 1] or n + 1 == len(has) or has[n + 1]:
                found.setdefault(day, []).append((currency, last))
    return found
