"""Turning: letting all processes work until none of them finds anything to do at this moment."""

from partita.engine.errors import PartitaError
from partita.engine.ports import Clock
from partita.wiring import Application

_MOST_TURNS = 10_000


def turn(application: Application, clock: Clock) -> int:
    """Let every process work; how much they did.

    Raises:
        PartitaError: they never come to an end.
    """
    done = 0
    for _ in range(_MOST_TURNS):
        did = sum(process.run_once(clock.now()) for process in application.processes)
        if not did:
            return done
        done += did
    raise PartitaError(f"after {_MOST_TURNS} turns the processes still find something to do")
