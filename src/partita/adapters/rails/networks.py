"""Every rail that this program knows, by name: `./dev new rail NAME` adds its line here.

A maker gets what a rail may use of the world and gives the rail. One that needs settings of its own
reads them from a file in `premises.folder`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from partita.adapters.rails.book.rail import BookRail
from partita.adapters.rails.logbook import FileLogbook, Logbook, MemoryLogbook
from partita.adapters.rails.simulator.rail import SimulatorRail
from partita.engine.ports import Clock, Entropy
from partita.modules.payments.rail import Rail


class Premises(NamedTuple):
    """What a rail may use: time, chance, and a folder of its own; without one, memory."""

    clock: Clock
    entropy: Entropy
    folder: Path | None = None

    def logbook(self, name: str) -> Logbook:
        """Where the rail of this name keeps its facts."""
        if self.folder is None:
            return MemoryLogbook()
        return FileLogbook(self.folder / f"{name}.facts")


def _book(premises: Premises) -> Rail:
    return BookRail(premises.logbook("book"), premises.clock)


def _simulator(premises: Premises) -> Rail:
    logbook = premises.logbook("simulator")
    return SimulatorRail(logbook, clock=premises.clock, entropy=premises.entropy)


NETWORKS: dict[str, Callable[[Premises], Rail]] = {
    "book": _book,
    "simulator": _simulator,
}
"""The makers of all rails, in the order in which they are listed."""


def make_rails(premises: Premises) -> dict[str, Rail]:
    """All rails of an installation, by name."""
    return {name: make(premises) for name, make in NETWORKS.items()}
