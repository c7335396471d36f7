"""Dated exchange rates: a table of day, pair and exact decimal figure. Nothing is guessed.

A rate is asked for one day, and only that day's figures answer: directly, turned round, or across one
third currency (the euro, in the European Central Bank's table). Where there is none, as on a Sunday,
the refusal names the last day that has one, and the caller decides. Rates are fractions of whole
numbers from the figure to the converted amount; the only rounding is the one of `convert`.
"""

import csv
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from functools import lru_cache
from io import StringIO

_FIGURE = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_PAIR = re.compile(r"([A-Za-z0-9._-]{1,24})/([A-Za-z0-9._-]{1,24})", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

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


class Rates:
    """A table of rates."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Take in rows in any order.

        Raises:
            RateError: a row cannot be read, or two differ about one day and pair.
        """
        # Figures stay texts until one is asked for: of a table of decades few ever are.
        self._days: dict[str, _Table] = {}
        for row in rows:
            day, pair, figure = _read(row)
            known = self._days.setdefault(day, {}).setdefault(pair, figure)
            if known != figure and Fraction(known) != Fraction(figure):
                raise RateError(f"{'/'.join(pair)} of {day} is given twice, as two figures")
        self._order = sorted(self._days)

    def rate(self, day: str, source: str, target: str) -> Fraction:
        """How much of the target one unit of the source is worth on that day.

        Raises:
            MissingRate: nothing says so on that day.
        """
        found = self._on(day, source, target)
        if found is None:
            earlier = self._order[: bisect_right(self._order, day)]
            usable = (at for at in reversed(earlier) if self._on(at, source, target) is not None)
            raise MissingRate(f"{source}/{target}", day, next(usable, None))
        return found

    def _on(self, day: str, source: str, target: str) -> Fraction | None:
        if source == target:
            return Fraction(1)
        pairs = self._days.get(day, {})
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
    if _FIGURE.fullmatch(figure) is None or not figure.strip("0."):
        raise RateError(f"{figure!r} is no rate; write it like 1.0389")
    return check_day(day), _pair(pair), figure


@lru_cache(maxsize=1024)
def _pair(text: str) -> _Pair:
    named = _PAIR.fullmatch(text)
    if named is None or named[1] == named[2]:
        raise RateError(f"{text!r} is no pair; write it like EUR/USD")
    return named[1], named[2]


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


def ecb_rows(text: str) -> Iterator[Row]:
    """The rows of the European Central Bank's history file: a day a line, a currency a column.

    Raises:
        RateError: it is no such file.
    """
    lines = csv.reader(StringIO(text))
    head = next(lines, [])
    if head[:1] != ["Date"]:
        raise RateError("not the ECB's file: its first line begins with Date")
    for line in lines:
        for code, figure in zip(head[1:], line[1:], strict=True):
            if figure not in {"", "N/A"}:
                yield line[0], f"EUR/{code}", figure


def plain_rows(text: str) -> Iterator[Row]:
    """The rows of a CSV file with the columns `date`, `pair` and `rate`.

    Raises:
        RateError: it is no such file.
    """
    lines = csv.reader(StringIO(text))
    if next(lines, []) != ["date", "pair", "rate"]:
        raise RateError("not a file of rates: its first line is date,pair,rate")
    for number, line in enumerate(lines, 2):
        if len(line) != 3:
            raise RateError(f"line {number} has {len(line)} fields, not date, pair and rate")
        yield line[0], line[1], line[2]


def read_rates(text: str) -> Rates:
    """The table in a file of either form.

    Raises:
        RateError: it is of neither.
    """
    return Rates(ecb_rows(text) if text.startswith("Date,") else plain_rows(text))
