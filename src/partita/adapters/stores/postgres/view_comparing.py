"""Generations of trailing views looked at as wholes: compared row by row, and counted."""

from collections.abc import Iterable
from typing import Any

from psycopg import sql

from partita.adapters.stores.postgres.connecting import Connection
from partita.adapters.stores.postgres.roles import VIEWS_SCHEMA
from partita.adapters.stores.postgres.view_tables import QUERIES, Place, listed, prefix_of
from partita.engine.trailing.ports import AnyView, Comparison, RowCount

COUNTED_ROWS = 100_000
"""Up to so many rows are counted, in some 10 ms; beyond, PostgreSQL's own estimate is told."""
_MEMORY = "set local work_mem = '256MB'"


def compare(connection: Connection, view: AnyView, live: Place, newer: Place) -> Comparison:
    """Compare two generations, within a transaction that sees one moment."""
    connection.execute(_MEMORY)
    there = {*_tables(connection, view, live), *_tables(connection, view, newer)}
    rows = differences = 0
    for table in view.tables:
        one, other = live.table_name(view, table), newer.table_name(view, table)
        present = [name for name in (one, other) if name in there]
        rows += _counted(connection, {other} & there)
        if len(present) < 2:  # a generation without rows has no tables
            differences += _counted(connection, present)
            continue
        statement = sql.SQL(QUERIES.count_differences).format(
            columns=listed(table.names), one=sql.Identifier(one), other=sql.Identifier(other)
        )
        differences += _one(connection, statement)[0]
    return Comparison(rows, differences)


def count(connection: Connection, view: AnyView, place: Place) -> RowCount:
    """Count the rows of a generation's tables, or have them estimated."""
    rows, is_exact = 0, True
    for name in _tables(connection, view, place):
        statement = sql.SQL(QUERIES.count_some).format(table=sql.Identifier(name))
        values = {"most": COUNTED_ROWS + 1, "name": f'{VIEWS_SCHEMA}."{name}"'}
        counted, estimated = _one(connection, statement, values)
        is_few = counted <= COUNTED_ROWS
        rows += counted if is_few else max(counted, estimated)
        is_exact = is_exact and is_few
    return RowCount(rows, is_exact)


def _counted(connection: Connection, names: Iterable[str]) -> int:
    statement = sql.SQL(QUERIES.count_rows)
    return sum(_one(connection, statement.format(table=sql.Identifier(name)))[0] for name in names)


def _tables(connection: Connection, view: AnyView, place: Place) -> list[str]:
    values = {"prefix": prefix_of(view), "suffix": place.suffix}
    return [name for (name,) in connection.execute(QUERIES.tables_of, values)]


def _one(
    connection: Connection, statement: sql.Composed, values: dict[str, Any] | None = None
) -> tuple[Any, ...]:
    row = connection.execute(statement, values).fetchone()
    assert row is not None, "counts have a row"
    return row
