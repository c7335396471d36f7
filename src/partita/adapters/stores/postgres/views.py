"""Trailing views in PostgreSQL: cursors in `view_standing`, rows in tables of each generation.

A batch is one transaction: take the cursor's row if it stands where the batch begins, write the rows,
move the cursor, commit. Nobody waits for that commit to reach the disk: what is lost with it is the
cursor too, and is projected again. Tables are made when there are rows for them, and get the indexes
of their orders when the view has nearly caught up with its journal. Whatever is not read any more is
*retired* first, by one row, and dropped afterwards, as soon as nobody looks at it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from partita.adapters.stores.postgres import rows, view_comparing, view_writing
from partita.adapters.stores.postgres.connecting import (
    Connection,
    ReadingConnections,
    WritingConnections,
)
from partita.adapters.stores.postgres.geometry import USUAL, Geometry
from partita.adapters.stores.postgres.past import PostgresPast
from partita.adapters.stores.postgres.view_rows import loaded_rows
from partita.adapters.stores.postgres.view_scanning import Question
from partita.adapters.stores.postgres.view_tables import QUERIES, Place, Shape, prefix_of
from partita.engine.errors import ReplicaBehind, StoreUnavailable
from partita.engine.ports import LedgerInfo
from partita.engine.trailing.changes import Change, folded
from partita.engine.trailing.ports import AnyView, Comparison, Phase, RowCount, Standing
from partita.engine.trailing.scanning import Scan, Scanned
from partita.kernel.moment import Moment

NEAR_RECORDS = 20_000
"""How near the end of the journal a view's tables get the indexes of their orders."""
_LOCK_SPACE = 0x76696577
"""The first half of our advisory locks; the second is the ledger."""
_DROPPING_PATIENCE = "set local lock_timeout = '200ms'"
_ONE_MOMENT = "set transaction isolation level repeatable read"
_MOST_TRIES = 5


class _Live(NamedTuple):
    """What is known of a live generation whose tables are there."""

    generation: int
    version: int


class PostgresViews(PostgresPast):
    """The trailing views' side of the store."""

    def __init__(
        self,
        reading: ReadingConnections,
        writing: WritingConnections,
        geometry: Geometry = USUAL,
    ) -> None:
        """Read by the pool; rows of views are read and written by connections of their own."""
        super().__init__(reading, writing, geometry)
        self._scanning: ReadingConnections = reading
        self._projecting: WritingConnections | None = None
        self._live: dict[tuple[int, str], _Live] = {}

    @contextmanager
    def _projector(self) -> Iterator[Connection]:
        """This thread's connection in the projector's role."""
        if self._projecting is None:
            raise StoreUnavailable("this store was opened without the role that writes views")
        with self._projecting.use() as connection:
            yield connection

    # Where views stand.

    def view_standings(self, ledger: LedgerInfo) -> list[Standing]:
        """Every generation that is read, or builds to take its place."""
        found = self._all(QUERIES.standings, {"ledger_id": ledger.number})
        return [
            Standing(view, generation, version, Phase(phase), sequence, rows.to_moment(moved_at))
            for view, generation, version, phase, sequence, moved_at in found
        ]

    def begin_generation(
        self, ledger: LedgerInfo, view: AnyView, now: Moment, phase: Phase = Phase.BUILDING
    ) -> Standing:
        """Make room for the rows of a view as it is declared now."""
        values = {
            **_whose(ledger, view),
            "version": view.version,
            "phase": phase.value,
            "now": rows.to_time(now),
        }
        with self._projector() as connection:
            with connection.transaction():
                _alone(connection, ledger)
                connection.execute(QUERIES.retire_building, values)
                row = connection.execute(QUERIES.begin_generation, values).fetchone()
                assert row is not None, "an insert that returns"
                connection.execute(QUERIES.forget_dropped, {**values, "generation": row[0]})
            _drop_retired(connection, ledger, view)
        return Standing(view.name, row[0], view.version, Phase(row[1]), 0, now)

    def swap_generation(self, ledger: LedgerInfo, view: AnyView, building: Standing) -> bool:
        """Let a generation that has come as far as the live one take its place."""
        with self._projector() as connection:
            # First and by itself: readers go on, and so does the live generation.
            if not self._finished(connection, ledger, view, building):
                return False
            with connection.transaction():
                if not _swapped(connection, ledger, view, building.generation):
                    return False
            _drop_retired(connection, ledger, view)
        return True

    def drop_generation(self, ledger: LedgerInfo, view: AnyView, generation: int) -> None:
        """Let go of a generation."""
        with self._projector() as connection:
            values = {**_whose(ledger, view), "generation": generation}
            with connection.transaction():
                _alone(connection, ledger)
                connection.execute(QUERIES.retire, values)
            _drop_retired(connection, ledger, view)

    def compare_generations(
        self, ledger: LedgerInfo, view: AnyView, newer: Standing
    ) -> Comparison | None:
        """Compare a generation with the live one, as they stand at one moment."""
        values = {**_whose(ledger, view), "generation": newer.generation}
        with self._projector() as connection, connection.transaction():
            connection.execute(_ONE_MOMENT)
            row = connection.execute(QUERIES.compared, values).fetchone()
            if row is None:
                return None
            live = Place(ledger.number, row[0])
            return view_comparing.compare(
                connection, view, live, Place(ledger.number, newer.generation)
            )

    def count_rows(self, ledger: LedgerInfo, view: AnyView) -> RowCount:
        """How many rows the live generation has."""
        row = self._one(QUERIES.live, _whose(ledger, view))
        if row is None:
            return RowCount(0, True)
        try:
            with self._reading.use() as connection:
                return view_comparing.count(connection, view, Place(ledger.number, row[0]))
        except psycopg.errors.UndefinedTable:  # it went at this very moment; another is live
            return self.count_rows(ledger, view)

    # What is written.

    def apply(
        self, ledger: LedgerInfo, view: AnyView, changes: Sequence[Change], *,
        held: Standing, upto: int, now: Moment,
    ) -> bool:  # fmt: skip
        """Write a batch with the cursor, if the generation stands where it is held to."""
        assert upto >= held.sequence, "a cursor never goes back"
        batch = folded(view.tables, changes)
        place = Place(ledger.number, held.generation)
        values = {
            **_whose(ledger, view),
            "generation": held.generation,
            "version": held.version,
            "held": held.sequence,
            "upto": upto,
            "now": rows.to_time(now),
            "names": place.full_names(view),
        }
        with self._projector() as connection:
            with connection.transaction():
                row = connection.execute(QUERIES.hold_cursor, values).fetchone()
                if row is None:
                    return False
                shape, gone, records_left, has_retired = Shape(row[0]), row[1], row[2], row[3]
                if gone and shape is not Shape.NONE:
                    # Somebody dropped tables, which anybody may who owns them: begin anew.
                    connection.execute(QUERIES.retire, values)
                    return False
                if batch or shape is not Shape.NONE:
                    is_near = records_left <= NEAR_RECORDS
                    shape = view_writing.tables_for(connection, view, place, shape, is_near=is_near)
                    view_writing.write(connection, view, place, batch)
                    view_writing.tend(connection, view, place)
                connection.execute(QUERIES.move_cursor, {**values, "shape": shape.value})
            if has_retired:
                _drop_retired(connection, ledger, view)
        return True

    # What is read.

    def scan(self, ledger: LedgerInfo, view: AnyView, what: Scan) -> Scanned:
        """Rows of the live generation along an order, and its cursor, of one moment."""
        for _try in range(_MOST_TRIES):
            known = self._live.get((ledger.number, view.name))
            if known is None or known.version != view.version:
                row = self._one(QUERIES.live, _whose(ledger, view))
                if row is None or row[3] == Shape.NONE.value:
                    return Scanned([], 0 if row is None else _of_version(row, view))
                _of_version(row, view)
                known = self._live[ledger.number, view.name] = _Live(row[0], row[1])
            found = self._scanned(ledger, view, what, known.generation)
            if found is not None:
                return found
            # Another generation has taken its place since we last looked.
            self._live.pop((ledger.number, view.name), None)
        raise StoreUnavailable(f"the view {view.name!r} changes too fast to be read")

    def _scanned(
        self, ledger: LedgerInfo, view: AnyView, what: Scan, generation: int
    ) -> Scanned | None:
        """What a scan of this generation gives; None if it is not the live one."""
        table = view.table(what.table)
        question = Question(Place(ledger.number, generation).table_name(view, table), table, what)
        values = {**_whose(ledger, view), "generation": generation, **question.values}
        try:
            found = self._asked(question.statement, values)
        except psycopg.errors.UndefinedTable:
            return None
        if not found:
            return None
        # Where no row is found there is one all the same, for the cursor; and a key is never null.
        given = [row[1:] for row in found if row[1] is not None]
        return Scanned(loaded_rows(table.columns, given), found[0][0])

    def _asked(self, statement: sql.Composed, values: dict[str, Any]) -> list[rows.Row]:
        """All rows; planned for these very values, and only a second no counts."""
        try:
            return self._asked_once(statement, values)
        except StoreUnavailable:
            self._scanning.refresh()
            return self._asked_once(statement, values)

    def _asked_once(self, statement: sql.Composed, values: dict[str, Any]) -> list[rows.Row]:
        with self._scanning.use() as connection:
            cursor = connection.execute(statement, values, prepare=False, binary=True)
            return list(cursor.fetchall())

    # Generations, within a transaction of the projector.

    def _finished(
        self, connection: Connection, ledger: LedgerInfo, view: AnyView, which: Standing
    ) -> bool:
        """Give a generation's tables all their indexes; False if it is gone."""
        values = {**_whose(ledger, view), "generation": which.generation}
        with connection.transaction():
            row = connection.execute(QUERIES.hold_generation, values).fetchone()
            if row is None or row[0] != which.version:
                return False
            if row[1] == Shape.BARE.value:
                place = Place(ledger.number, which.generation)
                view_writing.add_indexes(connection, view, place)
                values["shape"] = Shape.INDEXED.value
                connection.execute(QUERIES.keep_shape, values)
        return True


def _swapped(connection: Connection, ledger: LedgerInfo, view: AnyView, generation: int) -> bool:
    """Let a generation be read instead of the live one, if it has come as far."""
    values = {**_whose(ledger, view), "generation": generation}
    _alone(connection, ledger)
    held = connection.execute(QUERIES.hold_generations, values).fetchall()
    live = next((row for row in held if row[1] == Phase.LIVE.value), None)
    ours = next((row for row in held if row[0] == generation), None)
    if ours is None or (live is not None and ours[2] < live[2]):
        return False
    connection.execute(QUERIES.retire_live, values)
    connection.execute(QUERIES.enliven, values)
    return True


def _drop_retired(connection: Connection, ledger: LedgerInfo, view: AnyView) -> None:
    """Drop what is read no more; what somebody still looks at is dropped another time."""
    whose = _whose(ledger, view)
    dropped = True
    while dropped:
        try:
            with connection.transaction():
                connection.execute(_DROPPING_PATIENCE)
                row = connection.execute(QUERIES.take_retired, whose).fetchone()
                dropped = row is not None
                if row is not None:
                    _drop(connection, view, Place(ledger.number, row[0]))
                    connection.execute(QUERIES.note_dropped, {**whose, "generation": row[0]})
        except psycopg.errors.LockNotAvailable:
            return


def _drop(connection: Connection, view: AnyView, place: Place) -> None:
    values = {"prefix": prefix_of(view), "suffix": place.suffix}
    for (name,) in connection.execute(QUERIES.tables_of, values).fetchall():
        connection.execute(sql.SQL(QUERIES.drop_table).format(table=sql.Identifier(name)))


def _alone(connection: Connection, ledger: LedgerInfo) -> None:
    connection.execute(QUERIES.alone, {"space": _LOCK_SPACE, "ledger_id": ledger.number})


def _whose(ledger: LedgerInfo, view: AnyView) -> dict[str, Any]:
    return {"ledger_id": ledger.number, "view": view.name}


def _of_version(row: rows.Row, view: AnyView) -> int:
    """Where the live rows stand, if they are of the version that is asked for.

    Raises:
        ReplicaBehind: they are of another one.
    """
    _generation, version, sequence, _shape = row
    if version != view.version:
        raise ReplicaBehind(view.name, 0, sequence)
    return int(sequence)
