"""Every rail that this program knows, by name: `./dev new rail NAME` adds its two lines here."""

from collections.abc import Callable

from partita.adapters.rails.book.rail import make as make_book
from partita.adapters.rails.premises import Premises
from partita.adapters.rails.simulator.rail import make as make_simulator
from partita.modules.payments.rail import Rail

NETWORKS: dict[str, Callable[[Premises], Rail]] = {
    "book": make_book,
    "simulator": make_simulator,
}
"""How each rail is made, in the order in which they are listed."""


def make_rails(premises: Premises) -> dict[str, Rail]:
    """All rails of one ledger, by name."""
    return {name: make(premises) for name, make in NETWORKS.items()}
