"""Processes: what goes on by itself, such as handing payments to rails, or going on with sagas.

A process finds its work in the journal, does some of it, and writes what came of it by commands whose
keys follow from the work: so it can be killed anywhere, and two servers may run the same one. Tests
drive it by `run_once`; a server has a `Runner`, one thread for each process, so that a slow one
keeps no other waiting.
"""

import logging
import threading
from collections.abc import Sequence
from typing import Protocol

from partita.engine.errors import PartitaError
from partita.engine.ports import Clock
from partita.kernel.moment import Moment

_IDLE_SECONDS = 0.5
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 30.0
_log = logging.getLogger(__name__)


class Process(Protocol):
    """Something that goes on by itself."""

    @property
    def name(self) -> str:
        """What it is called in logs and thread names."""
        ...

    def run_once(self, now: Moment) -> int:
        """Do some of what is due by now; how many things were done, 0 if nothing was there to do.

        Raises:
            PartitaError: it cannot go on now; it is tried again after a pause.
        """
        ...


class Runner:
    """Runs processes until it is closed, each in a thread of its own."""

    def __init__(
        self, processes: Sequence[Process], clock: Clock, *, idle_seconds: float = _IDLE_SECONDS
    ) -> None:
        """An idle process is asked again after `idle_seconds`, a failed one after ever longer."""
        self._clock, self._idle_seconds = clock, idle_seconds
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(each,), name=f"partita-{each.name}", daemon=True)
            for each in processes
        ]  # fmt: skip

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let each finish what it is at, then stop."""
        self._closing.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _run(self, process: Process) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._closing.is_set():
            try:
                done = process.run_once(self._clock.now())
            except Exception as error:  # noqa: BLE001 - a process must outlive whatever befalls it
                _tell(process, error)
                self._closing.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                continue
            pause = _FIRST_PAUSE_SECONDS
            if not done:
                self._closing.wait(self._idle_seconds)


def _tell(process: Process, error: Exception) -> None:
    if isinstance(error, PartitaError):
        _log.warning("%s cannot go on now, trying again: %s", process.name, error)
    else:
        _log.error("%s failed, trying again: %s", process.name, error, exc_info=error)
