"""Holds on the wire: money of one account set aside, and what is done to it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel import commands
from partita.kernel.account import Account
from partita.kernel.holds import Hold as HoldOfKernel
from partita.kernel.holds import HoldStatus, LateCapture
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.fields import (
    AccountReference,
    Amount,
    AssetCode,
    ExternalId,
    ListShape,
    Metadata,
    QueryShape,
    Reason,
    RequestShape,
    Timestamp,
    TransactionType,
    amount,
    amount_or_none,
    moment_at,
    printable_or_none,
)
from partita.surfaces.http.shapes.transactions import LegRequest, Scales, Transaction, postings

MOST_BASIS_POINTS = 1_000_000
"""A hundred times what was held: no tolerance is wider."""


class HoldRequest(RequestShape, frozen=True, kw_only=True):
    """Money of an account to set aside.

    With an `overcapture_bps` of 1,000 up to 10 % more than was held may be captured in all;
    `late_capture` says whether a capture may come after the hold has expired.
    """

    account: AccountReference
    amount: Amount
    asset: AssetCode
    expires_at: Timestamp | None = None
    overcapture_bps: Annotated[int, Meta(ge=0, le=MOST_BASIS_POINTS)] = 0
    late_capture: LateCapture = LateCapture.REFUSED
    external_id: ExternalId | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class CaptureRequest(RequestShape, frozen=True, kw_only=True):
    """Held money to spend: to one `destination`, or by `postings` on the other side.

    Without an `amount` all that remains goes there. What remains after a `final` capture is
    released.
    """

    destination: AccountReference | None = None
    amount: Amount | None = None
    postings: Annotated[list[LegRequest], Meta(min_length=1)] | None = None
    final: bool = False
    type: TransactionType | None = None
    external_id: ExternalId | None = None
    effective_at: Timestamp | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class IncrementRequest(RequestShape, frozen=True, kw_only=True):
    """So much more to hold."""

    amount: Amount


class ReleaseRequest(RequestShape, frozen=True, kw_only=True):
    """Held money to let go: so much, or all that remains."""

    amount: Amount | None = None
    reason: Reason | None = None


class ExtendRequest(RequestShape, frozen=True, kw_only=True):
    """When the hold shall expire now; null is never."""

    expires_at: Timestamp | None


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold: what was held (`amount`), where it went, what remains, how much is `capturable` yet.

    `captured` may be more than was held, by the tolerance; and what has `expired` may be captured
    late.
    """

    id: str
    object: Literal["hold"] = "hold"
    status: HoldStatus
    account: str
    account_id: str
    asset: str
    scale: int
    amount: Amount
    captured: Amount
    released: Amount
    expired: Amount
    remaining: Amount
    capturable: Amount
    expires_at: Timestamp | None
    overcapture_bps: int
    late_capture: LateCapture
    external_id: str | None
    metadata: dict[str, str]
    sequence: str
    created_at: Timestamp
    allowed_actions: tuple[str, ...]


class HoldList(ListShape, frozen=True, kw_only=True):
    """A page of holds, newest first."""

    data: list[Hold]


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """What a capture did: the hold as it is afterwards, and the transaction that spent the money."""

    object: Literal["capture"] = "capture"
    hold: Hold
    transaction: Transaction


class HoldQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    account: AccountReference | None = None
    status: HoldStatus | None = None
    external_id: ExternalId | None = None
    limit: str | None = None
    cursor: str | None = None


def place(request: HoldRequest) -> commands.PlaceHold:
    """The command that a request is.

    Raises:
        Refusal: the amount, the moment or the external id is not what it must be.
    """
    return commands.PlaceHold(
        request.account,
        amount(request.amount, "/amount"),
        request.asset,
        moment_at(request.expires_at, "/expires_at"),
        request.overcapture_bps,
        request.late_capture,
        printable_or_none(request.external_id, "/external_id"),
        request.metadata,
    )


def capture(hold: str, request: CaptureRequest, scales: Scales) -> commands.CaptureHold:
    """The command that a request is.

    Raises:
        Refusal: it says neither or both where the money goes, or a value is not what it must be.
    """
    if (request.destination is None) == (request.postings is None):
        raise Refusal("invalid_request", "Give either destination or postings.")
    if request.postings is not None and request.amount is not None:
        detail = "The amount goes with a destination; postings have amounts of their own."
        raise Refusal("invalid_request", detail, pointer="/amount")
    return commands.CaptureHold(
        hold,
        postings(request.postings or (), scales),
        request.destination,
        amount_or_none(request.amount, "/amount"),
        request.final,
        request.type,
        printable_or_none(request.external_id, "/external_id"),
        moment_at(request.effective_at, "/effective_at"),
        request.metadata,
    )


def increment(hold: str, request: IncrementRequest) -> commands.IncrementHold:
    """The command that a request is."""
    return commands.IncrementHold(hold, amount(request.amount, "/amount"))


def release(hold: str, request: ReleaseRequest) -> commands.ReleaseHold:
    """The command that a request is."""
    return commands.ReleaseHold(hold, amount_or_none(request.amount, "/amount"), request.reason)


def extend(hold: str, request: ExtendRequest) -> commands.ExtendHold:
    """The command that a request is."""
    return commands.ExtendHold(hold, moment_at(request.expires_at, "/expires_at"))


def hold(kept: HoldOfKernel, account: Account, scale: int) -> Hold:
    """The reply that a hold is."""
    return Hold(
        id=kept.id,
        status=kept.status,
        account=account.path,
        account_id=account.id,
        asset=kept.asset,
        scale=scale,
        amount=str(kept.amount),
        captured=str(kept.captured),
        released=str(kept.released),
        expired=str(kept.expired),
        remaining=str(kept.remaining),
        capturable=str(kept.capturable),
        expires_at=None if kept.expires_at is None else kept.expires_at.text(),
        overcapture_bps=kept.overcapture_bps,
        late_capture=kept.late_capture,
        external_id=kept.external_id,
        metadata=kept.metadata,
        sequence=str(kept.number),
        created_at=kept.placed_at.text(),
        allowed_actions=kept.allowed_actions,
    )
