"""Points and vouchers on the wire: programs, grants, what there is and when it ends, payments."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.loyalty import acts
from partita.modules.loyalty.lots import read_purse
from partita.modules.loyalty.program import read_program
from partita.modules.loyalty.spending import read_spending
from partita.surfaces.http.shapes.fields import (
    Amount,
    AssetCode,
    ExternalId,
    ListShape,
    Metadata,
    Reason,
    RequestShape,
    Timestamp,
    amount,
    moment_at,
    printable,
    printable_or_none,
)
from partita.surfaces.http.shapes.wallets import WalletId

Whole = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Destination = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="A wallet's id (`wal_…`), or an account's path.",
        examples=["income:fees"],
    ),
]


class ProgramRequest(RequestShape, frozen=True, kw_only=True):
    """What points are worth: so many `points` of `asset` are `worth` so many minor units of `money`."""

    asset: AssetCode
    money: AssetCode
    points: Whole = 1
    worth: Whole = 1
    expires_after_days: Annotated[int, Meta(ge=1, le=36_500)] | None = None
    reason: Reason | None = None


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What the points of an asset are worth, and for how long they are good."""

    id: str
    object: Literal["loyalty_program"] = "loyalty_program"
    asset: str
    money: str
    points: int
    worth: int
    expires_after_days: int | None
    version: int


class ProgramList(ListShape, frozen=True, kw_only=True):
    """A page of programs, newest first."""

    data: list[Program]


class GrantRequest(RequestShape, frozen=True, kw_only=True):
    """Points or a voucher for a loyalty wallet; they end at `expires_at`, or as the program says."""

    asset: AssetCode
    amount: Amount
    expires_at: Timestamp | None = None
    reason: Reason | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class LotShape(msgspec.Struct, frozen=True, kw_only=True):
    """Points that end together; null is never."""

    amount: Amount
    expires_at: Timestamp | None


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """The points of one asset in one wallet, as they were last looked at; what ends first is first.

    What moved them since by another way is taken in at the next grant, payment or end.
    """

    id: str
    object: Literal["points"] = "points"
    wallet_id: str
    asset: str
    account: str
    lots: list[LotShape]
    version: int


class PointsList(ListShape, frozen=True, kw_only=True):
    """The points and vouchers of a wallet and of all below it."""

    data: list[Points]


class SpendRequest(RequestShape, frozen=True, kw_only=True):
    """One sum, drawn on a wallet and what is below it: cash, pots, points, vouchers.

    `order` are ids of the wallet and its sub-wallets; without one, the wallet's own spend order.
    """

    destination: Destination
    asset: AssetCode
    amount: Amount
    order: Annotated[list[WalletId], Meta(max_length=51)] = msgspec.field(default_factory=list)
    external_id: ExternalId | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class DrawnShape(msgspec.Struct, frozen=True, kw_only=True):
    """What one source gave: `amount` of its own asset, which was `worth` so much of the sum's."""

    account: str
    asset: str
    amount: Amount
    worth: Amount


class Spending(msgspec.Struct, frozen=True, kw_only=True):
    """A payment out of several sources, one transaction."""

    id: str
    object: Literal["spending"] = "spending"
    wallet_id: str
    destination: str
    asset: str
    amount: Amount
    transaction_id: str
    drawn: list[DrawnShape]
    external_id: str | None
    metadata: dict[str, str]


class SpendingList(ListShape, frozen=True, kw_only=True):
    """A page of payments out of a wallet's sources, newest first."""

    data: list[Spending]


def set_program(request: ProgramRequest) -> acts.SetProgram:
    """The command that a request is."""
    return acts.SetProgram(
        asset=request.asset,
        money=request.money,
        points=request.points,
        worth=request.worth,
        expires_after_days=request.expires_after_days,
        reason=request.reason,
    )


def grant(wallet: str, request: GrantRequest) -> acts.Grant:
    """The command that a request is."""
    return acts.Grant(
        wallet=wallet,
        asset=request.asset,
        amount=amount(request.amount, "/amount"),
        expires_at=moment_at(request.expires_at, "/expires_at"),
        reason=request.reason,
        external_id=printable_or_none(request.external_id, "/external_id"),
        metadata=request.metadata,
    )


def spend(wallet: str, request: SpendRequest) -> acts.Spend:
    """The command that a request is."""
    return acts.Spend(
        wallet=wallet,
        destination=printable(request.destination, "/destination"),
        asset=request.asset,
        amount=amount(request.amount, "/amount"),
        order=tuple(printable(each, f"/order/{n}") for n, each in enumerate(request.order)),
        external_id=printable_or_none(request.external_id, "/external_id"),
        metadata=request.metadata,
    )


def program(matter: Matter) -> Program:
    """A program as it goes out."""
    kept = read_program(matter)
    assert kept is not None, "a matter was given"
    return Program(
        id=kept.id, asset=kept.asset, money=kept.money, points=kept.points, worth=kept.worth,
        expires_after_days=kept.expires_after_days, version=matter.version,
    )  # fmt: skip


def points(matter: Matter) -> Points:
    """Points as they go out."""
    kept = read_purse(matter)
    assert kept is not None, "a matter was given"
    lots = [LotShape(amount=str(lot.amount), expires_at=_text(lot.expires_at)) for lot in kept.lots]
    return Points(
        id=kept.id, wallet_id=kept.wallet, asset=kept.asset, account=kept.account, lots=lots,
        version=matter.version,
    )  # fmt: skip


def _text(at: Moment | None) -> str | None:
    return None if at is None else at.text()


def spending(matter: Matter) -> Spending:
    """A payment as it goes out."""
    kept = read_spending(matter)
    drawn = [
        DrawnShape(account=d.account, asset=d.asset, amount=str(d.amount), worth=str(d.worth))
        for d in kept.drawn
    ]
    return Spending(
        id=kept.id, wallet_id=kept.wallet, destination=kept.destination, asset=kept.asset,
        amount=str(kept.amount), transaction_id=kept.transaction, drawn=drawn,
        external_id=matter.external_id, metadata=kept.metadata,
    )  # fmt: skip
