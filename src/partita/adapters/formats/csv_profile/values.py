"""Reading single fields: figures and dates as people write them, exactly or not at all."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from partita.adapters.formats.csv_profile.schema import DateColumn, DecimalColumn
from partita.kernel.moment import Moment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CENTURY = 100
_TOUCHING = re.compile(r"%[A-Za-z]%")


def figure_reader(column: DecimalColumn) -> Callable[[str], str]:
    """A function from a figure as written to the plain decimal that it means.

    >>> figure_reader(DecimalColumn(decimal_mark=",", thousands_mark="."))("-1.234,5")
    '-1234.5'

    It raises ValueError where the text is no figure in that style; thousands marks may be left
    out, but where they stand they must part groups of three.
    """
    mark, thousands = re.escape(column.decimal_mark), re.escape(column.thousands_mark)
    whole = rf"[0-9]+|[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+" if thousands else "[0-9]+"
    shape = re.compile(rf"([+-]?)({whole})(?:{mark}([0-9]*))?", re.ASCII)
    example = f"1{column.thousands_mark}234{column.decimal_mark}50"

    def read(text: str) -> str:
        match = shape.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a figure written like {example}")
        sign, digits, fraction = match.groups()
        if column.thousands_mark:
            digits = digits.replace(column.thousands_mark, "")
        return f"{'-' if sign == '-' else ''}{digits}.{fraction or '0'}"

    return read


def date_reader(column: DateColumn) -> Callable[[str], tuple[Moment, str]]:
    """A function from a date as written to the moment it means and its day there, ISO 8601.

    >>> read = date_reader(DateColumn(format="%y%m%d", two_digit_years_from=1900))
    >>> moment, day = read("930101")
    >>> moment.text(), day
    ('1993-01-01T00:00:00.000000Z', '1993-01-01')

    It raises ValueError where the text is no date in that format.
    """
    zone, first_year = ZoneInfo(column.zone), column.two_digit_years_from
    # strptime reads 93111 as %y%m%d too; where figures touch, none may be left out.
    must_be_full = _TOUCHING.search(column.format) is not None

    # A file has many rows of one day, and strptime is slow.
    @lru_cache(maxsize=1024)
    def read(text: str) -> tuple[Moment, str]:
        try:
            parsed = datetime.strptime(text, column.format)  # noqa: DTZ007 - the zone comes next
            if must_be_full and parsed.strftime(column.format) != text:
                raise ValueError("a figure is too short")
            if first_year is not None:
                parsed = parsed.replace(year=_full_year(parsed.year, first_year))
        except ValueError as error:
            raise ValueError(
                f"{text!r} is not a date written as {column.format} ({error})"
            ) from None
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=zone)
        return Moment((parsed - _EPOCH) // _MICROSECOND).checked(), parsed.date().isoformat()

    return read


def _full_year(year: int, first_year: int) -> int:
    """The year with the same last two digits among the hundred from `first_year`."""
    return first_year + (year - first_year) % _CENTURY
