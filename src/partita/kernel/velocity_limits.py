"""Velocity limits: how much, and how often, within a window of time; decided in the same commit.

A limit is on an account, on every account of a pattern (each on its own), or on every value of one
metadata key of transactions. What was used is kept in buckets of time, at most 61 for a rolling
window: a bucket counts until the last use in it has left the window, so a limit never lets more
through than it says, and at worst keeps a sixtieth of the window too long. Since each bucket knows
that last moment, this is also so after the window of a limit was changed.
"""

from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import ClassVar

import msgspec

from partita.kernel.moment import Moment
from partita.kernel.resources import Resource

BUCKETS = 60
_SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LimitScope(Enum):
    """What one window belongs to."""

    ACCOUNT = "account"
    METADATA = "metadata"


class Flow(Enum):
    """Which movements of an account count: what takes from it, or what adds to it."""

    OUT = "out"
    IN = "in"


class WindowKind(Enum):
    """A window that rolls with the clock, or one of the calendar."""

    ROLLING = "rolling"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class LimitStatus(Enum):
    """Whether a limit is in force."""

    ACTIVE = "active"
    ARCHIVED = "archived"


LIMIT_ACTIONS: dict[LimitStatus, tuple[str, ...]] = {
    LimitStatus.ACTIVE: ("archive",),
    LimitStatus.ARCHIVED: (),
}
"""The transition table of a limit; setting it again changes it, whatever its bounds."""


class Window(msgspec.Struct, frozen=True):
    """The window: `seconds` long if rolling, else the calendar's at an offset from UTC."""

    kind: WindowKind
    seconds: int = 0
    utc_offset_minutes: int = 0

    def start(self, now: Moment) -> Moment:
        """The moment from which on uses count now; what is a whole window ago does not."""
        if self.kind is WindowKind.ROLLING:
            return Moment(now - self.seconds * _SECOND + 1)
        offset = timedelta(minutes=self.utc_offset_minutes)
        local = _EPOCH + timedelta(microseconds=now) + offset
        first = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.kind is WindowKind.WEEK:
            first -= timedelta(days=first.weekday())
        elif self.kind is WindowKind.MONTH:
            first = first.replace(day=1)
        return Moment((first - offset - _EPOCH) // timedelta(microseconds=1))

    def leaves_at(self, use: Moment) -> Moment:
        """The moment from which on a use does not count any more."""
        if self.kind is WindowKind.ROLLING:
            return Moment(use + self.seconds * _SECOND)
        # No day, week or month ends later than so many days after it began.
        after = {WindowKind.DAY: 1, WindowKind.WEEK: 7, WindowKind.MONTH: 31}[self.kind]
        return self.start(Moment(self.start(use) + after * 86_400 * _SECOND))

    @property
    def bucket_microseconds(self) -> int:
        """How long a bucket of a rolling window is."""
        return max(1, -(-self.seconds * _SECOND // BUCKETS))


class Limit(Resource, frozen=True):
    """A limit as it is now. At least one of the two bounds is set; `asset` is what amounts count in.

    `subject` is an account's path, a pattern of paths (`*` for one segment, `**` at the end for one
    or more of them), or a metadata key. Holds count when they are placed.
    """

    kind: ClassVar[str] = "limit"

    title: str
    scope: LimitScope
    subject: str
    asset: str
    window: Window
    flow: Flow = Flow.OUT
    max_amount: int | None = None
    max_count: int | None = None
    status: LimitStatus = LimitStatus.ACTIVE
    version: int = 1
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def state(self) -> str:
        """Its status."""
        return self.status.value

    @property
    def name(self) -> str:
        """Its title."""
        return self.title

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        """What may be done to it now."""
        return LIMIT_ACTIONS[self.status]

    @property
    def only_account(self) -> str | None:
        """The path of the one account that it is on; None if it may be on several, or on none."""
        is_one = self.scope is LimitScope.ACCOUNT and "*" not in self.subject
        return self.subject if is_one else None

    def covers(self, path: str) -> bool:
        """Whether it is on the account at this path."""
        return self.scope is LimitScope.ACCOUNT and matches(self.subject, path)

    def exceeded(self, used: tuple[int, int], more: tuple[int, int]) -> bool:
        """Whether amount and count would pass a bound, with so much more."""
        bounds = (self.max_amount, self.max_count)
        return any(
            bound is not None and spent + extra > bound
            for bound, spent, extra in zip(bounds, used, more, strict=True)
        )

    def with_changes(self, **changes: object) -> "Limit":
        """The same limit with some fields changed."""
        return msgspec.structs.replace(self, **changes)


@lru_cache(maxsize=65_536)
def matches(pattern: str, path: str) -> bool:
    """Whether a path is of a pattern.

    >>> matches("customers:*:wallet", "customers:alice:wallet"), matches("fees:**", "fees:card:eu")
    (True, True)
    """
    wanted, given = pattern.split(":"), path.split(":")
    if wanted[-1] == "**" and len(given) >= len(wanted):
        wanted, given = wanted[:-1], given[: len(wanted) - 1]
    return len(wanted) == len(given) and _segments_match(wanted, given)


def _segments_match(wanted: list[str], given: list[str]) -> bool:
    return all(want in ("*", have) for want, have in zip(wanted, given, strict=True))


class Bucket(msgspec.Struct, frozen=True):
    """What was used from `start` on, the `last` time at that moment."""

    start: Moment
    last: Moment
    amount: int
    count: int


class Usage(msgspec.Struct, frozen=True):
    """What was used of a limit by one account or one metadata value, by time."""

    limit: str
    subject: str
    buckets: tuple[Bucket, ...] = ()

    @property
    def kept(self) -> tuple[int, int]:
        """Amount and count of all buckets: at no later moment is more used, but by another use."""
        return sum(b.amount for b in self.buckets), sum(b.count for b in self.buckets)

    def used(self, limit: Limit, now: Moment) -> tuple[int, int]:
        """Amount and count that are within the window now."""
        counting = self._counting(limit, now)
        return sum(b.amount for b in counting), sum(b.count for b in counting)

    def room_at(self, limit: Limit, now: Moment, amount: int = 1) -> Moment | None:
        """When there is room for one more use of this amount; None: never, it is too much."""
        counting, least = self._counting(limit, now), (amount, 1)
        for n in range(len(counting) + 1):
            left = counting[n:]
            used = sum(b.amount for b in left), sum(b.count for b in left)
            if not limit.exceeded(used, least):
                return limit.window.leaves_at(counting[n - 1].last) if n else now
        return None

    def plus(self, limit: Limit, now: Moment, amount: int) -> "Usage":
        """With one more use; what has left the window is forgotten."""
        kept = list(self._counting(limit, now))
        start = _bucket_start(limit, now)
        if kept and kept[-1].start == start:
            kept[-1] = Bucket(start, now, kept[-1].amount + amount, kept[-1].count + 1)
        else:
            kept.append(Bucket(start, now, amount, 1))
        return Usage(self.limit, self.subject, tuple(kept))

    def _counting(self, limit: Limit, now: Moment) -> tuple[Bucket, ...]:
        since = limit.window.start(now)
        return tuple(bucket for bucket in self.buckets if bucket.last >= since)


def _bucket_start(limit: Limit, now: Moment) -> Moment:
    if limit.window.kind is not WindowKind.ROLLING:
        return limit.window.start(now)
    width = limit.window.bucket_microseconds
    return Moment(now // width * width)
