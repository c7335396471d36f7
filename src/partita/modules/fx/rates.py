"""Dated exchange rates: who said on which day what one asset is worth in another. Nothing is guessed.

A rate is asked for one day, and only that day's figures answer: directly, turned round, or across one
third currency (the euro, in the European Central Bank's table). Where there is none, as on a Sunday,
the refusal names the last day that has one, and the caller decides. Rates are fractions of whole
numbers from the figure to the converted amount; the only rounding is the one of `convert`.

A `RateSource` is whoever can answer so: a table read from a file, the rates kept in a ledger
(`ledger_rates.py`), or figures that are fixed and answer for every day (`always`).
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

import msgspec

from partita.kernel.amount import to_decimal

_FIGURE = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_PAIR = re.compile(r"([A-Za-z0-9._-]{1,24})/([A-Za-z0-9._-]{1,24})", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}", re.ASCII)

_Pair = tuple[str, str]
_Table = dict[_Pair, str]

Row = tuple[str, str, str]
"""Day (YYYY-MM-DD), pair, figure: `("2024-12-31", "EUR/USD", "1.0389")` says 1 EUR = 1.0389 USD."""


class RateError(ValueError):
    """A rate that cannot be read, or that contradicts another."""


class MissingRate(ValueError):
    """There is no rate of that pair on that day; `last` is the last day before that has one."""

    def __init__(self, pair: str, day: str, last: str | None) -> None:
        """Name the day that could be asked for instead."""
        mend = "no earlier day has one" if last is None else f"the last one before is of {last}"
        super().__init__(f"there is no rate {pair} of {day}; {mend}")
        self.pair, self.day, self.last = pair, day, last


class Rate(msgspec.Struct, frozen=True):
    """What one unit of `source` is worth in `target`, who says so, and of which day that is.

    `text` is exact: a decimal figure such as `1.0389`, or where decimals never end the quotient
    of two whole numbers, such as `83950/3463`. `published` is a day, YYYY-MM-DD, or `always`.
    """

    source: str
    target: str
    text: str
    provider: str
    published: str

    @property
    def exact(self) -> Fraction:
        """The rate as a number to reckon with."""
        return Fraction(self.text)


class RateSource(Protocol):
    """Port: whoever knows rates."""

    provider: str

    def rate(self, day: str, source: str, target: str) -> Fraction:
        """How much of the target one unit of the source is worth on that day.

        Raises:
            MissingRate: nothing says so on that day; it names the last day before that has one.
        """
        ...


ALWAYS = "always"
"""In place of a day: a figure that is fixed, as of a currency board, and answers for every day."""


class Rates:
    """A table of rates: of days, and such as hold always. A day's own figure comes first."""

    def __init__(self, rows: Iterable[Row], provider: str = "table") -> None:
        """Take in rows in any order.

        Raises:
            RateError: a row cannot be read, or two differ about one day and pair.
        """
        # Figures stay texts until one is asked for: of a table of decades few ever are.
        self.provider = check_provider(provider)
        self._days: dict[str, _Table] = {}
        for row in rows:
            day, pair, figure = _read(row)
            known = self._days.setdefault(day, {}).setdefault(pair, figure)
            if known != figure and Fraction(known) != Fraction(figure):
                raise RateError(f"{'/'.join(pair)} of {day} is given twice, as two figures")
        self._always = self._days.pop(ALWAYS, {})
        self._order = sorted(self._days)

    @property
    def days(self) -> list[str]:
        """The days that have any rate, the first one first."""
        return self._order

    def figures(self, day: str) -> dict[str, str]:
        """The figures of one day (or `always`), by pair, as they were published."""
        found = self._always if day == ALWAYS else self._days.get(day, {})
        return {"/".join(pair): figure for pair, figure in found.items()}

    def assets(self, day: str) -> list[str]:
        """Everything that a rate of that day is about, in order."""
        return sorted({code for pair in self._on(day) for code in pair})

    def rate(self, day: str, source: str, target: str) -> Fraction:
        """How much of the target one unit of the source is worth on that day.

        Raises:
            MissingRate: nothing says so on that day.
        """
        found = _across(self._on(day), source, target)
        if found is None:
            raise MissingRate(f"{source}/{target}", day, self.last(day, source, target))
        return found

    def last(self, day: str, source: str, target: str) -> str | None:
        """The last day, at most that one, which has a rate of the pair."""
        for at in reversed(self._order[: bisect_right(self._order, day)]):
            if _across(self._on(at), source, target) is not None:
                return at
        return None

    def _on(self, day: str) -> _Table:
        figures = self._days.get(day, {})
        return self._always | figures if self._always else figures


def named(found: RateSource, day: str, source: str, target: str) -> Rate:
    """A source's rate of a day, with who said it and when.

    Raises:
        MissingRate: the source has none.
    """
    exact = found.rate(day, source, target)
    return Rate(source, target, rate_text(exact), found.provider, day)


def tells(figures: Mapping[str, str], source: str, target: str) -> bool:
    """Whether figures by pair say what one asset is worth in the other, directly or across a third."""
    if source == target:
        return True
    linked = _linked(figures, source)
    return target in linked or not linked.isdisjoint(_linked(figures, target))


def _linked(figures: Mapping[str, str], asset: str) -> set[str]:
    """The assets that stand in one pair with this one."""
    ends = (pair.split("/") for pair in figures)
    return {other for end in ends if asset in end for other in end if other != asset}


def _across(pairs: _Table, source: str, target: str) -> Fraction | None:
    """The rate by a table of one day: directly, turned round, or across one third asset."""
    if source == target:
        return Fraction(1)
    direct = _either_way(pairs, source, target)
    if direct is not None:
        return direct
    for third in sorted({code for pair in pairs if source in pair for code in pair} - {source}):
        there, on = _either_way(pairs, source, third), _either_way(pairs, third, target)
        if there is not None and on is not None:
            return there * on
    return None


def _either_way(pairs: _Table, source: str, target: str) -> Fraction | None:
    if (source, target) in pairs:
        return Fraction(pairs[source, target])
    return 1 / Fraction(pairs[target, source]) if (target, source) in pairs else None


def _read(row: Row) -> tuple[str, _Pair, str]:
    day, pair, figure = row
    return day if day == ALWAYS else check_day(day), _pair(pair), check_figure(figure)


@lru_cache(maxsize=1024)
def _pair(text: str) -> _Pair:
    found = _PAIR.fullmatch(text)
    if found is None or found[1] == found[2]:
        raise RateError(f"{text!r} is no pair; write it like EUR/USD")
    return found[1], found[2]


@lru_cache(maxsize=16_384)
def check_day(text: str) -> str:
    """The day, if the calendar has it.

    Raises:
        RateError: it does not.
    """
    try:
        if _DAY.fullmatch(text) is None:
            raise ValueError
        date.fromisoformat(text)
    except ValueError:
        raise RateError(f"{text!r} is no day; write it like 2024-12-31") from None
    return text


def convert(amount: int, rate: Fraction, scale: int, target_scale: int) -> int:
    """Minor units of the target for so many of the source, to the nearest, ties to even.

    >>> convert(100, Fraction("1.0389"), 2, 2)
    104
    """
    return round(amount * rate * Fraction(10) ** (target_scale - scale))


def check_figure(text: str) -> str:
    """The figure, if it is a plain decimal above zero.

    Raises:
        RateError: it is not.
    """
    if _FIGURE.fullmatch(text) is None or not text.strip("0."):
        raise RateError(f"{text!r:.80} is no rate; write it like 1.0389")
    return text


def check_provider(text: str) -> str:
    """The name, if a provider of rates may be called so.

    Raises:
        RateError: it may not.
    """
    if _PROVIDER.fullmatch(text) is None:
        raise RateError(f"{text!r} names no provider; use 1 to 32 of a-z, 0-9, '_', '.', '-'")
    return text


def rate_text(exact: Fraction) -> str:
    """A rate as text that loses nothing: decimal where that ends, else a quotient.

    >>> rate_text(Fraction(10389, 10000)), rate_text(Fraction(10000, 10389))
    ('1.0389', '10000/10389')
    """
    rest, places = exact.denominator, 0
    for factor in (2, 5):
        power = 0
        while rest % factor == 0:
            rest, power = rest // factor, power + 1
        places = max(places, power)
    if rest != 1:
        return f"{exact.numerator}/{exact.denominator}"
    return to_decimal(int(exact * 10**places), places)
