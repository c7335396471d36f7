"""Transactions on the wire: the request that becomes a command, the reply that a record becomes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.journal.record import Record
from partita.kernel import commands
from partita.kernel.account import Side
from partita.kernel.amount import parse
from partita.kernel.events import (
    HoldCaptured,
    TransactionPended,
    TransactionPosted,
    TransactionReversed,
    entries_in,
)
from partita.kernel.pending import Transaction as State
from partita.kernel.pending import TransactionStatus
from partita.kernel.periods import Late
from partita.kernel.posting import Entry
from partita.kernel.posting import Posting as PostingOfKernel
from partita.kernel.transacting import transaction_of
from partita.surfaces.http.facts import Facts
from partita.surfaces.http.refusal import Problem, Refusal
from partita.surfaces.http.shapes.balances import Figures, figures
from partita.surfaces.http.shapes.conditions import BalanceConditionRequest, conditions
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
    moment_at,
    printable_or_none,
)

MOST_ITEMS = 1_000
Scales = Mapping[str, int]
"""The scale of each asset that is at hand."""


class LegRequest(RequestShape, frozen=True, kw_only=True):
    """One leg. `scale`, if sent, must be the asset's own: a guard against reading units wrongly."""

    account: AccountReference
    direction: Side
    amount: Amount
    asset: AssetCode
    scale: Annotated[int, Meta(ge=0, le=30)] | None = None


class PostingRequest(LegRequest, frozen=True, kw_only=True):
    """One leg, and what must be true of its account: `if_version` before, `if_balance` after."""

    if_version: (
        Annotated[int, Meta(ge=0, description="The account's version before this.")] | None
    ) = None
    if_balance: BalanceConditionRequest | None = None


class TransactionRequest(RequestShape, frozen=True, kw_only=True):
    """A set of 2 to 1,000 postings whose debits equal its credits for each asset.

    A `pending` one sets money aside on both sides, until it is posted or archived. `late` says
    what becomes of it if `effective_at` lies in an accounting period that is not open.
    """

    postings: list[PostingRequest]
    status: Literal["posted", "pending"] = "posted"
    type: TransactionType | None = None
    external_id: ExternalId | None = None
    effective_at: Timestamp | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)
    late: Late = Late.REFUSE


class BatchRequest(RequestShape, frozen=True, kw_only=True):
    """Up to 1,000 transactions: all or none (`atomic`), or each for itself (`independent`)."""

    mode: Literal["atomic", "independent"]
    transactions: Annotated[list[TransactionRequest], Meta(min_length=1, max_length=MOST_ITEMS)]


def command(
    request: TransactionRequest, scales: Scales, prefix: str = ""
) -> commands.PostTransaction | commands.PendTransaction:
    """The command that a request is; `prefix` goes before the pointers of what is refused.

    Raises:
        Refusal: an amount, a moment or a scale is not what it must be.
    """
    legs = postings(request.postings, scales, prefix)
    wording = (
        request.type,
        printable_or_none(request.external_id, f"{prefix}/external_id"),
        moment_at(request.effective_at, f"{prefix}/effective_at"),
        request.metadata,
    )
    wanted = conditions(request.postings)
    if request.status == "posted":
        return commands.PostTransaction(legs, *wording, wanted, request.late)
    if request.late is not Late.REFUSE:
        detail = "A pending transaction is not late yet: its moment is judged when it is posted."
        raise Refusal("invalid_request", detail, pointer=f"{prefix}/late")
    if wanted:
        pointer = f"{prefix}/postings/{wanted[0].posting}"
        detail = "A pending transaction takes no conditions: they are for what posts at once."
        raise Refusal("invalid_request", detail, pointer=pointer)
    return commands.PendTransaction(legs, *wording)


def postings(
    given: Sequence[LegRequest], scales: Scales, prefix: str = ""
) -> tuple[PostingOfKernel, ...]:
    """The postings that the legs of a request are.

    Raises:
        Refusal: an amount or a scale is not what it must be.
    """
    postings: list[PostingOfKernel] = []
    for posting in given:
        try:
            number = parse(posting.amount)
        except ValueError:
            number = amount(posting.amount, f"{prefix}/postings/{len(postings)}/amount")
        if posting.scale is not None:
            _check_scale(posting, scales, f"{prefix}/postings/{len(postings)}/scale")
        postings.append(PostingOfKernel(posting.account, posting.direction, number, posting.asset))
    return tuple(postings)


def _check_scale(posting: LegRequest, scales: Scales, pointer: str) -> None:
    scale = scales.get(posting.asset)
    if scale is not None and scale != posting.scale:
        raise Refusal(
            "asset_scale_mismatch",
            f"{posting.asset} has a scale of {scale}, not {posting.scale}.",
            pointer=pointer,
            facts={"asset": posting.asset, "scale": str(scale)},
        )


class Posting(msgspec.Struct, frozen=True):
    """One leg as it is recorded, and how much of it was reversed.

    `account_version` and `balance_after` tell of the moment at which it was recorded. They are
    null where that was not in one piece: in a pending transaction that was edited or posted since.
    """

    account: str
    direction: Side
    amount: Amount
    asset: str
    scale: int
    reversed: Amount
    account_version: int | None
    balance_after: Figures | None


class Transaction(msgspec.Struct, frozen=True):
    """A transaction. What is posted stands in the journal for ever, and can only be reversed.

    `version` counts the edits of a pending one. `sequence` is where it came into being,
    `posted_sequence` where it was posted. `effective_at` is null as long as that is not known.
    """

    id: str
    object: Literal["transaction"]
    status: TransactionStatus
    version: int
    sequence: str
    recorded_at: Timestamp
    posted_sequence: str | None
    effective_at: Timestamp | None
    type: str | None
    external_id: str | None
    metadata: dict[str, str]
    reason: str | None
    postings: list[Posting]
    hold_id: str | None
    reverses_id: str | None
    reversed_by_ids: tuple[str, ...]
    allowed_actions: tuple[str, ...]


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


_REVERSIBLE = ("reverse",)


def transaction(record: Record, facts: Facts, state: State | None = None) -> Transaction:
    """The reply that a record is: a pure function, so that a replay has the same bytes.

    With a `state`, the transaction as it is now; the record is the one that brought it into being.
    """
    event = record.event
    if type(event) is not TransactionPosted or state is not None:
        return changed_transaction(record, facts, state)
    sequence, recorded_at = str(record.sequence), record.recorded_at.text()
    # Nearly all are like this one, so it is written down without any detour.
    return Transaction(
        event.id, "transaction", TransactionStatus.POSTED, 1, sequence, recorded_at, sequence,
        event.effective_at.text(), event.type, event.external_id, event.metadata, None,
        [posting(entry, facts) for entry in event.entries],
        None, None, (), _REVERSIBLE,
    )  # fmt: skip


def posting(entry: Entry, facts: Facts) -> Posting:
    """An entry as a leg of its transaction."""
    asset = entry.asset
    return Posting(
        entry.account,
        entry.direction,
        str(entry.amount),
        asset,
        facts.scales[asset],
        "0",
        entry.version,
        figures(entry.after, facts.sides[entry.account]),
    )


def changed_transaction(
    record: Record, facts: Facts, state: State | None = None, step: Record | None = None
) -> Transaction:
    """Any transaction as it is now, or as a `step` of its life left it."""
    event = record.event
    now = state or transaction_of(event, record.sequence)
    assert now is not None, "only transactions are shown as transactions"
    told = entries_in((step or record).event)
    if step is None and isinstance(event, TransactionPended) and now != event.transaction:
        told = ()
    effective_at, settled_in = now.effective_at, now.settled_in
    return Transaction(
        now.id, "transaction", now.status, now.version,
        str(record.sequence), record.recorded_at.text(),
        None if settled_in is None else str(settled_in),
        None if effective_at is None else effective_at.text(),
        now.type, now.external_id, now.metadata,
        event.reason if isinstance(event, TransactionReversed) else now.reason,
        _legs(now, told, facts),
        event.hold.id if isinstance(event, HoldCaptured) else None,
        now.reverses, now.reversed_by, now.allowed_actions,
    )  # fmt: skip


def _legs(now: State, told: Sequence[Entry], facts: Facts) -> list[Posting]:
    """The legs, each with the entry that recorded it, or with its account's last one."""
    last = {entry.account: entry for entry in told}
    in_order = told if len(told) == len(now.legs) else [last.get(leg.account) for leg in now.legs]
    taken = now.reversed or (0,) * len(now.legs)
    return [
        Posting(
            leg.account,
            leg.direction,
            str(leg.amount),
            leg.asset,
            facts.scales[leg.asset],
            str(back),
            None if entry is None else entry.version,
            None if entry is None else figures(entry.after, facts.sides[leg.account]),
        )
        for leg, entry, back in zip(now.legs, in_order, taken, strict=True)
    ]
