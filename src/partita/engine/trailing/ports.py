"""The port of stores for trailing views: where they stand, what is written, what is read.

A view's rows stand in *generations*: one is live, and is read; another may be building beside it,
out of the journal from its beginning, and takes its place once it has come as far. A rebuilding that
is asked for first compares the two.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Protocol

import msgspec

from partita.engine.ports import LedgerInfo
from partita.engine.trailing.changes import Change
from partita.engine.trailing.scanning import Scan, Scanned
from partita.engine.trailing.view import View
from partita.kernel.moment import Moment

AnyView = View[Any]


class Phase(Enum):
    """Whether a generation is what is read."""

    LIVE = "live"
    BUILDING = "building"
    COMPARED = "compared"
    """As building, by somebody who will compare it with the live one; nobody else goes on with it."""


class Standing(msgspec.Struct, frozen=True):
    """Where a generation of a view stands: all records up to `sequence` are in its rows."""

    view: str
    generation: int
    version: int
    phase: Phase
    sequence: int
    moved_at: Moment


class Comparison(msgspec.Struct, frozen=True):
    """Two generations at one sequence: the rows of the newer, and how many only one of them has."""

    rows: int
    differences: int


class RowCount(msgspec.Struct, frozen=True):
    """How many rows there are; of many, an estimate."""

    rows: int
    is_exact: bool


class ViewKeeper(Protocol):
    """Whoever keeps the rows of trailing views."""

    def view_standings(self, ledger: LedgerInfo) -> list[Standing]:
        """Every generation of every view, the live one of a view before the one that is building."""
        ...

    def begin_generation(
        self, ledger: LedgerInfo, view: AnyView, now: Moment, phase: Phase = Phase.BUILDING
    ) -> Standing:
        """Make room for the rows of a view as it is declared now, from the journal's beginning.

        It is live at once if the view has no live generation, and else in `phase`. What was built
        beside the live one before goes. A generation's number is never used again.
        """
        ...

    def apply(
        self, ledger: LedgerInfo, view: AnyView, changes: Sequence[Change], *,
        held: Standing, upto: int, now: Moment,
    ) -> bool:  # fmt: skip
        """Write what the records after `held.sequence`, up to `upto`, say; all of it or nothing.

        False if the generation does not stand there any more, or is gone: somebody else was first.
        """
        ...

    def swap_generation(self, ledger: LedgerInfo, view: AnyView, building: Standing) -> bool:
        """Let a generation that has come as far as the live one take its place, which goes.

        False if it has not come so far, or is gone.
        """
        ...

    def compare_generations(
        self, ledger: LedgerInfo, view: AnyView, newer: Standing
    ) -> Comparison | None:
        """Compare a generation with the live one, row by row, as they stand at one moment.

        None unless both stand at the same sequence, and are of the same version.
        """
        ...

    def count_rows(self, ledger: LedgerInfo, view: AnyView) -> RowCount:
        """How many rows the live generation has, over all its tables."""
        ...

    def drop_generation(self, ledger: LedgerInfo, view: AnyView, generation: int) -> None:
        """Let go of a generation; nothing happens if it is not there."""
        ...

    def scan(self, ledger: LedgerInfo, view: AnyView, what: Scan) -> Scanned:
        """Rows of the live generation; none, at sequence 0, while there is no generation.

        Raises:
            ReplicaBehind: the live rows are of another version of the view than is asked here.
        """
        ...
