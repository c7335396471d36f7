"""Transfers between two ledgers on the wire."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel.details import check_metadata
from partita.modules.ledger_transfers.transfer import LedgerTransfer as Kept
from partita.modules.ledger_transfers.transfer import Order, Side
from partita.surfaces.http.shapes.fields import (
    AccountReference,
    Amount,
    AssetCode,
    ExternalId,
    ListShape,
    Metadata,
    QueryShape,
    RequestShape,
    Timestamp,
    amount,
    printable_or_none,
)

LedgerName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$(?!\n)",
        description="A ledger's name.",
        examples=["loyalty"],
    ),
]


class LedgerTransferRequest(RequestShape, frozen=True, kw_only=True):
    """So much from this ledger (`Ledger` header) to `destination_ledger`.

    `source` and `destination` are a wallet's id (`wal_…`), or an account's path or id.
    """

    destination_ledger: LedgerName
    source: AccountReference
    destination: AccountReference
    amount: Amount
    asset: AssetCode
    external_id: ExternalId | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class LedgerTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer between two ledgers, as the ledger that is asked keeps it.

    Both keep it under one `id`; `side` says which end this ledger is, `transaction_id` and
    `sequence` are its own.
    """

    id: str
    object: Literal["ledger_transfer"] = "ledger_transfer"
    status: Literal["completed"] = "completed"
    side: Side
    source_ledger: str
    destination_ledger: str
    source: str
    destination: str
    amount: Amount
    asset: str
    scale: int
    transaction_id: str
    external_id: str | None
    metadata: dict[str, str]
    sequence: str
    created_at: Timestamp


class LedgerTransferList(ListShape, frozen=True, kw_only=True):
    """A page of transfers from and to this ledger, newest first."""

    data: list[LedgerTransfer]


class LedgerTransferQuery(QueryShape, frozen=True, kw_only=True):
    """Which page."""

    limit: str | None = None
    cursor: str | None = None


def order(request: LedgerTransferRequest, source_ledger: str) -> Order:
    """What a request asks for.

    Raises:
        Refusal: the amount or the external id is not what it must be.
    """
    return Order(
        source_ledger=source_ledger,
        destination_ledger=request.destination_ledger,
        source=request.source,
        destination=request.destination,
        amount=amount(request.amount, "/amount"),
        asset=request.asset,
        external_id=printable_or_none(request.external_id, "/external_id"),
        metadata=check_metadata(request.metadata),
    )


def ledger_transfer(kept: Kept) -> LedgerTransfer:
    """A transfer as it goes out."""
    asked = kept.terms.order
    return LedgerTransfer(
        id=kept.id,
        side=kept.side,
        source_ledger=asked.source_ledger,
        destination_ledger=asked.destination_ledger,
        source=asked.source,
        destination=asked.destination,
        amount=str(asked.amount),
        asset=asked.asset,
        scale=kept.terms.scale,
        transaction_id=kept.transaction,
        external_id=asked.external_id,
        metadata=asked.metadata,
        sequence=str(kept.sequence),
        created_at=kept.created_at.text(),
    )
