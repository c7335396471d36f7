"""Nearness: who has used how much of a velocity limit by now, the nearest to it first.

What counts now falls as time passes, but never beyond what is kept: so subjects are read from those
with the most kept, and as soon as nobody still unread could be as near, it is over. How many ever used
a limit does not matter.
"""

from collections.abc import Iterator
from heapq import nsmallest
from typing import NamedTuple

import msgspec

from partita.engine.listing import Measure
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.moment import Moment
from partita.kernel.velocity_limits import Limit, Usage

_PAGE = 200
_WHOLE = 1_000_000


class Wanted(NamedTuple):
    """Whom to list: at this percentage or above, behind a place in the list, so many at most."""

    percent: int = 0
    after: tuple[int, str] | None = None
    limit: int = 100

    def admits(self, near: "Near") -> bool:
        """Whether somebody belongs there."""
        return near.percent >= self.percent and (self.after is None or near.place > self.after)


class Near(msgspec.Struct, frozen=True):
    """What one subject has used of a limit within the window that `starts_at` begins.

    `share` is the larger one of amount and count, in millionths of the maximum, rounded down.
    `room_at` is when there will be room for the least use; None: there is.
    """

    subject: str
    amount: int
    count: int
    share: int
    starts_at: Moment
    room_at: Moment | None

    @property
    def percent(self) -> int:
        """The share in whole percent, rounded down: 100 is all of it."""
        return self.share * 100 // _WHOLE

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in the list of the nearest."""
        return -self.share, self.subject


def nearest(
    reader: Reader, ledger: LedgerInfo, limit: Limit, now: Moment, wanted: Wanted
) -> list[Near]:  # fmt: skip
    """Who has used most of a limit within the window as it is now, the nearest first."""
    met: dict[str, Near] = {}
    lists = {
        measure: _kept_most(reader, ledger, limit, measure)
        for measure, bound in _bounds(limit).items()
        if bound is not None
    }
    while True:
        shares = [_read_on(pages, measure, (limit, now), met) for measure, pages in lists.items()]
        unread_at_most = max(share or 0 for share in shares)
        found = (near for near in met.values() if near.count and wanted.admits(near))
        best = nsmallest(wanted.limit, found, key=lambda near: near.place)
        is_full = len(best) == wanted.limit and best[-1].share > unread_at_most
        if is_full or unread_at_most * 100 // _WHOLE < wanted.percent:
            return best
        if None in shares:  # everybody is in each of the lists, and one was read to its end
            return best


def _bounds(limit: Limit) -> dict[Measure, int | None]:
    return {Measure.AMOUNT: limit.max_amount, Measure.USES: limit.max_count}


def _kept_most(
    reader: Reader, ledger: LedgerInfo, limit: Limit, by: Measure
) -> Iterator[list[Usage]]:
    """Pages of usages, where the most is kept first."""
    after: Usage | None = None
    while usages := reader.usages(ledger, limit.id, by, after, _PAGE):
        yield usages
        after = usages[-1]


def _read_on(
    pages: Iterator[list[Usage]], by: Measure, when: tuple[Limit, Moment], met: dict[str, Near]
) -> int | None:
    """Read a page more; the largest share, by this measure, of those behind it. None: no more."""
    page = next(pages, None)
    if page is None:
        return None
    limit, now = when
    for usage in page:
        met[usage.subject] = _near(limit, usage, now)
    bound = _bounds(limit)[by]
    assert bound is not None, "a measure without a bound is not read"
    return by.kept(page[-1]) * _WHOLE // bound


def ledger_now(reader: Reader, ledger: LedgerInfo, clock_now: Moment) -> Moment:
    """The moment by which a decision would be made now: a journal never goes back."""
    return max(clock_now, reader.head(ledger).recorded_at)


def _near(limit: Limit, usage: Usage, now: Moment) -> Near:
    amount, count = usage.used(limit, now)
    bounds = ((amount, limit.max_amount), (count, limit.max_count))
    share = max(used * _WHOLE // bound for used, bound in bounds if bound is not None)
    room_at = usage.room_at(limit, now)
    is_full = room_at is not None and room_at > now
    starts_at = limit.window.start(now)
    return Near(usage.subject, amount, count, share, starts_at, room_at if is_full else None)
