"""What happens to transactions, on the wire: posting, edits, archiving, reversals."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.journal.record import Record
from partita.kernel import commands
from partita.kernel.account import Side
from partita.kernel.events import TransactionEdited, TransactionPended
from partita.kernel.pending import Transaction as State
from partita.kernel.periods import Late
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.fields import (
    Amount,
    ExternalId,
    ListShape,
    Metadata,
    Reason,
    RequestShape,
    Timestamp,
    TransactionType,
    amount,
    amount_or_none,
    moment_at,
    printable_or_none,
)
from partita.surfaces.http.shapes.transactions import LegRequest, Scales, postings


class PostRequest(RequestShape, frozen=True, kw_only=True):
    """A pending transaction to post as it stands; the whole body may be left out."""

    if_version: (
        Annotated[int, Meta(ge=1, description="Only if this is still its version.")] | None
    ) = None


class EditRequest(RequestShape, frozen=True, kw_only=True):
    """What of a pending transaction shall be otherwise; what is absent or null stays."""

    postings: list[LegRequest] | None = None
    type: TransactionType | None = None
    effective_at: Timestamp | None = None
    metadata: Metadata | None = None


class ArchiveRequest(RequestShape, frozen=True, kw_only=True):
    """Why a pending transaction is given up; the whole body may be left out."""

    reason: Reason | None = None


class ReversedLegRequest(RequestShape, frozen=True, kw_only=True):
    """How much of one leg to take back; `posting` is its place among the postings, from 0."""

    posting: Annotated[int, Meta(ge=0, lt=1_000)]
    amount: Amount


class ReversalRequest(RequestShape, frozen=True, kw_only=True):
    """A transaction to take back: all that is left of it, or so much.

    An `amount` is for transactions of two postings; others say how much of which `postings`.
    `late` says what becomes of it if `effective_at` lies in a period that is not open.
    """

    postings: Annotated[list[ReversedLegRequest], Meta(min_length=2, max_length=1_000)] | None = (
        None
    )
    amount: Amount | None = None
    reason: Reason | None = None
    external_id: ExternalId | None = None
    effective_at: Timestamp | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)
    late: Late = Late.REFUSE


class Leg(msgspec.Struct, frozen=True):
    """One leg of one version of a transaction."""

    account: str
    direction: Side
    amount: Amount
    asset: str
    scale: int


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A pending transaction as it was made, or as an edit left it."""

    object: Literal["transaction_version"] = "transaction_version"
    transaction_id: str
    version: int
    sequence: str
    recorded_at: Timestamp
    effective_at: Timestamp | None
    type: str | None
    metadata: dict[str, str]
    postings: list[Leg]


class VersionList(ListShape, frozen=True, kw_only=True):
    """A page of versions, the first one first."""

    data: list[Version]


def settle(transaction: str, request: PostRequest) -> commands.SettleTransaction:
    """The command that a request is."""
    return commands.SettleTransaction(transaction, request.if_version)


def edit(
    transaction: str, request: EditRequest, version: int | None, scales: Scales
) -> commands.EditTransaction:
    """The command that a request is.

    Raises:
        Refusal: it changes nothing, or a value is not what it must be.
    """
    if request == EditRequest():
        raise Refusal("invalid_request", "The body changes nothing.")
    legs = None if request.postings is None else postings(request.postings, scales)
    effective_at = moment_at(request.effective_at, "/effective_at")
    return commands.EditTransaction(
        transaction, legs, request.type, effective_at, request.metadata, version
    )


def archive(transaction: str, request: ArchiveRequest) -> commands.ArchiveTransaction:
    """The command that a request is."""
    return commands.ArchiveTransaction(transaction, request.reason)


def reverse(transaction: str, request: ReversalRequest) -> commands.ReverseTransaction:
    """The command that a request is; of a transaction with two legs, if it has an amount.

    Raises:
        Refusal: it has both an amount and postings, or a value is not what it must be.
    """
    if request.postings is not None and request.amount is not None:
        raise Refusal("invalid_request", "Give amount or postings.", pointer="/amount")
    amounts = None
    if request.postings is not None:
        given = enumerate(request.postings)
        amounts = tuple((p.posting, amount(p.amount, f"/postings/{n}/amount")) for n, p in given)
    both = amount_or_none(request.amount, "/amount")
    return commands.ReverseTransaction(
        transaction,
        amounts if both is None else ((0, both), (1, both)),
        request.reason,
        printable_or_none(request.external_id, "/external_id"),
        moment_at(request.effective_at, "/effective_at"),
        request.metadata,
        request.late,
    )


def version(record: Record, scales: Scales) -> Version | None:
    """The version that a record made of a pending transaction; None if it made none."""
    event = record.event
    if not isinstance(event, TransactionPended | TransactionEdited):
        return None
    state: State = event.transaction
    effective_at = state.effective_at
    return Version(
        transaction_id=state.id,
        version=state.version,
        sequence=str(record.sequence),
        recorded_at=record.recorded_at.text(),
        effective_at=None if effective_at is None else effective_at.text(),
        type=state.type,
        metadata=state.metadata,
        postings=[
            Leg(leg.account, leg.direction, str(leg.amount), leg.asset, scales[leg.asset])
            for leg in state.legs
        ],
    )
