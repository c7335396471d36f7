"""`partita exports`: lists that the worker writes to files, and their files."""

import shutil
import time
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from partita.kernel.events import resource_in
from partita.modules.exports.deciding import CancelExport, RequestExport
from partita.modules.exports.export import Export, ExportStatus, as_export
from partita.modules.exports.lists import ListWish
from partita.modules.exports.table import Format
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs, shown
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.lists import lists_of
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.shapes import for_programs
from partita.surfaces.cli.talk import emit, emit_list, say, table
from partita.surfaces.http.shapes import exports as shapes

app = App(name="exports", help="Have the worker write a list to a file; fetch it.")
_LOOK_SECONDS = 0.2
Reason = Annotated[str | None, Parameter(help="Why; kept in the journal.")]


@app.command
def request(
    name: Annotated[str, Parameter(help="A list by its address, such as transactions.")], /,
    *filters: Annotated[str, Parameter(help="Its filters, as NAME=VALUE.")],
    format: Annotated[Format, Parameter(help="The file's format.")] = Format.CSV,
    each: Annotated[
        str | None, Parameter(help="A row for each of those within an item, such as postings.")
    ] = None,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Have a list written to a file by the worker of `partita serve` or `partita work`."""
    wish = ListWish(list=name, filters=pairs(filters), each=each, reach=place.ledger)
    with books(place) as open_books:
        application = open_books.application
        application.exporting.formats.check(format)
        lists_of(application).open(open_books.info.name, wish)
        _do(open_books, RequestExport(wish, format), asking, json=place.json)


@app.command
def cancel(
    export_id: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Call an export off."""
    with books(place) as open_books:
        _do(open_books, CancelExport(export_id, reason), asking, json=place.json)


def _do(
    open_books: Books, act: RequestExport | CancelExport, asking: Asking, *, json: bool
) -> None:
    record = asked(open_books, act, asking)
    found = as_export(resource_in(record.event))
    if json:
        emit(shown(for_programs(_shape(open_books, found)), record, asking))
    else:
        _table(open_books, [found])


@app.command(name="list")
def list_exports(
    *,
    status: Annotated[ExportStatus | None, Parameter(help="Only this status.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List exports, newest first."""
    with books(place) as open_books:
        found = open_books.application.exporting.exports.newest(
            open_books.info, status, None, limit
        )
        if place.json:
            emit_list(for_programs(_shape(open_books, each)) for each in found)
        else:
            _table(open_books, found)


@app.command
def show(export_id: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show one export, and how far it is."""
    with books(place) as open_books:
        found = open_books.application.exporting.exports.get(open_books.info, export_id)
        if place.json:
            emit(for_programs(_shape(open_books, found)))
        else:
            _table(open_books, [found])


@app.command
def save(
    export_id: str, /, *,
    to: Annotated[Path, Parameter(help="The file; it must not be there yet.")],
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Wait for an export, with its progress, and copy its file; its manifest beside it."""
    if to.exists():
        raise CommandFailed(f"{to} is there already.", "name another file, or remove that one.")
    with books(place) as open_books:
        found = _awaited(open_books, export_id)
        exports, info = open_books.application.exporting.exports, open_books.info
        manifest = exports.manifest(info, found).full()
        shutil.copyfile(exports.file(info, found), to)
        to.with_name(f"{to.name}.manifest").write_text(manifest)
    if place.json:
        emit({"ok": True, "file": str(to), "bytes": to.stat().st_size})
    else:
        say(f"{to} is there, and {to.name}.manifest, which the ledger's log signed.")


def _awaited(open_books: Books, export_id: str) -> Export:
    """An export once it is completed; its progress is shown until then.

    Raises:
        CommandFailed: it came to another end.
    """
    exports, info = open_books.application.exporting.exports, open_books.info
    with progress(f"export {export_id}", "rows") as advance:
        while (found := exports.get(info, export_id)).is_open:
            pace = exports.pace(info, found)
            advance(pace.done, pace.total or 0)
            time.sleep(_LOOK_SECONDS)
    if found.status is not ExportStatus.COMPLETED:
        problem = f"{export_id} is {found.status.value}. {found.body.problem or ''}".rstrip()
        raise CommandFailed(problem, "request it again: partita exports request")
    return found


def _shape(open_books: Books, found: Export) -> shapes.Export:
    pace = open_books.application.exporting.exports.pace(open_books.info, found)
    return shapes.export(found, pace)


def _table(open_books: Books, found: list[Export]) -> None:
    columns = ("list", "format", "status", "rows", "of", "rate", "eta", "id")
    table(columns, (_line(open_books, each) for each in found), right="rows of rate eta")


def _line(open_books: Books, found: Export) -> tuple[str, ...]:
    pace = open_books.application.exporting.exports.pace(open_books.info, found)
    total = "-" if pace.total is None else f"{'~' if pace.is_estimate else ''}{pace.total:,}"
    rate = "-" if pace.rows_per_second is None else f"{pace.rows_per_second:,}/s"
    eta = "-" if pace.eta_seconds is None else f"{pace.eta_seconds} s"
    body = found.body
    return (
        body.wish.list, body.format.value, found.status.value, f"{pace.done:,}", total, rate, eta,
        found.id,
    )  # fmt: skip
