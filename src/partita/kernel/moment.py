"""Moments: points in time as whole microseconds since 1970-01-01T00:00:00Z.

The kernel never asks what time it is; moments come in as arguments. On the wire and in the
journal a moment is RFC 3339 text in UTC with six decimals and a Z: `2026-11-20T10:00:00.000000Z`.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Self

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(int):
    """Microseconds since 1970 UTC.

    >>> Moment.parse("2026-11-20T11:00:00+01:00").text()
    '2026-11-20T10:00:00.000000Z'
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read RFC 3339 text with a zone and at most six decimals.

        Raises:
            ValueError: the text is not such a moment; the message says the mend.
        """
        if _RFC3339.fullmatch(text) is None:
            raise ValueError(
                "not an RFC 3339 moment; write it like 2026-11-20T10:00:00Z,"
                " with a zone and at most six decimals"
            )
        try:
            parsed = datetime.fromisoformat(text.upper())
            return cls((parsed - _EPOCH) // _MICROSECOND).checked()
        except (ValueError, OverflowError) as error:
            raise ValueError(f"no such moment in the calendar ({error})") from None

    def checked(self) -> Self:
        """Return itself if it can be written in RFC 3339 (years 1 to 9999), else raise."""
        if not EARLIEST <= self <= LATEST:
            raise ValueError("outside the years 0001 to 9999")
        return self

    def text(self) -> str:
        """RFC 3339 in UTC, always with six decimals, so that texts sort as moments do."""
        return _text(self)


EARLIEST = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
LATEST = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=4096)
def _text(moment: int) -> str:
    """The text of a moment; remembered, since all records of a batch share theirs."""
    seconds, microseconds = divmod(moment, 1_000_000)
    return f"{_second(seconds)}.{microseconds:06d}Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    """The text of a second; remembered, since what happens now happens within a few of them."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
