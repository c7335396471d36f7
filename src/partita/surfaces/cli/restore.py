"""`partita restore`: a ledger brought back out of the files of its journal."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from partita.surfaces.cli.place import HERE, Place, opened
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.talk import emit, say


def restore(
    folder: Annotated[Path, Parameter(help="What `partita export journal` wrote.")],
    /,
    *,
    place: Place = HERE,
) -> None:
    """Bring a ledger back out of an exported journal: the same root, and every view the same.

    The ledger must not be here yet. Cut off half-way, the same command goes on where it was.
    """
    # Imported here, since it leads to the store.
    from partita.engine.journal_import import restore_journal  # noqa: PLC0415

    with (
        opened(place, may_make=True, makes_main=False) as application,
        progress(f"restore {folder}", "records") as advance,
    ):
        done = restore_journal(application.store, folder, application.clock.now(), advance)
    if place.json:
        emit({"ok": True, **msgspec.to_builtins(done)})
    else:
        say(f"{done.records:,} records of {done.ledger!r} are back; the root is {done.root}.")
