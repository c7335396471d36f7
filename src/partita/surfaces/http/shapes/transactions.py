"""Transactions on the wire: the request that becomes a command, the reply that a record becomes."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.journal.record import Record
from partita.kernel import commands
from partita.kernel.account import Side
from partita.kernel.amount import parse
from partita.kernel.events import TransactionPosted
from partita.kernel.posting import Entry
from partita.kernel.posting import Posting as PostingOfKernel
from partita.surfaces.http.facts import Facts
from partita.surfaces.http.refusal import Problem, Refusal
from partita.surfaces.http.shapes.balances import Figures, figures
from partita.surfaces.http.shapes.fields import (
    AccountReference,
    Amount,
    AssetCode,
    ExternalId,
    IdempotencyKey,
    ListShape,
    Metadata,
    QueryShape,
    RequestShape,
    Timestamp,
    TransactionType,
    amount,
    moment,
    printable,
)

MOST_ITEMS = 1_000


class PostingRequest(RequestShape, frozen=True, kw_only=True):
    """One leg. `scale`, if sent, must be the asset's own: a guard against reading units wrongly."""

    account: AccountReference
    direction: Side
    amount: Amount
    asset: AssetCode
    scale: Annotated[int, Meta(ge=0, le=30)] | None = None


class TransactionRequest(RequestShape, frozen=True, kw_only=True):
    """A set of 2 to 1,000 postings whose debits equal its credits for each asset."""

    postings: list[PostingRequest]
    type: TransactionType | None = None
    external_id: ExternalId | None = None
    effective_at: Timestamp | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class BatchRequest(RequestShape, frozen=True, kw_only=True):
    """Up to 1,000 transactions: all or none (`atomic`), or each for itself (`independent`)."""

    mode: Literal["atomic", "independent"]
    transactions: Annotated[list[TransactionRequest], Meta(min_length=1, max_length=MOST_ITEMS)]


def command(
    request: TransactionRequest, scales: Mapping[str, int], prefix: str = ""
) -> commands.PostTransaction:
    """The command that a request is; `prefix` goes before the pointers of what is refused.

    Raises:
        Refusal: an amount, a moment or a scale is not what it must be.
    """
    postings: list[PostingOfKernel] = []
    for posting in request.postings:
        try:
            number = parse(posting.amount)
        except ValueError:
            number = amount(posting.amount, f"{prefix}/postings/{len(postings)}/amount")
        if posting.scale is not None:
            _check_scale(posting, scales, f"{prefix}/postings/{len(postings)}/scale")
        postings.append(PostingOfKernel(posting.account, posting.direction, number, posting.asset))
    effective_at, external_id = request.effective_at, request.external_id
    return commands.PostTransaction(
        tuple(postings),
        request.type,
        None if external_id is None else printable(external_id, f"{prefix}/external_id"),
        None if effective_at is None else moment(effective_at, f"{prefix}/effective_at"),
        request.metadata,
    )


def _check_scale(posting: PostingRequest, scales: Mapping[str, int], pointer: str) -> None:
    scale = scales.get(posting.asset)
    if scale is not None and scale != posting.scale:
        raise Refusal(
            "asset_scale_mismatch",
            f"{posting.asset} has a scale of {scale}, not {posting.scale}.",
            pointer=pointer,
            facts={"asset": posting.asset, "scale": str(scale)},
        )


class Posting(msgspec.Struct, frozen=True):
    """One leg as recorded, with the account's balance after it."""

    account: str
    direction: Side
    amount: Amount
    asset: str
    scale: int
    account_version: int
    balance_after: Figures


class Transaction(msgspec.Struct, frozen=True):
    """A transaction as it stands in the journal, for ever."""

    id: str
    object: Literal["transaction"]
    status: Literal["posted"]
    sequence: str
    recorded_at: Timestamp
    effective_at: Timestamp
    type: str | None
    external_id: str | None
    metadata: dict[str, str]
    postings: list[Posting]
    allowed_actions: list[str]


class TransactionList(ListShape, frozen=True, kw_only=True):
    """A page of transactions, newest first."""

    data: list[Transaction]


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one transaction of a batch: the transaction and its leaf, or the problem."""

    status: int
    transaction: Transaction | None = None
    problem: Problem | None = None
    leaf: str | None = None


class Batch(msgspec.Struct, frozen=True):
    """What became of a batch, one result for each transaction, in their order."""

    object: Literal["batch"]
    mode: Literal["atomic", "independent"]
    results: list[Item]


class TransactionQuery(QueryShape, frozen=True, kw_only=True):
    """Filters; moments are half-open: from inclusive, to exclusive. `effective` needs `account`."""

    account: AccountReference | None = None
    external_id: ExternalId | None = None
    idempotency_key: IdempotencyKey | None = None
    created_from: Timestamp | None = msgspec.field(default=None, name="created[gte]")
    created_to: Timestamp | None = msgspec.field(default=None, name="created[lt]")
    effective_from: Timestamp | None = msgspec.field(default=None, name="effective[gte]")
    effective_to: Timestamp | None = msgspec.field(default=None, name="effective[lt]")
    limit: str | None = None
    cursor: str | None = None


def transaction(record: Record, facts: Facts) -> Transaction:
    """The reply that a record is: a pure function, so that a replay has the same bytes."""
    event = record.event
    assert isinstance(event, TransactionPosted), "only transactions are shown as transactions"
    return Transaction(
        event.id,
        "transaction",
        "posted",
        str(record.sequence),
        record.recorded_at.text(),
        event.effective_at.text(),
        event.type,
        event.external_id,
        event.metadata,
        [posting(entry, facts) for entry in event.entries],
        [],
    )


def posting(entry: Entry, facts: Facts) -> Posting:
    """An entry as a leg of its transaction."""
    asset = entry.asset
    return Posting(
        entry.account,
        entry.direction,
        str(entry.amount),
        asset,
        facts.scales[asset],
        entry.version,
        figures(entry.after, facts.sides[entry.account]),
    )
