"""Hold exposure: what open holds set aside, by when they expire, and in all."""

from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from partita.engine.trailing.scanning import Condition, Scan, Test
from partita.views.hold_exposure import (
    BY_ACCOUNT,
    BY_EXPIRY,
    HOLD_EXPOSURE,
    NEVER,
    OPEN_HOLD,
)
from partita.views.reading.looking import Look, Place, Seen, seen

_LONGEST_DAY = len("2026-11-20")


class Bucket(Enum):
    """How long the times are by which holds are summed."""

    HOUR = "hour"
    DAY = "day"


class HoldFilter(NamedTuple):
    """Which open holds: of an asset, of an account by its path, or all."""

    asset: str | None = None
    account: str | None = None


class Exposure(msgspec.Struct, frozen=True):
    """Open holds of an asset that expire in the same hour or on the same day, in UTC.

    `expires_in` is that time, `2026-11-20T15` or `2026-11-20`; None for those that never expire,
    and for the total.
    """

    asset: str
    expires_in: str | None
    holds: int
    remaining: int


class Exposures(msgspec.Struct, frozen=True):
    """All open holds that were asked for: by asset and time, and by asset alone."""

    buckets: tuple[Exposure, ...]
    totals: tuple[Exposure, ...]


def hold_exposure(place: Place, which: HoldFilter, bucket: Bucket) -> Seen[Exposures]:
    """What open holds set aside, the soonest to expire first; and as of which sequence."""

    def ask(look: Look) -> Exposures:
        buckets = _ordered(_buckets(look, which, bucket))
        groups = groupby(buckets, key=lambda each: each.asset)
        totals = tuple(_total(asset, list(group)) for asset, group in groups)
        return Exposures(tuple(buckets), totals)

    return seen(place, HOLD_EXPOSURE, ask)


def _total(asset: str, buckets: list[Exposure]) -> Exposure:
    holds = sum(each.holds for each in buckets)
    return Exposure(asset, None, holds, sum(each.remaining for each in buckets))


def _ordered(buckets: Iterable[Exposure]) -> list[Exposure]:
    return sorted(buckets, key=lambda each: (each.asset, each.expires_in or NEVER))


def _buckets(look: Look, which: HoldFilter, bucket: Bucket) -> Iterator[Exposure]:
    sums: dict[tuple[str, str], list[int]] = {}
    for _hold, asset, _account, expires_in, remaining, *_times in look.rows(_scan(which)):
        time = (
            expires_in
            if bucket is Bucket.HOUR or expires_in == NEVER
            else expires_in[:_LONGEST_DAY]
        )
        held = sums.setdefault((asset, time), [0, 0])
        held[0] += 1
        held[1] += remaining
    for (asset, time), (holds, remaining) in sums.items():
        yield Exposure(asset, None if time == NEVER else time, holds, remaining)


def _scan(which: HoldFilter) -> Scan:
    """The open holds that are asked for, along the order that finds them soonest."""
    if which.account is not None:
        asset = () if which.asset is None else (Condition("asset", Test.EQUAL, which.asset),)
        return Scan(OPEN_HOLD, equal={"account": which.account}, order=BY_ACCOUNT, where=asset)
    equal: dict[str, Any] = {} if which.asset is None else {"asset": which.asset}
    return Scan(OPEN_HOLD, equal=equal, order=BY_EXPIRY)
