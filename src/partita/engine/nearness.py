"""Nearness: who has used how much of a velocity limit by now, the nearest to it first.

What was used is kept by subject, and its share changes as time passes; so all that is kept of one
limit is read, a page at a time, and no more than wanted is remembered.
"""

from collections.abc import Iterator
from heapq import nsmallest

import msgspec

from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.moment import Moment
from partita.kernel.velocity_limits import Limit, Usage

_PAGE = 1_000
_WHOLE = 1_000_000


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
    reader: Reader, ledger: LedgerInfo, limit: Limit, now: Moment
) -> Iterator[Near]:  # fmt: skip
    """Whoever used anything within the window, by subject."""
    after: str | None = None
    while usages := reader.usages(ledger, limit.id, after, _PAGE):
        for usage in usages:
            near = _near(limit, usage, now)
            if near.count:
                yield near
        after = usages[-1].subject


def first_of(
    found: Iterator[Near], percent: int, after: tuple[int, str] | None, count: int
) -> list[Near]:
    """So many of those at this percentage or above, behind a place in the list of the nearest."""
    wanted = (
        near for near in found if near.percent >= percent and (after is None or near.place > after)
    )
    return nsmallest(count, wanted, key=lambda near: near.place)


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
