"""Rebuilding a trailing view because somebody asks: anew beside the live rows, compared, swapped.

    live ──► as far as the journal ─┐
    newer ─► as far as the live ────┴─► both at one sequence: compare ─► swap

Whoever keeps the view up goes on with the live generation meanwhile, so the newer one runs after it
until both stand alike at one moment; posting hears nothing of it. A rebuilding that is cut off leaves
the live rows as they are, and the next one begins by letting go of what it left.
"""

import time

from partita.engine.errors import Overtaken
from partita.engine.ports import Clock, LedgerInfo, Reader
from partita.engine.rebuilding import RebuildReport
from partita.engine.trailing.follower import BATCH_RECORDS
from partita.engine.trailing.ports import AnyView, Comparison, Phase, Standing, ViewKeeper
from partita.engine.verification import Progress

_MOST_CHASES = 1_000
"""How often the newer rows run after the live ones; each time they are a batch apart at most."""


class ViewRebuilder:
    """Rebuilds trailing views of one ledger."""

    def __init__(
        self, reader: Reader, keeper: ViewKeeper, clock: Clock, ledger: LedgerInfo
    ) -> None:
        """Read records by `reader`, write rows by `keeper`."""
        self._reader, self._keeper, self._clock, self._ledger = reader, keeper, clock, ledger

    def rebuild(self, view: AnyView, progress: Progress) -> RebuildReport:
        """Project a view anew, tell how many rows differ from those that were there, and swap.

        Where there was nothing, or rows of another version of the view, nothing is compared, and
        the differences are None.

        Raises:
            Overtaken: somebody else began to rebuild the view.
        """
        started = time.perf_counter()
        is_comparable = self._bring_up(view)
        newer = self._keeper.begin_generation(self._ledger, view, self._clock.now(), Phase.COMPARED)
        compared = None
        for _chase in range(_MOST_CHASES):
            newer = self._taken_on(view, newer, self._goal(view, is_comparable), progress)
            if is_comparable and compared is None:
                compared = self._keeper.compare_generations(self._ledger, view, newer)
                if compared is None:
                    continue  # the live rows have moved on since
            if self._is_live(view, newer):
                return self._report(view, newer.sequence, compared, time.perf_counter() - started)
        raise self._overtaken(view)

    def _report(
        self, view: AnyView, sequence: int, compared: Comparison | None, seconds: float
    ) -> RebuildReport:
        if compared is None:
            rows, differences = self._keeper.count_rows(self._ledger, view).rows, None
        else:
            rows, differences = compared.rows, compared.differences
        return RebuildReport(view.name, sequence, rows, differences, round(seconds, 3))

    def _bring_up(self, view: AnyView) -> bool:
        """Take the live rows as far as the journal; whether there are any to be compared with."""
        end = self._reader.head(self._ledger).sequence
        while (live := self._live(view)) is not None and live.version == view.version:
            if live.sequence >= end:
                return live.sequence > 0
            self._apply(view, live, end)  # or whoever keeps it up has done so
        return False

    def _goal(self, view: AnyView, is_comparable: bool) -> int:
        live = self._live(view) if is_comparable else None
        return self._reader.head(self._ledger).sequence if live is None else live.sequence

    def _is_live(self, view: AnyView, newer: Standing) -> bool:
        if newer.phase is Phase.LIVE:
            return True
        return self._keeper.swap_generation(self._ledger, view, newer)

    def _taken_on(
        self, view: AnyView, standing: Standing, goal: int, progress: Progress
    ) -> Standing:
        while standing.sequence < goal:
            self._apply(view, standing, goal)
            found = self._found(view, standing.generation)
            if found is None:
                raise self._overtaken(view)
            standing = found
            progress(min(standing.sequence, goal), goal)
        return standing

    def _apply(self, view: AnyView, held: Standing, goal: int) -> None:
        """Take a generation one batch on, unless somebody else has."""
        limit = min(BATCH_RECORDS, goal - held.sequence)
        records = self._reader.records(self._ledger, held.sequence, limit)
        self._keeper.apply(
            self._ledger, view, list(view.project(records)),
            held=held, upto=records[-1].sequence, now=self._clock.now(),
        )  # fmt: skip

    def _live(self, view: AnyView) -> Standing | None:
        return next((e for e in self._standings(view) if e.phase is Phase.LIVE), None)

    def _found(self, view: AnyView, generation: int) -> Standing | None:
        return next((e for e in self._standings(view) if e.generation == generation), None)

    def _standings(self, view: AnyView) -> list[Standing]:
        return [e for e in self._keeper.view_standings(self._ledger) if e.view == view.name]

    @staticmethod
    def _overtaken(view: AnyView) -> Overtaken:
        return Overtaken(f"somebody else began to rebuild the view {view.name!r}; wait for that")
