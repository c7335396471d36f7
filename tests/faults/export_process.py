"""A process that writes exports a page at a time, to be killed at any moment.

Run as `python -m tests.faults.export_process FOLDER`. It says `ready`, then works until nothing is open.
"""

import sys
from pathlib import Path

from partita.config import Settings
from partita.engine.listing import ResourceFilter
from partita.modules.exports.export import KIND, OPEN
from partita.modules.exports.process import ExportsProcess, Workshop
from partita.surfaces.http.every_list import lists_of
from partita.wiring import Application, build


def process_of(application: Application) -> ExportsProcess:
    """The process of a worker, with parts of one page."""
    exporting = application.exporting
    workshop = Workshop(
        lambda: exporting.lists, exporting.formats, lambda: exporting.place, application.clock
    )
    return ExportsProcess(
        application.store, application.ledger, workshop, part_seconds=0.0, look_seconds=0.0
    )


def is_open(application: Application) -> bool:
    """Whether any export is."""
    info = application.ledger("main").info
    filters = (ResourceFilter(KIND, state=each.value) for each in OPEN)
    return any(application.store.resources(info, each, None, 1) for each in filters)


def main() -> None:
    """Work until nothing is open."""
    application = build(Settings(data=Path(sys.argv[1])))
    lists_of(application)
    process = process_of(application)
    print("ready", flush=True)
    while is_open(application):
        process.run_once(application.clock.now())
    application.close()


if __name__ == "__main__":
    main()
