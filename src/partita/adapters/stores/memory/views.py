"""Trailing views in memory: each generation's tables as dictionaries from key to row."""

import threading
from collections.abc import Callable, Mapping, Sequence
from operator import ge, lt
from typing import Any

import msgspec

from partita.engine.errors import ReplicaBehind
from partita.engine.ports import LedgerInfo
from partita.engine.trailing.changes import Change, Folded, folded
from partita.engine.trailing.ports import AnyView, Comparison, Phase, RowCount, Standing
from partita.engine.trailing.scanning import Condition, Scan, Scanned, Test
from partita.engine.trailing.tables import Keeping, Row, Table, Value
from partita.kernel.moment import Moment


class Generation:
    """One generation of a view: where it stands, and its rows by table and key."""

    def __init__(self, view: AnyView, standing: Standing) -> None:
        self.standing = standing
        self.tables: dict[str, dict[Row, Row]] = {table.name: {} for table in view.tables}


class MemoryViews:
    """The rows of all trailing views, in this process."""

    def __init__(self) -> None:
        """Nothing is projected yet."""
        super().__init__()
        self._views: dict[tuple[int, str], list[Generation]] = {}
        self._generations: dict[tuple[int, str], int] = {}
        self._views_lock = threading.Lock()

    def view_standings(self, ledger: LedgerInfo) -> list[Standing]:
        """Every generation of every view."""
        with self._views_lock:
            return [
                generation.standing
                for (number, _name), generations in sorted(self._views.items())
                if number == ledger.number
                for generation in generations
            ]

    def begin_generation(
        self, ledger: LedgerInfo, view: AnyView, now: Moment, phase: Phase = Phase.BUILDING
    ) -> Standing:
        """Make room for the rows of a view as it is declared now."""
        with self._views_lock:
            kept = self._views.setdefault((ledger.number, view.name), [])
            del kept[1:]
            number = self._generations.get((ledger.number, view.name), 0) + 1
            self._generations[ledger.number, view.name] = number
            phase = phase if kept else Phase.LIVE
            standing = Standing(view.name, number, view.version, phase, 0, now)
            kept.append(Generation(view, standing))
            return standing

    def apply(
        self, ledger: LedgerInfo, view: AnyView, changes: Sequence[Change], *,
        held: Standing, upto: int, now: Moment,
    ) -> bool:  # fmt: skip
        """Write what some records say, if the generation stands where it is held to."""
        batch = folded(view.tables, changes)
        with self._views_lock:
            generation = self._generation(ledger, view, held.generation)
            if generation is None or generation.standing.sequence != held.sequence:
                return False
            _write_all(view, generation, batch)
            _tend(view, generation)
            generation.standing = _moved(generation.standing, upto, now)
            return True

    def swap_generation(self, ledger: LedgerInfo, view: AnyView, building: Standing) -> bool:
        """Let a generation that has come as far as the live one take its place."""
        with self._views_lock:
            kept = self._views[ledger.number, view.name]
            found = self._generation(ledger, view, building.generation)
            if found is None or found.standing.sequence < kept[0].standing.sequence:
                return False
            found.standing = msgspec.structs.replace(found.standing, phase=Phase.LIVE)
            self._views[ledger.number, view.name] = [found]
            return True

    def compare_generations(
        self, ledger: LedgerInfo, view: AnyView, newer: Standing
    ) -> Comparison | None:
        """Compare a generation with the live one."""
        with self._views_lock:
            kept = self._views.get((ledger.number, view.name), [])
            found = self._generation(ledger, view, newer.generation)
            if found is None or not _comparable(kept[0], found):
                return None
            one, other = kept[0].tables, found.tables
            differences = sum(
                len(set(one[name].values()) ^ set(other[name].values())) for name in other
            )
            return Comparison(sum(map(len, other.values())), differences)

    def count_rows(self, ledger: LedgerInfo, view: AnyView) -> RowCount:
        """How many rows the live generation has."""
        with self._views_lock:
            kept = self._views.get((ledger.number, view.name), [])
            live = (each for each in kept if each.standing.phase is Phase.LIVE)
            return RowCount(sum(len(rows) for each in live for rows in each.tables.values()), True)

    def drop_generation(self, ledger: LedgerInfo, view: AnyView, generation: int) -> None:
        """Let go of a generation."""
        with self._views_lock:
            kept = self._views.get((ledger.number, view.name), [])
            kept[:] = [each for each in kept if each.standing.generation != generation]

    def scan(self, ledger: LedgerInfo, view: AnyView, what: Scan) -> Scanned:
        """Rows of the live generation."""
        table = view.table(what.table)
        with self._views_lock:
            kept = self._views.get((ledger.number, view.name))
            if not kept or kept[0].standing.phase is not Phase.LIVE:
                return Scanned([], 0)
            if kept[0].standing.version != view.version:
                raise ReplicaBehind(view.name, 0, kept[0].standing.sequence)
            rows, sequence = list(kept[0].tables[what.table].values()), kept[0].standing.sequence
        return Scanned(_chosen(table, rows, what), sequence)

    def _generation(self, ledger: LedgerInfo, view: AnyView, number: int) -> Generation | None:
        kept = self._views.get((ledger.number, view.name), [])
        return next((each for each in kept if each.standing.generation == number), None)


def _comparable(one: Generation, other: Generation) -> bool:
    of = one.standing, other.standing
    return len({(each.sequence, each.version) for each in of}) == 1


def _moved(standing: Standing, upto: int, now: Moment) -> Standing:
    assert upto >= standing.sequence, "a cursor never goes back"
    return msgspec.structs.replace(standing, sequence=upto, moved_at=now)


def _write_all(view: AnyView, generation: Generation, batch: Mapping[str, Folded]) -> None:
    for name, what in batch.items():
        _write(view.table(name), generation.tables[name], what)


def _tend(view: AnyView, generation: Generation) -> None:
    """Do what the view says about its own rows, until that is nothing."""

    def read(what: Scan) -> list[Row]:
        return _chosen(view.table(what.table), list(generation.tables[what.table].values()), what)

    while view.tend is not None and (changes := view.tend(read)):
        _write_all(view, generation, folded(view.tables, changes))


def _write(table: Table, rows: dict[Row, Row], what: Folded) -> None:
    for key in what.gone:
        rows.pop(key, None)
    for key, row in what.rows.items():
        held = rows.get(key)
        assert held is None or table.keeping is not Keeping.APPENDED, f"{key} comes once"
        if held is not None and table.keeping is Keeping.SUMMED:
            width = len(table.key)
            sums = zip(held[width:], row[width:], strict=True)
            row = (*key, *(a + b for a, b in sums))  # type: ignore[operator]  # numbers
        rows[key] = row


def _chosen(table: Table, rows: list[Row], what: Scan) -> list[Row]:
    """Those that are asked for, in order."""
    places = table.places(table.order_columns(what.order))
    conditions = [*_equals(what), *_bounds(table, what), *what.where]
    tests = [
        (table.places((each.column,))[0], _TESTS[each.test], each.value) for each in conditions
    ]

    def place_of(row: Row) -> Any:
        return tuple(row[place] for place in places)

    found = [
        row
        for row in rows
        if all(row[place] is not None and test(row[place], value) for place, test, value in tests)
        and (what.after is None or _is_behind(place_of(row), what))
    ]
    return sorted(found, key=place_of, reverse=what.descending)[: what.limit]


def _equals(what: Scan) -> list[Condition]:
    return [Condition(column, Test.EQUAL, value) for column, value in what.equal.items()]


def _bounds(table: Table, what: Scan) -> list[Condition]:
    column = what.bounded_column(table)
    wanted = ((Test.AT_LEAST, what.start), (Test.BELOW, what.stop))
    assert column is not None or (what.start, what.stop) == (None, None), "nothing to bound"
    return [Condition(column or "", test, value) for test, value in wanted if value is not None]


def _is_behind(place: Any, what: Scan) -> bool:
    return bool(place < what.after if what.descending else place > what.after)


def _contains(held: Any, value: Value) -> bool:
    return value in held


_TESTS: dict[Test, Callable[[Any, Any], bool]] = {
    Test.EQUAL: lambda held, value: held == value,
    Test.AT_LEAST: ge,
    Test.BELOW: lt,
    Test.ONE_OF: lambda held, value: held in value,
    Test.CONTAINS: _contains,
}
