"""Processes: what goes on by itself, such as handing payments to rails, or going on with sagas.

A process finds its work in the journal, does some of it, and writes what came of it by commands whose
keys follow from the work: so it can be killed anywhere, and two servers may run the same one. Tests
drive it by `run_once`; a server has a `Runner`, one thread for each process, so that a slow one
keeps no other waiting.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from partita.engine.errors import PartitaError
from partita.engine.ports import Clock
from partita.kernel.moment import Moment

_IDLE_SECONDS, _LONGEST_IDLE_SECONDS = 0.5, 4.0
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


@runtime_checkable
class Closing(Protocol):
    """A process that has threads, loops or connections of its own to give back."""

    def close(self) -> None:
        """Give them back; `run_once` is not called any more."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A process whose rounds begin so many seconds apart at least: each does more then, at less cost."""

    @property
    def pace_seconds(self) -> float:
        """The least time between the beginnings of two rounds."""
        ...


class Runner:
    """Runs processes until it is closed, each in a thread of its own."""

    def __init__(
        self, processes: Sequence[Process], clock: Clock, *,
        idle_seconds: float = _IDLE_SECONDS, longest_idle_seconds: float = _LONGEST_IDLE_SECONDS,
    ) -> None:  # fmt: skip
        """An idle process is asked again after `idle_seconds` if anything was written meanwhile.

        Without a word of that (`wake`) it is left alone ever longer, up to `longest_idle_seconds`,
        so that quiet ledgers cost little; what is due by the clock alone may be so much late. A
        failed one is asked again after ever longer too. A process that is `Closing` is closed last.
        """
        self._processes, self._clock = processes, clock
        self._idle_seconds = idle_seconds
        self._longest_idle_seconds = max(longest_idle_seconds, idle_seconds)
        self._closing = threading.Event()
        self._woken = [threading.Event() for _ in processes]
        self._threads = [
            threading.Thread(
                target=self._run, args=(each, woken), name=f"partita-{each.name}", daemon=True
            )
            for each, woken in zip(processes, self._woken, strict=True)
        ]  # fmt: skip

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something was written that may be work for some process; any thread may say so."""
        for woken in self._woken:
            if not woken.is_set():
                woken.set()

    def close(self) -> None:
        """Let each finish what it is at, then stop."""
        self._closing.set()
        self.wake()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        for process in self._processes:
            if isinstance(process, Closing):
                process.close()

    def _run(self, process: Process, woken: threading.Event) -> None:
        pause, idle = _FIRST_PAUSE_SECONDS, self._idle_seconds
        while not self._closing.is_set():
            began = time.monotonic()
            woken.clear()  # before it looks: what is written from now on is a reason to look again
            try:
                done = process.run_once(self._clock.now())
            except Exception as error:  # noqa: BLE001 - a process must outlive whatever befalls it
                _tell(process, error)
                self._closing.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                continue
            pause = _FIRST_PAUSE_SECONDS
            if isinstance(process, Paced):
                self._closing.wait(max(0.0, began + process.pace_seconds - time.monotonic()))
            idle = self._idle_seconds if done else self._rest(idle, woken)

    def _rest(self, idle: float, woken: threading.Event) -> float:
        """Wait until there may be something to do; how long to wait next time at most."""
        self._closing.wait(self._idle_seconds)
        if woken.wait(max(0.0, idle - self._idle_seconds)):
            return self._idle_seconds
        return min(2 * idle, self._longest_idle_seconds)


def _tell(process: Process, error: Exception) -> None:
    if isinstance(error, PartitaError):
        _log.warning("%s cannot go on now, trying again: %s", process.name, error)
    else:
        _log.error("%s failed, trying again: %s", process.name, error, exc_info=error)
