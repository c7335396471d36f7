"""`partita jobs`: whatever takes long, in one shape."""

from typing import Annotated

from cyclopts import App, Parameter

from partita.kernel.events import resource_in
from partita.modules.exports.deciding import CancelExport
from partita.modules.exports.export import Export, ExportStatus, as_export
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, shown
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.http.shapes import exports as shapes

app = App(name="jobs", help="See and cancel what takes long.")


@app.command(name="list")
def list_jobs(
    *,
    status: Annotated[ExportStatus | None, Parameter(help="Only this status.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List jobs, newest first."""
    with books(place) as open_books:
        found = open_books.application.exporting.exports.newest(
            open_books.info, status, None, limit
        )
        jobs = [_shape(open_books, each) for each in found]
    if place.json:
        emit_list(for_programs(each) for each in jobs)
    else:
        _table(jobs)


@app.command
def show(job_id: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show one job, and how far it is."""
    with books(place) as open_books:
        found = open_books.application.exporting.exports.get(open_books.info, job_id)
        job = _shape(open_books, found)
    if place.json:
        emit(for_programs(job))
    else:
        _table([job])


@app.command
def cancel(
    job_id: str, /, *,
    reason: Annotated[str | None, Parameter(help="Why; kept in the journal.")] = None,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Call a job off."""
    with books(place) as open_books:
        record = asked(open_books, CancelExport(job_id, reason), asking)
        job = _shape(open_books, as_export(resource_in(record.event)))
    if place.json:
        emit(shown(for_programs(job), record, asking))
    else:
        _table([job])


def _shape(open_books: Books, found: Export) -> shapes.Job:
    return shapes.job(found, open_books.application.exporting.exports.pace(open_books.info, found))


def _table(jobs: list[shapes.Job]) -> None:
    rows = ((j.kind, j.status.value, f"{j.progress.done:,}", j.id) for j in jobs)
    table(("kind", "status", "done", "id"), rows, right="done")
