"""`partita statements`: issue account statements, list them, and write them to files."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from partita.engine.outcome import Refused
from partita.kernel.amount import to_decimal
from partita.kernel.rejections import Code
from partita.modules.account_statements import rendering
from partita.modules.account_statements.issuing import Issued, IssueStatement
from partita.surfaces.cli.deciding import RefusedByRules, outcome_of
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.talk import emit, emit_list, say, table

app = App(name="statements", help="Issue, list and save account statements.")


@app.command
def issue(
    account: str,
    /,
    *,
    start: Annotated[str, Parameter(name="--from", help="From this moment, or day's beginning.")],
    end: Annotated[str, Parameter(name="--to", help="Likewise, not included.")],
    place: InLedger = IN_MAIN,
) -> None:
    """Issue the statement of an account over a span of effective time, as it is known now."""
    with books(place) as open_books:
        statements = open_books.application.statements(open_books.info)
        outcome = outcome_of(
            open_books, statements.command(IssueStatement(account, exact(start), exact(end))), None
        )
        if isinstance(outcome, Refused):
            if outcome.rejection.code is not Code.DOCUMENT_UNCHANGED:
                raise RefusedByRules(outcome.rejection)
            identifier = outcome.rejection.facts["existing_resource_id"]
            say("Nothing has changed since it was issued: this is the same statement.")
        else:
            identifier = outcome.record.event.id  # type: ignore[union-attr]
        _tell([statements.issued(identifier)], open_books, place)


@app.command(name="list")
def list_statements(
    *,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 100,
    place: InLedger = IN_MAIN,
) -> None:
    """List issued statements, newest first."""
    with books(place) as open_books:
        found = open_books.application.statements(open_books.info).list_issued(None, limit)
        if place.json:
            emit_list(map(_shape, found))
        else:
            _tell(found, open_books, place)


@app.command
def save(
    identifier: str,
    file: Annotated[Path, Parameter(help="Its suffix says how: .json, .csv or .pdf.")],
    /,
    *,
    place: InLedger = IN_MAIN,
) -> None:
    """Write an issued statement to a file: made again, and the same bytes every time."""
    formats = {".json": rendering.to_json, ".csv": rendering.to_csv}
    if file.suffix not in (*formats, ".pdf"):
        raise CommandFailed(f"{file.name} is of no known kind.", "end it in .json, .csv or .pdf.",
                            status=USAGE)  # fmt: skip
    with books(place) as open_books:
        application = open_books.application
        statements = application.statements(open_books.info)
        issued = statements.issued(identifier)
        write = formats.get(file.suffix, application.pdf.write)
        data = write(issued, statements.again(issued))
    file.write_bytes(data)
    if place.json:
        emit({"ok": True, "file": str(file), "bytes": len(data), "sha256": issued.sealed.sha256})
    else:
        say(f"{len(data):,} bytes are in {file}.")


def _shape(issued: Issued) -> dict[str, Any]:
    document = issued.document
    head = {"id": document.id, "version": document.version, "issued_at": document.saved_at.text()}
    summary = msgspec.to_builtins(issued.sealed.summary)
    return {**head, **summary, "sha256": issued.sealed.sha256}


def _tell(found: list[Issued], _open_books: Books, place: InLedger) -> None:
    if place.json:
        for issued in found:
            emit(_shape(issued))
        return
    table(("id", "account", "from", "to", "opening", "closing", "lines"), map(_row, found))


def _row(issued: Issued) -> tuple[str, ...]:
    summary = issued.sealed.summary
    opening, closing = (
        f"{to_decimal(int(figure), summary.scale)} {summary.asset}"
        for figure in (summary.opening, summary.closing)
    )
    span = (summary.begins_at[:16], summary.ends_at[:16])
    return (issued.document.id, summary.account, *span, opening, closing, str(summary.lines))
