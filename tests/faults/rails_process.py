"""A process that carries payments to rails, to be killed.

Run as `python -m tests.faults.rails_process POSTER READER FOLDER`. It says a line when it begins, and
then one for each round in which it had something to do, until somebody kills it.
"""

import os
import sys
import time
from pathlib import Path

from partita.adapters.rails.premises import Premises
from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.modules.rails.backoff import Backoff
from partita.modules.rails.process import Policy, RailsProcess
from partita.wiring import Application

QUICK = Policy(
    doubt_seconds=1,
    unreached=Backoff(first_seconds=1, most_seconds=1),
    silent=Backoff(first_seconds=1, most_seconds=1),
)
"""Everything that was cut off is looked at again after a second: no call lasts as long here."""


def opened(poster: str, reader: str, folder: Path) -> Application:
    """The books, and the world beside them in a folder."""
    store = PostgresStore(poster, reader, connections=4)
    clock, entropy = SystemClock(), SystemEntropy()
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=entropy)
    application.premises = Premises(clock, entropy, folder)
    application.open_ledger("main")
    return application


def process_of(application: Application) -> RailsProcess:
    """The process of the ledger `main`, in a hurry."""
    return RailsProcess(
        application.ledger("main"),
        application.store,
        application.rails("main"),
        clock=application.clock,
        entropy=application.entropy,
        policy=QUICK,
    )


def main(poster: str, reader: str, folder: str) -> None:
    """Work until killed."""
    application = opened(poster, reader, Path(folder))
    process = process_of(application)
    os.write(1, b"ready\n")
    while True:
        if process.run_once(application.clock.now()):
            os.write(1, b"done\n")
        else:
            time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
