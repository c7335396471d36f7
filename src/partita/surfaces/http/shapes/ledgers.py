"""Ledgers, assets and the journal on the wire."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.journal.record import Head, Record
from partita.kernel import asset as kernel
from partita.kernel.asset import BUILT_IN, AssetKind, check_code
from partita.kernel.commands import OpenLedger, RegisterAsset
from partita.kernel.events import LedgerOpened
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.fields import (
    ListShape,
    Metadata,
    QueryShape,
    RequestShape,
    Timestamp,
)

LedgerName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$(?!\n)",
        description="Lower-case letters, digits, '_' and '-'.",
        examples=["main"],
    ),
]


class LedgerRequest(RequestShape, frozen=True, kw_only=True):
    """A ledger to open: a set of books with a journal of its own."""

    name: LedgerName
    metadata: Metadata = msgspec.field(default_factory=dict)


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """A set of books, as it was opened."""

    id: str
    object: Literal["ledger"] = "ledger"
    name: str
    metadata: dict[str, str]
    created_at: Timestamp


class LedgerList(ListShape, frozen=True, kw_only=True):
    """The ledgers that the key reaches, by name."""

    data: list[Ledger]


class PlainQuery(QueryShape, frozen=True, kw_only=True):
    """A list without filters."""

    limit: str | None = None
    cursor: str | None = None


def ledger_command(request: LedgerRequest) -> OpenLedger:
    """The command that a request is."""
    return OpenLedger(request.name, request.metadata)


def ledger(record: Record) -> Ledger:
    """The reply that a ledger's first record is."""
    event = record.event
    assert isinstance(event, LedgerOpened), "a journal begins with the opening of its ledger"
    return Ledger(
        id=event.id,
        name=event.name,
        metadata=event.metadata,
        created_at=record.recorded_at.text(),
    )


class AssetRequest(RequestShape, frozen=True, kw_only=True):
    """An asset to register. Its scale, the decimals of its minor unit, never changes."""

    code: Annotated[str, Meta(min_length=1, max_length=24, examples=["POINTS"])]
    scale: Annotated[int, Meta(ge=0, le=kernel.LARGEST_SCALE)]
    type: AssetKind = AssetKind.CUSTOM
    issuer: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of value. Currencies of ISO 4217 are built in."""

    object: Literal["asset"] = "asset"
    code: str
    scale: int
    type: AssetKind
    issuer: str | None
    built_in: bool
    metadata: dict[str, str]


class AssetList(ListShape, frozen=True, kw_only=True):
    """A page of assets, by code."""

    data: list[Asset]


class AssetQuery(QueryShape, frozen=True, kw_only=True):
    """Filter by type."""

    type: AssetKind | None = None
    limit: str | None = None
    cursor: str | None = None


def asset_command(request: AssetRequest) -> RegisterAsset:
    """The command that a request is.

    Raises:
        Refusal: the code cannot name an asset.
    """
    try:
        code = check_code(request.code)
    except ValueError as error:
        detail = f"{request.code!r} is {error}."
        raise Refusal("invalid_request", detail, pointer="/code") from None
    return RegisterAsset(
        kernel.Asset(code, request.scale, request.type, request.issuer, request.metadata)
    )


def asset(known: kernel.Asset) -> Asset:
    """The reply that an asset is."""
    return Asset(
        code=known.code,
        scale=known.scale,
        type=known.kind,
        issuer=known.issuer,
        built_in=known.code in BUILT_IN,
        metadata=known.metadata,
    )


class JournalRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it is stored: `body` is the very text that is hashed, `leaf` its hash."""

    object: Literal["record"] = "record"
    sequence: str
    recorded_at: Timestamp
    body: str
    leaf: str


class JournalPage(ListShape, frozen=True, kw_only=True):
    """A page of records, oldest first."""

    data: list[JournalRecord]


class JournalQuery(QueryShape, frozen=True, kw_only=True):
    """From where: records with a sequence above `after`."""

    after: str | None = None
    limit: str | None = None
    cursor: str | None = None


class JournalHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where the journal stands: how many records, since when, and the root over all of them."""

    object: Literal["journal_head"] = "journal_head"
    ledger: str
    sequence: str
    recorded_at: Timestamp
    root: str


def journal_record(record: Record) -> JournalRecord:
    """The reply that a stored record is."""
    return JournalRecord(
        sequence=str(record.sequence),
        recorded_at=record.recorded_at.text(),
        body=record.body.decode(),
        leaf=record.leaf.hex(),
    )


def journal_head(name: str, head: Head) -> JournalHead:
    """The reply that a journal's head is."""
    return JournalHead(
        ledger=name,
        sequence=str(head.sequence),
        recorded_at=head.recorded_at.text(),
        root=head.root.hex(),
    )
