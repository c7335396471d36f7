"""Where a process dies: at one of four places on the way of a command, by its own hand, at once.

    asked ─► decided ─► packed ─► committed ─► answered
       ASKED     DECIDED    PACKED    COMMITTED

Killing from outside hits a place by luck. Here the engine's own store kills the process with signal
9 when a call comes to the place that was armed: nothing is flushed, closed or said, as when the
machine takes the process away. What is wrapped does all it did before.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

from partita.wiring import Application, FullStore


class Point(Enum):
    """What is the last thing that was done before the end."""

    ASKED = "asked"
    """The command came, and nobody decided it."""
    DECIDED = "decided"
    """It was decided, and not yet made ready for the store."""
    PACKED = "packed"
    """All was ready, and nothing sent to the store."""
    COMMITTED = "committed"
    """The store has it for good, and nobody was told."""


class DeadlyStore:
    """The application's store, with places at which it can be armed to kill this process."""

    def __init__(self, store: FullStore) -> None:
        self._store = store
        self.armed: Point | None = None
        self.passes = 0
        """How often it may be passed before it kills."""

    def reach(self, point: Point) -> None:
        """Die here, if this is the place."""
        if self.armed is not point:
            return
        if not self.passes:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passes -= 1

    def pack(self, *arguments: Any) -> Any:
        self.reach(Point.DECIDED)
        return self._store.pack(*arguments)

    def append(self, *arguments: Any) -> bool:
        self.reach(Point.PACKED)
        done = self._store.append(*arguments)
        self.reach(Point.COMMITTED)
        return done

    @contextmanager
    def begin(self, *arguments: Any) -> Iterator[Any]:
        with self._store.begin(*arguments) as unit:
            yield _DeadlyUnit(self, unit)
        # Leaving the block of a unit that has written is the commit.
        self.reach(Point.COMMITTED)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _DeadlyUnit:
    def __init__(self, store: DeadlyStore, unit: Any) -> None:
        self._deadly, self._unit = store, unit

    def write(self, packed: object) -> None:
        self._deadly.reach(Point.PACKED)
        self._unit.write(packed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)


def make_deadly(application: Application) -> DeadlyStore:
    """Let this application's commands go through a store that can be armed."""
    deadly = DeadlyStore(application.store)
    application.store = deadly  # type: ignore[assignment]
    return deadly
