"""A process that lives a small month at a bank, and may die at one of its commits.

Run as `python -m tests.faults.month_process FOLDER PAYMENTS FAULTS [POINT PASSES]`. Whoever lives to
the end says what came of it, as one JSON line.
"""

import json
import sys
from pathlib import Path

from partita import wiring
from partita.config import Settings
from partita.surfaces.scenario import neobank
from partita.surfaces.scenario.reckoning import shape
from partita.surfaces.scenario.time import SteeredClock
from tests.faults.crash_points import Point, make_deadly


def _quietly(_done: int, _total: int) -> None:
    """Nobody watches."""


def main(folder: str, payments: str, faults: str, *death: str) -> None:
    """Live it, as far as that goes."""
    clock = SteeredClock(neobank.START)
    application = wiring.build(Settings(data=Path(folder)), clock=clock)
    deadly = make_deadly(application)
    if death:
        deadly.armed, deadly.passes = Point(death[0]), int(death[1])
    rates = neobank.FAULTS if faults == "some" else {}
    plan = neobank.Plan(int(payments), 1, "neobank", rates)
    neobank.live(application, clock, plan, _quietly)
    deadly.armed = None
    found = neobank.look_back(application, plan, _quietly)
    application.close()
    print(json.dumps({"ok": found.ok, **shape(found)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
