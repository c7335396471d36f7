"""Moments as people write them on a command line: RFC 3339, or a day."""

import re

from partita.kernel.moment import Moment
from partita.surfaces.cli.failures import USAGE, CommandFailed

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MICROSECONDS_A_DAY = 86_400_000_000


def through(text: str) -> Moment:
    """A moment; a bare day means through its last microsecond, in UTC.

    >>> through("1993-01-01").text()
    '1993-01-01T23:59:59.999999Z'
    """
    is_day = _DAY.fullmatch(text) is not None
    try:
        moment = Moment.parse(f"{text}T00:00:00Z" if is_day else text)
    except ValueError as error:
        raise CommandFailed(
            f"{text!r} is {error}.",
            "write a day (2026-11-20, through its end in UTC) or a moment (2026-11-20T10:00:00Z).",
            status=USAGE,
        ) from None
    return Moment(moment + _MICROSECONDS_A_DAY - 1) if is_day else moment


def exact(text: str) -> Moment:
    """A moment; a bare day means its beginning, in UTC."""
    return through(f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text)
