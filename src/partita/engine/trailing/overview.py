"""How the views of a ledger stand: how far they have come, how far they are behind, what is built.

For people and measures; nothing is decided by it.
"""

from collections.abc import Sequence
from enum import Enum

import msgspec

from partita.engine.ports import LedgerInfo, Reader
from partita.engine.trailing.ports import AnyView, Phase, RowCount, Standing, ViewKeeper
from partita.engine.trailing.view import Pace
from partita.kernel.moment import Moment

_MICROSECONDS = 1_000_000


class Readiness(Enum):
    """What can be read of a view."""

    LIVE = "live"
    """Its rows, up to its sequence."""
    REBUILDING = "rebuilding"
    """Its rows; others are projected beside them, and will take their place."""
    BUILDING = "building"
    """Nothing yet: there are no rows, or they are of another version of the view."""


class ViewState(msgspec.Struct, frozen=True):
    """How one view of a ledger stands.

    `lag_records` and `lag_seconds` say how many records wait to be projected, and how long the first
    of them has; `rows` is None for inline views, whose tables are laid out by hand. `building_sequence`
    is how far the rows have come that are projected beside the live ones, if any are.
    """

    name: str
    pace: Pace
    version: int
    readiness: Readiness
    sequence: int
    lag_records: int
    lag_seconds: float
    generation: int | None = None
    rows: RowCount | None = None
    building_sequence: int | None = None


class Overview:
    """Looks at the views of ledgers."""

    def __init__(self, reader: Reader, keeper: ViewKeeper, views: Sequence[AnyView]) -> None:
        """Look at these views, in this order."""
        self._reader, self._keeper, self._views = reader, keeper, views

    def states(
        self, ledger: LedgerInfo, now: Moment, *, counts_rows: bool = True
    ) -> list[ViewState]:
        """How each view of a ledger stands."""
        standings = self._keeper.view_standings(ledger)
        # The cursors were read first: so none seems to be ahead of its journal.
        head = self._reader.head(ledger).sequence
        return [
            self._inline(view, head)
            if view.pace is Pace.INLINE
            else self._trailing(
                ledger, view, [each for each in standings if each.view == view.name],
                head=head, now=now, counts_rows=counts_rows,
            )
            for view in self._views
        ]  # fmt: skip

    @staticmethod
    def _inline(view: AnyView, head: int) -> ViewState:
        return ViewState(view.name, view.pace, view.version, Readiness.LIVE, head, 0, 0.0)

    def _trailing(
        self, ledger: LedgerInfo, view: AnyView, held: list[Standing], *,
        head: int, now: Moment, counts_rows: bool,
    ) -> ViewState:  # fmt: skip
        live = next((each for each in held if each.phase is Phase.LIVE), None)
        beside = next((each for each in held if each.phase is not Phase.LIVE), None)
        sequence = 0 if live is None else live.sequence
        return ViewState(
            view.name,
            view.pace,
            view.version,
            _readiness(view, live, beside),
            sequence,
            head - sequence,
            self._lag_seconds(ledger, sequence, head, now),
            None if live is None else live.generation,
            self._keeper.count_rows(ledger, view) if counts_rows else None,
            None if beside is None else beside.sequence,
        )

    def _lag_seconds(self, ledger: LedgerInfo, sequence: int, head: int, now: Moment) -> float:
        """For how long the first record has waited that is not in a view yet."""
        waiting = self._reader.records(ledger, sequence, 1) if sequence < head else []
        return max(0, now - waiting[0].recorded_at) / _MICROSECONDS if waiting else 0.0


def _readiness(view: AnyView, live: Standing | None, beside: Standing | None) -> Readiness:
    if live is None or live.version != view.version:
        return Readiness.BUILDING
    return Readiness.LIVE if beside is None else Readiness.REBUILDING
