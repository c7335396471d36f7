"""Hold exposure on the wire: what open holds set aside, by when they expire."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.surfaces.http.shapes.fields import AccountReference, Amount, AssetCode
from partita.surfaces.http.shapes.trailing import TrailingListQuery, TrailingListShape
from partita.views.reading.holds import Exposure


class ExposureQuery(TrailingListQuery, frozen=True, kw_only=True):
    """Which open holds, and summed by what time."""

    asset: AssetCode | None = None
    account: AccountReference | None = None
    by: Annotated[Literal["hour", "day"], Meta(description="Of UTC.")] = "day"


class HoldExposure(msgspec.Struct, frozen=True, kw_only=True):
    """Open holds of an asset that expire within the same time.

    `expires_in` is a day (`2026-11-20`) or an hour (`2026-11-20T15`) of UTC; null: never.
    """

    object: Literal["hold_exposure"] = "hold_exposure"
    asset: str
    scale: int
    expires_in: str | None
    holds: int
    remaining: Amount


class HoldTotal(msgspec.Struct, frozen=True, kw_only=True):
    """All open holds of an asset that were asked for."""

    asset: str
    scale: int
    holds: int
    remaining: Amount


class HoldExposureList(TrailingListShape, frozen=True, kw_only=True):
    """By asset, the soonest to expire first; `totals` are those of all pages."""

    data: list[HoldExposure]
    totals: list[HoldTotal]


def hold_exposure(found: Exposure, scale: int) -> HoldExposure:
    """The row as it goes out."""
    return HoldExposure(
        asset=found.asset,
        scale=scale,
        expires_in=found.expires_in,
        holds=found.holds,
        remaining=str(found.remaining),
    )


def hold_total(found: Exposure, scale: int) -> HoldTotal:
    """The total as it goes out."""
    remaining = str(found.remaining)
    return HoldTotal(asset=found.asset, scale=scale, holds=found.holds, remaining=remaining)
