"""A process that projects a view, and rebuilds it again and again, to be killed.

Run as `python -m tests.faults.views_process POSTER READER PROJECTOR`. It says a line when it begins.
"""

import os
import sys

from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock
from partita.engine.trailing import follower, rebuilding
from partita.engine.trailing.follower import ViewFollower
from partita.engine.trailing.rebuilding import ViewRebuilder
from tests.unit.engine.trailing_specimen import SPECIMEN


def main(poster: str, reader: str, projector: str) -> None:
    """Work until killed, in steps so small that there are many."""
    follower.BATCH_RECORDS = rebuilding.BATCH_RECORDS = 10
    store, clock = PostgresStore(poster, reader, connections=2), SystemClock()
    store.project_as(projector)
    process = ViewFollower(store, store, [SPECIMEN], store.ledgers)
    (ledger,) = store.ledgers()
    rebuilder = ViewRebuilder(store, store, clock, ledger)
    os.write(1, b"ready\n")
    while True:
        process.run_once(clock.now())
        rebuilder.rebuild(SPECIMEN, lambda _done, _total: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
