"""Premises: what a rail may use of the place where it runs."""

from pathlib import Path
from typing import NamedTuple

from partita.adapters.rails.logbook import FileLogbook, Logbook, MemoryLogbook
from partita.engine.ports import Clock, Entropy


class Premises(NamedTuple):
    """Time, chance, and a folder for what must outlive the process; without one, memory.

    A rail that needs settings of its own reads them from a file of its name in the folder.
    """

    clock: Clock
    entropy: Entropy
    folder: Path | None = None

    def logbook(self, name: str) -> Logbook:
        """Where the rail of this name keeps its facts."""
        if self.folder is None:
            return MemoryLogbook()
        return FileLogbook(self.folder / f"{name}.facts")
