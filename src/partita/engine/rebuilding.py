"""Rebuilding views: which there are, and what a rebuilding tells."""

from typing import Protocol

import msgspec

from partita.engine.ports import LedgerInfo
from partita.engine.verification import Progress

REBUILDABLE: dict[str, tuple[str, ...]] = {
    "register": ("entry",),
    "chart": ("account",),
    "assets": ("asset",),
    "resources": ("resource", "resource_change"),
    "limits": ("limit_usage",),
}
"""The inline views and their tables: drop them, replay the journal, and they are back, equal."""


class RebuildReport(msgspec.Struct, frozen=True):
    """A view after it was rebuilt: its rows, and how many differed from those that were there.

    `differences` is None where there was nothing to compare with.
    """

    view: str
    records: int
    rows: int
    differences: int | None
    seconds: float

    @property
    def is_equal(self) -> bool:
        """Whether what was rebuilt is what was there."""
        return not self.differences


class Rebuilder(Protocol):
    """Whoever can drop a view and bring it back."""

    def rebuild(self, ledger: LedgerInfo, view: str, progress: Progress) -> RebuildReport:
        """Drop a view's rows of a ledger and project them anew out of the journal."""
        ...
