"""Balances on the wire: figures as strings of minor units, always on the account's normal side."""

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from partita.engine.as_of import AsOf, Basis, PastTotals
from partita.engine.history import UTC_ZONE, Turnover
from partita.kernel.account import Account, Side, Totals
from partita.kernel.balance import balance
from partita.kernel.moment import Moment
from partita.surfaces.http.shapes.fields import (
    AssetCode,
    ListShape,
    QueryShape,
    SignedAmount,
    Timestamp,
)

TimeZone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        description="A time zone's name in the IANA database.",
        examples=["Europe/Prague"],
    ),
]


class Figures(msgspec.Struct, frozen=True):
    """What an account holds, in minor units: there, on its way in and out, held, free to spend.

    `held` is the part of `pending_out` that holds set aside; of a past in which something was
    pending it is null.
    """

    posted: SignedAmount
    pending_in: SignedAmount
    pending_out: SignedAmount
    held: SignedAmount | None
    available: SignedAmount


def figures(totals: Totals, side: Side, held: int | None = None) -> Figures:
    """The figures that running totals are on this side."""
    b = balance(totals, side, held)
    part = None if b.held is None else str(b.held)
    return Figures(str(b.posted), str(b.pending_in), str(b.pending_out), part, str(b.available))


class Balances(msgspec.Struct, frozen=True, kw_only=True):
    """An account's balance, and what it stands on.

    By recorded time `version` and `sequence` name the account's last entry that counts. By
    effective time `version` is None, and `sequence` is the last of the journal that was known.
    """

    object: Literal["balances"] = "balances"
    account: str
    account_id: str
    asset: str
    scale: int
    basis: str
    as_of: Timestamp | None
    known_at: Timestamp | None
    posted: SignedAmount
    pending_in: SignedAmount
    pending_out: SignedAmount
    held: SignedAmount | None
    available: SignedAmount
    version: int | None
    sequence: str


class Past(NamedTuple):
    """Which past was asked for: in the query's words, and as the store is asked."""

    basis: Basis
    moment: Moment | None
    known_at: Moment | None
    as_of: AsOf
    sequence: int


class BalancesQuery(QueryShape, frozen=True, kw_only=True):
    """As of when (moments are included), by which of the two times, and as known when."""

    as_of: Timestamp | None = None
    as_of_sequence: str | None = None
    basis: Literal["recorded", "effective"] = "recorded"
    known_at: Timestamp | None = None
    known_at_sequence: str | None = None


class BalanceListQuery(BalancesQuery, frozen=True, kw_only=True):
    """The same of many accounts: those at or below a path, in one asset."""

    path_prefix: str | None = None
    asset: AssetCode | None = None
    limit: str | None = None
    cursor: str | None = None


class BalanceList(ListShape, frozen=True, kw_only=True):
    """Balances of accounts, newest account first."""

    data: list[Balances]


def balances(
    account: Account, found: PastTotals, scale: int, past: Past, held: int | None = None
) -> Balances:
    """The reply that says what an account held."""
    b = balance(found.totals, account.normal_side, held)
    is_recorded = past.basis is Basis.RECORDED
    return Balances(
        account=account.path,
        account_id=account.id,
        asset=account.asset,
        scale=scale,
        basis=past.basis.value,
        as_of=None if past.moment is None else past.moment.text(),
        known_at=None if past.known_at is None else past.known_at.text(),
        posted=str(b.posted),
        pending_in=str(b.pending_in),
        pending_out=str(b.pending_out),
        held=None if b.held is None else str(b.held),
        available=str(b.available),
        version=found.version if is_recorded else None,
        sequence=str((found.sequence or account.number) if is_recorded else past.sequence),
    )


class DifferenceQuery(QueryShape, frozen=True, kw_only=True):
    """From a moment up to but not including another (left out: now), by which time, known when."""

    start: Timestamp | None = msgspec.field(default=None, name="from")
    end: Timestamp | None = msgspec.field(default=None, name="to")
    basis: Literal["recorded", "effective"] = "recorded"
    known_at: Timestamp | None = None
    known_at_sequence: str | None = None


class HistoryQuery(DifferenceQuery, frozen=True, kw_only=True):
    """The same cut into the hours, days or months of a time zone."""

    interval: Literal["hour", "day", "month"] = "day"
    timezone: TimeZone = UTC_ZONE
    limit: str | None = None
    cursor: str | None = None


class BalanceDifference(msgspec.Struct, frozen=True, kw_only=True):
    """What went in and out of an account in [start, end): closing = opening + inflow - outflow.

    Only posted money; `sequence` is the last of the journal that was known.
    """

    object: Literal["balance_difference"] = "balance_difference"
    account: str
    account_id: str
    asset: str
    scale: int
    basis: str
    start: Timestamp
    end: Timestamp
    opening: SignedAmount
    inflow: SignedAmount
    outflow: SignedAmount
    closing: SignedAmount
    sequence: str


class BalanceHistory(ListShape, frozen=True, kw_only=True):
    """Intervals of an account's history, in their order; each begins where the last one ended."""

    data: list[BalanceDifference]


def difference(
    account: Account, turnover: Turnover, scale: int, basis: Basis, sequence: int
) -> BalanceDifference:
    """The reply that says what went through an account."""
    return BalanceDifference(
        account=account.path,
        account_id=account.id,
        asset=account.asset,
        scale=scale,
        basis=basis.value,
        start=turnover.start.text(),
        end=turnover.end.text(),
        opening=str(turnover.opening),
        inflow=str(turnover.inflow),
        outflow=str(turnover.outflow),
        closing=str(turnover.closing),
        sequence=str(sequence),
    )
