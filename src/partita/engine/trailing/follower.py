"""The process that keeps trailing views up: it reads records once, and projects them for all.

    journal ─► records after the cursor ─► project ─► fold ─► rows and cursor in one transaction

The rows of a batch commit with the cursor that says they are in, and only if the cursor still stands
where it was read: so each record counts once, whoever is killed and however many follow. Views that
stand at the same place share the reading, which costs most. A view whose declaration has changed is
projected anew beside the old rows, which are read until the new ones have come as far. While programs
of two versions run, the older leaves the newer one's rows alone, and builds its own only once nobody
has gone on with them for a minute: somebody has gone back to the older program. A view that cannot
take a batch in (its projection fails, or its store refuses a row) rests, ever longer; the others go on.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import TypeVar

import msgspec

from partita.engine.errors import StoreUnavailable
from partita.engine.ports import LedgerInfo, Reader
from partita.engine.trailing.ports import AnyView, Phase, Standing, ViewKeeper
from partita.journal.record import Record
from partita.kernel.moment import Moment

BATCH_RECORDS = 4_000
"""Enough that a transaction's fixed cost is spread, few enough that a batch is a few megabytes."""


ABANDONED_SECONDS = 60
"""For how long records wait for a newer program's view before an older one builds its own."""


LEFT_BEHIND_SECONDS = 3_600
"""For how long a generation that was to be compared does not move before it counts as left behind."""

_FIRST_REST_SECONDS, _LONGEST_REST_SECONDS = 1, 64
_log = logging.getLogger(__name__)
Done = TypeVar("Done")


class _Rest(msgspec.Struct):
    """How long a view that failed is left alone."""

    until: int
    seconds: int


PACE_SECONDS = 0.15
"""Between rounds. Each costs a transaction for every view, whatever it holds: at the pace of commits
under load, that took a quarter of the server's own rate."""


class Share(msgspec.Struct, frozen=True):
    """Which ledgers a process follows: every `of`-th, from `part` on; all of them by default."""

    part: int = 0
    of: int = 1

    def has(self, ledger: LedgerInfo) -> bool:
        """Whether a ledger is in this share."""
        return ledger.number % self.of == self.part


class ViewFollower:
    """Keeps trailing views up to the journals; a `Process`."""

    pace_seconds = PACE_SECONDS

    def __init__(
        self,
        reader: Reader,
        keeper: ViewKeeper,
        views: Sequence[AnyView],
        ledgers: Callable[[], list[LedgerInfo]],
        share: Share = Share(),  # noqa: B008 - frozen
    ) -> None:
        """Follow the journals of these ledgers, or a share of them."""
        for view in views:
            for table in view.tables:
                table.check()
        self._reader, self._keeper, self._views = reader, keeper, views
        self._ledgers, self._share = ledgers, share
        self._resting: dict[tuple[int, str], _Rest] = {}

    @property
    def name(self) -> str:
        """What it is called in logs and thread names."""
        return "views" if self._share.of == 1 else f"views-{self._share.part}"

    def run_once(self, now: Moment) -> int:
        """Take every view of every ledger one batch on; how many records that was, over all."""
        if not self._views:
            return 0
        return sum(
            self.follow(ledger, now) for ledger in self._ledgers() if self._share.has(ledger)
        )

    def follow(self, ledger: LedgerInfo, now: Moment) -> int:
        """Take every view of a ledger one batch on."""
        head = self._reader.head(ledger).sequence
        due = self._due(ledger, now)
        behind = sorted(
            (
                (standing.sequence, view, standing)
                for view, standing in due
                if standing.sequence < head
            ),
            key=lambda each: each[0],
        )
        moved = 0
        for after, group in groupby(behind, key=lambda each: each[0]):
            records = self._reader.records(ledger, after, BATCH_RECORDS)
            for _after, view, standing in group:
                work = partial(self._project, ledger, view, standing, records, now)
                moved += self._unless_it_rests(ledger, view, now, work, 0)
        return moved

    def rebuild(self, ledger: LedgerInfo, view: AnyView, now: Moment) -> Standing:
        """Have a view projected anew beside the live rows; the process does it, and swaps."""
        return self._keeper.begin_generation(ledger, view, now)

    def _due(self, ledger: LedgerInfo, now: Moment) -> list[tuple[AnyView, Standing]]:
        """What there is to take on: of each view the live generation, and one that is building."""
        standings: dict[str, list[Standing]] = {}
        for each in self._keeper.view_standings(ledger):
            standings.setdefault(each.view, []).append(each)
        due: list[tuple[AnyView, Standing]] = []
        for view in self._views:
            work = partial(self._generations, ledger, view, standings.get(view.name, []), now)
            found: list[Standing] = self._unless_it_rests(ledger, view, now, work, [])
            due += [(view, standing) for standing in found]
        return due

    def _generations(
        self, ledger: LedgerInfo, view: AnyView, held: list[Standing], now: Moment
    ) -> list[Standing]:
        """The generations of a view that its declaration of today can go on with."""
        self._drop_left_behind(ledger, view, held, now)
        present = [each for each in held if self._is_ours(each, view)]
        if not present:
            if any(not self._is_past(ledger, each, view, now) for each in held):
                return []
            present = [self._keeper.begin_generation(ledger, view, now)]
        for building in present:
            if building.phase is Phase.BUILDING and self._swapped(ledger, view, building, held):
                return [msgspec.structs.replace(building, phase=Phase.LIVE)]
        return present

    def _drop_left_behind(
        self, ledger: LedgerInfo, view: AnyView, held: list[Standing], now: Moment
    ) -> None:
        """Let go of what somebody began to rebuild, and did not live to compare."""
        for each in held:
            idle = now - each.moved_at
            if each.phase is Phase.COMPARED and idle > LEFT_BEHIND_SECONDS * 1_000_000:
                self._keeper.drop_generation(ledger, view, each.generation)

    @staticmethod
    def _is_ours(standing: Standing, view: AnyView) -> bool:
        return standing.version == view.version and standing.phase is not Phase.COMPARED

    def _is_past(self, ledger: LedgerInfo, standing: Standing, view: AnyView, now: Moment) -> bool:
        """Whether nobody goes on with a generation but a program older than this one, if any."""
        if standing.version <= view.version:
            return True
        waiting = self._reader.records(ledger, standing.sequence, 1)
        longest = ABANDONED_SECONDS * 1_000_000
        return bool(waiting) and now - waiting[0].recorded_at > longest

    def _swapped(
        self, ledger: LedgerInfo, view: AnyView, building: Standing, held: list[Standing]
    ) -> bool:
        live = next((each for each in held if each.phase is Phase.LIVE), None)
        if live is not None and building.sequence < live.sequence:
            return False
        return self._keeper.swap_generation(ledger, view, building)

    def _unless_it_rests(
        self,
        ledger: LedgerInfo,
        view: AnyView,
        now: Moment,
        work: Callable[[], Done],
        nothing: Done,
    ) -> Done:
        """Do some work for a view, and keep the trouble that it makes from the other views."""
        place = ledger.number, view.name
        rest = self._resting.get(place)
        if rest is not None and now < rest.until:
            return nothing
        try:
            return work()
        except StoreUnavailable:
            raise  # none of them can be written
        except Exception as error:  # noqa: BLE001 - the other views must outlive whatever befalls one
            seconds = _FIRST_REST_SECONDS if rest is None else 2 * rest.seconds
            seconds = min(seconds, _LONGEST_REST_SECONDS)
            self._resting[place] = _Rest(now + seconds * 1_000_000, seconds)
            _log.error(
                "the view %s of the ledger %s cannot go on, trying again in %s s: %s",
                view.name, ledger.name, seconds, error, exc_info=error,
            )  # fmt: skip
            return nothing

    def _project(
        self, ledger: LedgerInfo, view: AnyView, standing: Standing, records: list[Record],
        now: Moment,
    ) -> int:  # fmt: skip
        if not records:
            return 0
        changes = list(view.project(records))
        upto = records[-1].sequence
        done = self._keeper.apply(ledger, view, changes, held=standing, upto=upto, now=now)
        if done:
            self._resting.pop((ledger.number, view.name), None)
        return len(records) if done else 0
