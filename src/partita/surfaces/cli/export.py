"""`partita export`: a ledger's journal and tables as files, for archives and for auditors."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.journal_export import export_journal
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.talk import emit, say

app = App(name="export", help="Write the journal to files.")


@app.command
def journal(
    folder: Annotated[Path, Parameter(help="A new or empty folder.")],
    /,
    *,
    place: InLedger = IN_MAIN,
) -> None:
    """Write a ledger's journal, head and tables to files, all of one moment.

    Anybody can check them with Python alone: python tools/verify.py FOLDER
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandFailed(f"{folder} is not an empty folder.", "name one that is not there yet.")
    with (
        books(place) as open_books,
        progress(f"export {place.ledger}", "records") as advance,
    ):
        records = export_journal(open_books.store, open_books.info, folder, advance)
    if place.json:
        emit({"ok": True, "records": records, "folder": str(folder)})
    else:
        say(f"{records:,} records and all tables are in {folder}.")
