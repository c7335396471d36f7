"""Partita: a real-time wallet ledger. Double entry, event-sourced, tamper-evident.

import partita

async with partita.open("books") as ledger:
    await ledger.open_account("cash", "USD", "asset")
    await ledger.open_account("customers:alice", "USD", "liability")
    await ledger.post(
        partita.debit("cash", "500", "USD"), partita.credit("customers:alice", "500", "USD")
    )
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Type checkers see the real names; at run time they come when first asked for, so that the
# command line does not load a database driver to print its help.
if TYPE_CHECKING:
    from partita.engine.idempotency import wish
    from partita.kernel.account import Constraints
    from partita.kernel.commands import PostTransaction
    from partita.surfaces.event_schemas import event_schema, event_schemas
    from partita.surfaces.library import LibraryLedger, Rejected, credit, debit, open  # noqa: A004

__version__ = "0.1.0"
__all__ = [
    "Constraints",
    "LibraryLedger",
    "PostTransaction",
    "Rejected",
    "__version__",
    "credit",
    "debit",
    "event_schema",
    "event_schemas",
    "open",
    "wish",
]
_HOMES = {
    "Constraints": "partita.kernel.account",
    "PostTransaction": "partita.kernel.commands",
    "event_schema": "partita.surfaces.event_schemas",
    "event_schemas": "partita.surfaces.event_schemas",
    "wish": "partita.engine.idempotency",
}


def __getattr__(name: str) -> Any:
    """Give out the library's public names."""
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "partita.surfaces.library")), name)
    raise AttributeError(f"partita has no {name!r}; it has {', '.join(sorted(__all__))}")
