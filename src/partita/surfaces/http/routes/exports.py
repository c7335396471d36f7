"""Exports: have a list written to a file, see how far it is, fetch it; and jobs at large."""

from typing import Any

from partita.engine.access import Scope
from partita.engine.listing import ResourceFilter
from partita.modules.exports.deciding import CancelExport
from partita.modules.exports.export import KIND, PREFIX, Export, read
from partita.modules.exports.table import Format
from partita.surfaces.http.call import Call
from partita.surfaces.http.file_reply import file_reply
from partita.surfaces.http.matters import (
    LIST_CODES,
    Things,
    changed,
    identifier,
    kept,
    listed,
    timeline,
)
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import exports as shapes
from partita.surfaces.http.shapes.ledgers import PlainQuery
from partita.surfaces.http.shapes.matters import MatterTimeline

_EXPORTS = Things(KIND, PREFIX, "/v1/exports", "export")
_JOBS = Things(KIND, PREFIX, "/v1/jobs", "job")
_LISTS_URL = "/v1/lists"
_ONE, _JOB = f"{_EXPORTS.url}/{{id:str}}", f"{_JOBS.url}/{{id:str}}"
_READS: dict[str, Any] = {"tag": "Exports"}
_WRITES: dict[str, Any] = {**_READS, "scope": Scope.WRITE, "key": KeyRule.OPTIONAL}
_CANCEL_CODES = ("not_found", "matter_not_found", "invalid_state")


@operation(
    "POST", _EXPORTS.url, summary="Export a list", status=201,
    description="Has all of a list under its filters written to a file, by the worker beside the"
    " server; it goes on after a crash. For what is small, `GET` the list itself with `format=csv`.",
    request=shapes.ExportRequest, reply=shapes.Export,
    codes=("format_unavailable", "external_id_taken"),
    example={"list": "transactions", "format": "csv", "filters": {"created[gte]": "2026-11-01T00:00:00Z"}},
    **_WRITES,
)  # fmt: skip
async def request_export(call: Call) -> Reply:
    """Have a list written to a file."""
    act, application = shapes.request(call.body, call.info.name), call.desk.application
    application.exporting.formats.check(act.format)
    application.exporting.lists.open(call.info.name, act.wish)  # refuses what nobody could read
    return await changed(call, act, lambda matter: _export(call, read(matter)), _EXPORTS.url)


def _export(call: Call, found: Export) -> shapes.Export:
    return shapes.export(found, call.desk.application.exporting.exports.pace(call.info, found))


def _job(call: Call, found: Export) -> shapes.Job:
    return shapes.job(found, call.desk.application.exporting.exports.pace(call.info, found))


@operation(
    "GET", _EXPORTS.url, summary="List exports", description="Newest first.",
    query=shapes.ExportQuery, reply=shapes.ExportList, codes=LIST_CODES, **_READS,
)  # fmt: skip
async def list_exports(call: Call) -> Reply:
    """List exports by status."""
    return ok(await call.read(_exports, call, page(_EXPORTS.url, call.query)))


def _exports(call: Call, wanted: Page) -> shapes.ExportList:
    found, rest = listed(call, wanted, _which(call))
    data = [_export(call, read(each)) for each in found]
    return shapes.ExportList(data=data, url=_EXPORTS.url, **rest)


def _which(call: Call) -> ResourceFilter:
    status = call.query.status
    return ResourceFilter(KIND, state=None if status is None else status.value)


@operation(
    "GET", _ONE, summary="Get an export", description="With its progress.",
    reply=shapes.Export, codes=("not_found",), **_READS,
)  # fmt: skip
async def get_export(call: Call) -> Reply:
    """Get one export by its id."""
    return ok(await call.read(lambda: _export(call, read(kept(call, _EXPORTS)))))


@operation(
    "GET", f"{_ONE}/timeline", summary="List what happened to an export",
    query=PlainQuery, reply=MatterTimeline, codes=("not_found", *LIST_CODES), **_READS,
)  # fmt: skip
async def list_export_timeline(call: Call) -> Reply:
    """List the steps of an export's life."""
    return await timeline(call, _EXPORTS)


@operation(
    "GET", f"{_ONE}/download", summary="Download an export's file",
    description="In its own format. A `Range` of bytes goes on with a download that broke off.",
    media_type="application/octet-stream", codes=("not_found",), **_READS,
)  # fmt: skip
async def download_export(call: Call) -> Reply:
    """Send the file, or a range of it."""
    return await call.read(_download, call)


def _download(call: Call) -> Reply:
    found = read(kept(call, _EXPORTS))
    file = call.desk.application.exporting.exports.file(call.info, found)
    assert found.body.written is not None, "what is completed says what was written"
    kept_in: Format = found.body.format
    name = f"{call.info.name}-{found.id}.{kept_in.value}"
    headers = (
        (b"content-disposition", f'attachment; filename="{name}"'.encode()),
        (b"etag", f'"{found.body.written.sha256}"'.encode()),
    )
    return file_reply(call, file, kept_in.media_type.encode(), headers)


@operation(
    "GET", f"{_ONE}/manifest", summary="Get an export's manifest",
    description="Which list, rows, bytes, SHA-256 and sequences, as a note signed by the ledger's"
    " log (C2SP signed-note): a first line, a line of JSON, and the signature.",
    media_type="text/plain", codes=("not_found",), **_READS,
)  # fmt: skip
async def get_export_manifest(call: Call) -> Reply:
    """Get what vouches for the file."""
    note = await call.read(_manifest, call)
    return Reply(200, note.encode(), media_type=b"text/plain; charset=utf-8")


def _manifest(call: Call) -> str:
    found = read(kept(call, _EXPORTS))
    return call.desk.application.exporting.exports.manifest(call.info, found).full()


@operation(
    "POST", f"{_ONE}/cancel", summary="Cancel an export", request=shapes.ExportCancelRequest,
    description="What was written of it is removed.",
    reply=shapes.Export, codes=_CANCEL_CODES, example={"reason": "no longer needed"}, **_WRITES,
)  # fmt: skip
async def cancel_export(call: Call) -> Reply:
    """Call it off."""
    act = CancelExport(identifier(call, _EXPORTS), call.body.reason)
    return await changed(call, act, lambda matter: _export(call, read(matter)))


@operation(
    "GET", _JOBS.url, summary="List jobs",
    description="Whatever takes long, newest first, in one shape.",
    query=shapes.ExportQuery, reply=shapes.JobList, codes=LIST_CODES, **_READS,
)  # fmt: skip
async def list_jobs(call: Call) -> Reply:
    """List jobs by status."""
    return ok(await call.read(_jobs, call, page(_JOBS.url, call.query)))


def _jobs(call: Call, wanted: Page) -> shapes.JobList:
    found, rest = listed(call, wanted, _which(call))
    return shapes.JobList(data=[_job(call, read(each)) for each in found], url=_JOBS.url, **rest)


@operation(
    "GET", _JOB, summary="Get a job", reply=shapes.Job, codes=("not_found",), **_READS,
)  # fmt: skip
async def get_job(call: Call) -> Reply:
    """Get one job by its id."""
    return ok(await call.read(lambda: _job(call, read(kept(call, _JOBS)))))


@operation(
    "POST", f"{_JOB}/cancel", summary="Cancel a job", request=shapes.ExportCancelRequest,
    reply=shapes.Job, codes=_CANCEL_CODES, example={"reason": "no longer needed"}, **_WRITES,
)  # fmt: skip
async def cancel_job(call: Call) -> Reply:
    """Call it off."""
    act = CancelExport(identifier(call, _JOBS), call.body.reason)
    return await changed(call, act, lambda matter: _job(call, read(matter)))


@operation(
    "GET", _LISTS_URL, summary="List the lists",
    description="Every list that there is, with the filters and the columns that its files have.",
    reply=shapes.KnownLists, **_READS,
)  # fmt: skip
async def list_lists(call: Call) -> Reply:
    """List what can be exported."""
    data = [
        shapes.KnownList(
            name=each.name,
            filters=list(each.filters),
            parts=list(each.parts),
            columns=[shapes.TableColumn(name=c.name, kind=c.kind) for c in each.columns],
        )
        for each in call.desk.application.exporting.lists.known()
    ]
    return ok(shapes.KnownLists(data=data, has_more=False, next_cursor=None, url=_LISTS_URL))


OPERATIONS = (
    request_export, list_exports, get_export, list_export_timeline, download_export,
    get_export_manifest, cancel_export, list_jobs, get_job, cancel_job, list_lists,
)  # fmt: skip
