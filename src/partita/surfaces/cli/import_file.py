"""`partita import`: a CSV file into a ledger, by a profile. The work is in `modules/importing`."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.talk import emit, say


def import_file(
    profile: Annotated[Path, Parameter(help="The TOML profile that explains the file.")],
    file: Annotated[Path, Parameter(help="The CSV file, plain or gzip.")],
    /,
    *,
    state: Annotated[
        Path | None,
        Parameter(help="Folder of resume point and errors [imports, beside the books]."),
    ] = None,
    place: InLedger = IN_MAIN,
) -> int:
    """Import a CSV file. Stopped half-way it goes on there; a second time it changes nothing.

    Rows that cannot be read, or that the rules refuse, go to a file of errors: exit status 1 then.
    """
    # Imported here: both lead to psycopg, for which no help text should wait.
    from partita import wiring  # noqa: PLC0415
    from partita.modules.importing.runner import (  # noqa: PLC0415
        ImportProgress,
        files_in,
        run_import,
    )

    settings = place.settings()
    by_url = settings.database_url is not None
    folder = state or (Path("partita-imports") if by_url else settings.data / "imports")
    source = wiring.csv_source(profile, file)
    with (
        books(place, may_make=True) as open_books,
        progress(f"import {file.name}", "bytes") as advance,
    ):

        def tell(done: ImportProgress) -> None:
            advance(done.bytes_done, done.bytes_total)

        files = files_in(folder, source)
        report = run_import(open_books.ledger, open_books.store, source, files, tell)
    counts = msgspec.to_builtins(report.counts)
    if place.json:
        errors = None if report.errors is None else str(report.errors)
        rest = {"resumed_after_rows": report.resumed_after_rows, "errors": errors}
        emit({"ok": report.ok, **counts, **rest, "seconds": round(report.seconds, 3)})
    else:
        print("  ".join(f"{name} {value:,}" for name, value in counts.items()))
        say(f"{report.counts.rows / max(report.seconds, 1e-6):,.0f} rows/s.")
        if report.errors is not None:
            say(f"Rows that did not come in: {report.errors}")
    return 0 if report.ok else 1
