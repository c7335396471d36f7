"""Days and hours of trailing views, as texts that stand in the order of time. They are those of UTC.

A ledger has no time zone of its own: its records know moments. Whoever wants days of another place
asks for an account's history, which is worked out of the register and takes any zone.
"""

import re
from datetime import date
from functools import lru_cache

from partita.kernel.moment import Moment

_DAY_MICROSECONDS, _HOUR_MICROSECONDS = 86_400_000_000, 3_600_000_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def day_of(moment: Moment) -> str:
    """The day in UTC on which a moment is.

    >>> day_of(Moment.parse("2026-11-20T23:30:00-01:00"))
    '2026-11-21'
    """
    return _day(moment // _DAY_MICROSECONDS)


def hour_of(moment: Moment) -> str:
    """The hour in UTC in which a moment is.

    >>> hour_of(Moment.parse("2026-11-20T23:30:00-01:00"))
    '2026-11-21T00'
    """
    return _hour(moment // _HOUR_MICROSECONDS)


def checked_day(text: str) -> str:
    """The same text, if it is a day.

    Raises:
        ValueError: it is none.
    """
    if _DAY.fullmatch(text) is None:
        raise ValueError(f"{text[:20]!r} is no day; write it like 2026-11-20")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ValueError(f"{text!r} is no day of the calendar ({error})") from None


def day_after(day: str) -> str:
    """The next day; after the last that can be written comes nothing, so it ends there.

    >>> day_after("2026-12-31")
    '2027-01-01'
    """
    ordinal = min(date.fromisoformat(day).toordinal() + 1, date.max.toordinal())
    return date.fromordinal(ordinal).isoformat()


@lru_cache(maxsize=65_536)
def _day(number: int) -> str:
    """The day so many days after 1970 began; remembered, since records of a batch share theirs."""
    return date.fromordinal(_EPOCH_ORDINAL + number).isoformat()


@lru_cache(maxsize=65_536)
def _hour(number: int) -> str:
    return f"{_day(number // 24)}T{number % 24:02}"
