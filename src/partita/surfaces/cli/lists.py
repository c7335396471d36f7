"""`partita lists`: what lists there are, and any of them as a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from partita.modules.exports.direct import write_list
from partita.modules.exports.lists import ListWish
from partita.modules.exports.table import Format
from partita.surfaces.cli.deciding import pairs
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import HERE, IN_MAIN, InLedger, Place, books, nearest, opened
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.talk import emit, emit_list, say, table

if TYPE_CHECKING:  # it loads the server's framework, for which no help text should wait
    from partita.modules.exports.lists import Lists
    from partita.wiring import Application

app = App(name="lists", help="Write any list to a file: CSV, NDJSON, Parquet, XLSX.")
FormatOption = Annotated[Format | None, Parameter(help="By default what the file's name ends in.")]
EachOption = Annotated[
    str | None, Parameter(help="A row for each of those within an item, such as postings.")
]


@app.command(name="list")
def list_lists(*, place: Place = HERE) -> None:
    """List the lists, with their filters and what stands within their items."""
    with opened(place) as application:
        known = lists_of(application).known()
    if place.json:
        emit_list(
            {"name": each.name, "filters": [*each.filters], "parts": [*each.parts]}
            for each in known
        )
        return
    rows = ((k.name, " ".join(k.filters) or "-", " ".join(k.parts) or "-") for k in known)
    table(("list", "filters", "each"), rows)


@app.command
def columns(name: str, /, *, place: Place = HERE) -> None:
    """Print the columns that a list's files have."""
    with opened(place) as application:
        known = {each.name: each for each in lists_of(application).known()}
    if name not in known:
        raise CommandFailed(f"There is no list {name!r}.", nearest(name, [*known]), status=USAGE)
    rows = [(column.name, column.kind.value) for column in known[name].columns]
    if place.json:
        emit_list({"name": column, "kind": kind} for column, kind in rows)
    else:
        table(("column", "kind"), rows)


@app.command
def export(
    name: Annotated[str, Parameter(help="A list by its address, such as transactions.")], /,
    *filters: Annotated[str, Parameter(help="Its filters, as NAME=VALUE.")],
    to: Annotated[Path, Parameter(help="The file; it must not be there yet.")],
    format: FormatOption = None, each: EachOption = None,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Write all of a list to a file, now: partita lists export transactions --to t.csv."""
    if to.exists():
        raise CommandFailed(f"{to} is there already.", "name another file, or remove that one.")
    wish = ListWish(list=name, filters=pairs(filters), each=each)
    kept = format or format_of(to)
    with (
        books(place) as open_books,
        progress(f"export {name}", "rows") as advance,
    ):
        application = open_books.application
        opened_list = lists_of(application).open(open_books.info.name, wish)
        rows = write_list(opened_list, application.exporting.formats, kept, to, advance)
    if place.json:
        emit({"ok": True, "rows": rows, "bytes": to.stat().st_size, "file": str(to)})
    else:
        say(f"{rows:,} rows are in {to}.")


def lists_of(application: "Application") -> "Lists":
    """The lists of an open application."""
    from partita.surfaces.http import every_list  # noqa: PLC0415 - no help text waits for it

    return every_list.lists_of(application)


def format_of(file: Path) -> Format:
    """The format that a file's name ends in.

    Raises:
        CommandFailed: it ends in none.
    """
    names = [each.value for each in Format]
    suffix = file.suffix.lstrip(".").lower()
    if suffix not in names:
        mend = f"say --format: one of {', '.join(names)}."
        raise CommandFailed(f"{file.name!r} does not say its format.", mend, status=USAGE)
    return Format(suffix)
