"""Exports on the wire: which list, in which format, how far, and what the file is; and jobs at large."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.modules.exports import export as kept
from partita.modules.exports.deciding import RequestExport
from partita.modules.exports.export import ALLOWED_ACTIONS, ExportStatus
from partita.modules.exports.lists import ListWish
from partita.modules.exports.pace import Pace
from partita.modules.exports.table import Format, Kind
from partita.surfaces.http.shapes.fields import (
    ExternalId,
    ListShape,
    QueryShape,
    Reason,
    RequestShape,
    Timestamp,
    printable_or_none,
)

ListName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="A list by its address, with or without `/v1/`: one of `GET /v1/lists`.",
        examples=["transactions", "accounts/customers:alice/entries"],
    ),
]
Filters = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=60)],
        Annotated[str, Meta(max_length=500)],
    ],
    Meta(max_length=30, description="The list's own filters, as in its address."),
]
Each = Annotated[
    str,
    Meta(min_length=1, max_length=60, description="A row for each of those within an item."),
]


class ExportRequest(RequestShape, frozen=True, kw_only=True):
    """A list that is to become a file."""

    list: ListName
    format: Format
    filters: Filters = msgspec.field(default_factory=dict)
    each: Each | None = None
    external_id: ExternalId | None = None


class ExportCancelRequest(RequestShape, frozen=True, kw_only=True):
    """Why it is not wanted any more."""

    reason: Reason | None = None


class ExportQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    status: ExportStatus | None = None
    limit: str | None = None
    cursor: str | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is. What cannot be known is null; an estimated `total` is about right.

    `rate` is in rows per second, `eta_seconds` the time still to go.
    """

    done: int
    total: int | None
    is_estimate: bool
    rate: int | None
    eta_seconds: int | None


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An export as it is now.

    The file was read between `from_sequence` and `to_sequence` of the journal; where they are the
    same, it is the list at that very moment.
    """

    id: str
    object: Literal["export"] = "export"
    status: ExportStatus
    list: str
    filters: dict[str, str]
    each: str | None
    format: Format
    progress: Progress
    rows: int | None
    bytes: int | None
    sha256: str | None
    from_sequence: str | None
    to_sequence: str | None
    download_url: str | None
    manifest_url: str | None
    problem: str | None
    external_id: str | None
    version: int
    sequence: str
    created_at: Timestamp
    started_at: Timestamp | None
    finished_at: Timestamp | None
    expires_at: Timestamp | None
    allowed_actions: tuple[str, ...]


class ExportList(ListShape, frozen=True, kw_only=True):
    """A page of exports, newest first."""

    data: list[Export]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Something that takes long, of whatever kind."""

    id: str
    object: Literal["job"] = "job"
    kind: Literal["export"]
    status: ExportStatus
    progress: Progress
    result_url: str | None
    errors_url: str | None
    problem: str | None
    created_at: Timestamp
    finished_at: Timestamp | None
    allowed_actions: tuple[str, ...]


class JobList(ListShape, frozen=True, kw_only=True):
    """A page of jobs, newest first."""

    data: list[Job]


class TableColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a list's files."""

    name: str
    kind: Kind


class KnownList(msgspec.Struct, frozen=True, kw_only=True):
    """A list that there is: how it is filtered, what stands within its items, and its columns."""

    name: str
    object: Literal["list_kind"] = "list_kind"
    filters: list[str]
    parts: list[str]
    columns: list[TableColumn]


class KnownLists(ListShape, frozen=True, kw_only=True):
    """All lists."""

    data: list[KnownList]


def request(asked: ExportRequest, ledger: str) -> RequestExport:
    """The command that a request is.

    It reads what a key of its ledger sees, whoever asks: every key of the ledger may fetch the file.
    """
    wish = ListWish(list=asked.list, filters=asked.filters, each=asked.each, reach=ledger)
    external_id = printable_or_none(asked.external_id, "/external_id")
    return RequestExport(wish, asked.format, external_id)


def progress(pace: Pace) -> Progress:
    """The progress that a pace is."""
    return Progress(
        done=pace.done,
        total=pace.total,
        is_estimate=pace.is_estimate,
        rate=pace.rows_per_second,
        eta_seconds=pace.eta_seconds,
    )


def export(found: kept.Export, pace: Pace) -> Export:
    """An export as it goes out."""
    body, written = found.body, found.body.written
    url = f"/v1/exports/{found.id}"
    is_there = found.status is ExportStatus.COMPLETED
    moments = (body.started_at, body.finished_at, body.expires_at)
    started_at, finished_at, expires_at = (None if at is None else at.text() for at in moments)
    return Export(
        id=found.id,
        status=found.status,
        list=body.wish.list,
        filters=body.wish.filters,
        each=body.wish.each,
        format=body.format,
        progress=progress(pace),
        rows=None if written is None else written.rows,
        bytes=None if written is None else written.bytes,
        sha256=None if written is None else written.sha256,
        from_sequence=None if written is None else str(written.from_sequence),
        to_sequence=None if written is None else str(written.to_sequence),
        download_url=f"{url}/download" if is_there else None,
        manifest_url=None if written is None else f"{url}/manifest",
        problem=body.problem,
        external_id=found.external_id,
        version=found.version,
        sequence=str(found.sequence),
        created_at=body.requested_at.text(),
        started_at=started_at,
        finished_at=finished_at,
        expires_at=expires_at,
        allowed_actions=ALLOWED_ACTIONS[found.status],
    )


def job(found: kept.Export, pace: Pace) -> Job:
    """An export as a job like any other."""
    shown = export(found, pace)
    return Job(
        id=shown.id,
        kind="export",
        status=shown.status,
        progress=shown.progress,
        result_url=shown.download_url,
        errors_url=None,
        problem=shown.problem,
        created_at=shown.created_at,
        finished_at=shown.finished_at,
        allowed_actions=tuple(each for each in shown.allowed_actions if each == "cancel"),
    )
