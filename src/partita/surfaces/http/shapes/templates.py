"""Templates on the wire: the document as it is written, and what it renders to."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel.account import Side
from partita.kernel.commands import PostTransaction
from partita.kernel.documents import Document, DocumentStatus
from partita.kernel.periods import Late
from partita.modules.templates.cabinet import Wanted
from partita.modules.templates.document import TemplateDocument, from_canonical
from partita.modules.templates.template import Extras
from partita.surfaces.http.refusal import Refusal
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
    moment,
    printable,
)

_LONGEST_VERSION = 9
Arguments = Annotated[
    dict[str, str | int | bool],
    Meta(description="An argument for each parameter; amounts, rates and dates are strings."),
]


class FillRequest(RequestShape, frozen=True, kw_only=True):
    """Arguments for a template, in its newest version or the one named; the rest as in a post."""

    arguments: Arguments = msgspec.field(default_factory=dict)
    version: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    external_id: ExternalId | None = None
    effective_at: Timestamp | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)
    late: Late = Late.REFUSE


def wanted(name: str, request: FillRequest, key: str | None) -> Wanted:
    """What the cabinet is asked for.

    Raises:
        Refusal: a moment or the external id is not what it must be.
    """
    external_id, effective_at = request.external_id, request.effective_at
    extras = Extras(
        external_id=None if external_id is None else printable(external_id, "/external_id"),
        effective_at=None if effective_at is None else moment(effective_at, "/effective_at"),
        metadata=request.metadata,
        late=request.late,
    )
    return Wanted(name, request.version, request.arguments, extras, key)


class TransactionTemplate(msgspec.Struct, frozen=True):
    """A template in one version; `document` is the scheme as it was written."""

    id: str
    object: Literal["transaction_template"]
    name: str
    version: int
    status: DocumentStatus
    sequence: str
    created_at: Timestamp
    document: TemplateDocument
    allowed_actions: list[str]


class TransactionTemplateList(ListShape, frozen=True, kw_only=True):
    """A page of templates by name, each in its newest version."""

    data: list[TransactionTemplate]


class VersionQuery(QueryShape, frozen=True, kw_only=True):
    """Which version; the newest if not said."""

    version: str | None = None


class TemplateListQuery(QueryShape, frozen=True, kw_only=True):
    """Which part of the list."""

    limit: str | None = None
    cursor: str | None = None


class RenderedPosting(msgspec.Struct, frozen=True):
    """One leg as it would be posted; `scale` is null for an asset that the ledger does not know."""

    account: AccountReference
    direction: Side
    amount: Amount
    asset: AssetCode
    scale: int | None


class RenderedTransaction(msgspec.Struct, frozen=True):
    """What a template makes of its arguments. Nothing was posted, and no account was looked at."""

    object: Literal["rendered_transaction"]
    type: str | None
    external_id: str | None
    effective_at: Timestamp | None
    metadata: dict[str, str]
    postings: list[RenderedPosting]


def version_number(text: str | None) -> int | None:
    """The version that a query names.

    Raises:
        Refusal: it is not a whole number from 1.
    """
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_VERSION and int(text)):
        raise Refusal("invalid_request", f"version is a whole number from 1, not {text[:60]!r}.")
    return int(text)


def template(saved: Document) -> TransactionTemplate:
    """The reply that a saved version is."""
    actions = ["archive"] if saved.status is DocumentStatus.ACTIVE else []
    return TransactionTemplate(
        saved.id, "transaction_template", saved.title, saved.version, saved.status,
        str(saved.number), saved.saved_at.text(), from_canonical(saved.body), actions,
    )  # fmt: skip


def rendered(command: PostTransaction, scales: dict[str, int]) -> RenderedTransaction:
    """The reply that a rendered command is."""
    effective_at = command.effective_at
    return RenderedTransaction(
        "rendered_transaction",
        command.type,
        command.external_id,
        None if effective_at is None else effective_at.text(),
        command.metadata,
        [
            RenderedPosting(p.account, p.direction, str(p.amount), p.asset, scales.get(p.asset))
            for p in command.postings
        ],
    )
