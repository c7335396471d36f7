"""A balance's history: what went in and out of an account, hour by hour, day by day, month by month.

Intervals are those of a named time zone's wall clock: a day begins when the date there changes, so
one day a year may have 23 hours and another 25. An hour begins when the minutes there are 0, or
when the clock there is changed. All are half-open, and the first and the last are cut to the span
that is asked for.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import msgspec

from partita.engine.as_of import Basis, PastReader
from partita.engine.ports import LedgerInfo
from partita.kernel.account import Side, Totals
from partita.kernel.moment import Moment

UTC_ZONE = "UTC"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR, _MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)


class Interval(Enum):
    """How long the intervals of a history are."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Span(msgspec.Struct, frozen=True):
    """From a moment, up to but not including another; in which order of time, known when.

    `sequence` limits what is known, for `Basis.EFFECTIVE` alone.
    """

    start: Moment
    end: Moment
    basis: Basis = Basis.EFFECTIVE
    sequence: int | None = None


class Turnover(msgspec.Struct, frozen=True):
    """What went through an account in [start, end), in minor units on one of its sides."""

    start: Moment
    end: Moment
    opening: int
    inflow: int
    outflow: int
    closing: int


def zone(name: str) -> ZoneInfo:
    """The time zone of that name in the IANA database.

    Raises:
        ValueError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"there is no time zone {name[:60]!r}; write one like Europe/Prague"
        ) from None


def boundaries(interval: Interval, where: ZoneInfo, start: Moment, end: Moment) -> Iterator[Moment]:
    """The start, then where intervals end: at boundaries of the zone's clock, last at the end."""
    at = start
    while at < end:
        yield at
        at = _next(interval, where, at)
    if start <= end:
        yield end


def _next(interval: Interval, where: ZoneInfo, at: Moment) -> Moment:
    """The first boundary after a moment; beyond the calendar, the end of all time."""
    try:
        local = (_EPOCH + timedelta(microseconds=at)).astimezone(where)
        if interval is Interval.HOUR:
            return _next_hour(local, at)
        day = local.date()
        while (begin := begin_of(day := _following(interval, day), where)) <= at:
            pass  # a day that a zone left out, as Samoa did in 2011, begins where the next one does
        return begin
    except OverflowError:
        return Moment(1 << 62)


def _following(interval: Interval, day: date) -> date:
    if interval is Interval.DAY:
        return day + timedelta(days=1)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def begin_of(day: date, where: ZoneInfo) -> Moment:
    """When a date begins; where midnight was skipped, Python takes the moment of the change."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=where)
    return Moment((midnight - _EPOCH) // _MICROSECOND)


def _next_hour(local: datetime, at: Moment) -> Moment:
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return Moment(at + (_HOUR - past) // _MICROSECOND)


def history(
    reader: PastReader,
    ledger: LedgerInfo,
    account: tuple[int, Side],
    span: Span,
    ends: list[Moment],
) -> list[Turnover]:
    """The turnovers between each two of some rising moments, of an account by number and normal side.

    All are of one moment of knowledge.
    """
    number, side = account
    totals = reader.posted_before(ledger, number, ends, span.basis, span.sequence)
    return [
        _turnover(times, before, after, side)
        for times, (before, after) in zip(pairwise(ends), pairwise(totals), strict=True)
    ]


def difference(
    reader: PastReader, ledger: LedgerInfo, account: tuple[int, Side], span: Span
) -> Turnover:
    """The turnover of the whole span."""
    (turnover,) = history(reader, ledger, account, span, [span.start, span.end])
    return turnover


def page_of(interval: Interval, where: ZoneInfo, span: Span, limit: int) -> list[Moment]:
    """The ends of the first `limit` intervals of a span, and its start before them."""
    return list(islice(boundaries(interval, where, span.start, span.end), limit + 1))


def _turnover(times: tuple[Moment, Moment], before: Totals, after: Totals, side: Side) -> Turnover:
    was, gone_in, gone_out = _on(before, side), *_grown(before, after, side)
    return Turnover(*times, was, gone_in, gone_out, was + gone_in - gone_out)


def _on(totals: Totals, side: Side) -> int:
    net = totals.posted_debits - totals.posted_credits
    return net if side is Side.DEBIT else -net


def _grown(before: Totals, after: Totals, side: Side) -> tuple[int, int]:
    debits = after.posted_debits - before.posted_debits
    credits = after.posted_credits - before.posted_credits
    return (debits, credits) if side is Side.DEBIT else (credits, debits)
