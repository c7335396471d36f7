"""`partita rebuild`: a view dropped and projected anew out of the journal."""

from typing import Annotated

import msgspec
from cyclopts import Parameter

from partita.engine.rebuilding import REBUILDABLE, RebuildReport
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books, nearest
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.talk import emit, say, table
from partita.views import TRAILING

ALL, BLOCKS = "all", "blocks"
_TRAILING = [view.name for view in TRAILING]


def rebuild(
    view: Annotated[
        str,
        Parameter(help="register, chart, assets, resources, limits, blocks, a trailing view, all."),
    ],
    /,
    *,
    place: InLedger = IN_MAIN,
) -> int:
    """Drop a view, rebuild it out of the journal, and say whether it is what it was.

    Writers are held up only at the end, and by a trailing view not at all. Exit status 1 if a row
    differed; the rebuilt rows stand. `partita views` lists them.
    """
    every = [*REBUILDABLE, BLOCKS, *_TRAILING]
    known = [*every, ALL]
    if view not in known:
        raise CommandFailed(f"There is no view {view!r}.", nearest(view, known), status=USAGE)
    names = every if view == ALL else [view]
    with books(place) as open_books:
        reports = [_rebuilt(open_books, name) for name in names]
    ok = all(report.is_equal for report in reports)
    if place.json:
        emit({"ok": ok, "views": [msgspec.to_builtins(report) for report in reports]})
    else:
        table(
            ("view", "rows", "differed", "seconds"),
            ((r.view, f"{r.rows:,}", _differed(r), f"{r.seconds:.2f}") for r in reports),
        )
        say(
            "Each is what it was." if ok else "What differed was wrong; the rebuilt rows stand now."
        )
    return 0 if ok else 1


def _rebuilt(open_books: Books, view: str) -> RebuildReport:
    application, info = open_books.application, open_books.info
    if view == BLOCKS:
        return application.rebuild_blocks(info)
    if view in _TRAILING:
        with progress(f"rebuild {view}", "records") as advance:
            return application.rebuild_view(info, view, advance)
    if application.rebuilder is None:
        raise CommandFailed(
            "These books are kept in memory, as views of nothing else.", "use --data or --database."
        )
    with progress(f"rebuild {view}", "records") as advance:
        return application.rebuilder.rebuild(info, view, advance)


def _differed(report: RebuildReport) -> str:
    """Nothing where there was nothing to compare with."""
    return "-" if report.differences is None else f"{report.differences:,}"
