"""Questions to a trailing view as statements: one round trip, rows and cursor of one moment.

A place is compared as a row of values with a row of columns, which is one range of the order's index,
however many columns the order has. Columns that are fixed take no part in it, nor in the sorting.
"""

from collections.abc import Iterator
from typing import Any, LiteralString

from psycopg import sql

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.view_tables import QUERIES, TYPES, listed
from partita.engine.trailing.scanning import Condition, Scan, Test
from partita.engine.trailing.tables import Column, Kind, Table, Value

_COMPARISONS: dict[Test, LiteralString] = {
    Test.EQUAL: "kept.{} = {}",
    Test.AT_LEAST: "kept.{} >= {}",
    Test.BELOW: "kept.{} < {}",
    Test.ONE_OF: "kept.{} = any({})",
    Test.CONTAINS: "kept.{} @> array[{}]",
}
# What a column is compared with, where that is not of the column's own type.
_OTHER_TYPES: dict[Test, LiteralString] = {Test.ONE_OF: "text[]", Test.CONTAINS: "text"}


class Question:
    """One scan of one table, as a statement and its values."""

    def __init__(self, name: str, table: Table, what: Scan) -> None:
        """Ask this of the table of that name."""
        self._table, self._what = table, what
        self._columns = {column.name: column for column in table.columns}
        self.values: dict[str, Any] = {"limit": what.limit}
        free = [column for column in table.order_columns(what.order) if column not in what.equal]
        order = free or list(table.key)
        self.statement = sql.SQL(QUERIES.scan).format(
            table=sql.Identifier(name),
            columns=listed(table.names, "kept"),
            conditions=sql.SQL(" and ").join(self._conditions(free)),
            inner_order=self._order("kept", order),
            outer_order=self._order("found", order),
        )

    def _conditions(self, free: list[str]) -> Iterator[sql.Composable]:
        what = self._what
        yield sql.SQL("true")
        for column, value in what.equal.items():
            yield self._compared(Condition(column, Test.EQUAL, value))
        bounded = what.bounded_column(self._table)
        for test, value in ((Test.AT_LEAST, what.start), (Test.BELOW, what.stop)):
            if value is not None:
                assert bounded is not None, "nothing to bound"
                yield self._compared(Condition(bounded, test, value))
        for condition in what.where:
            yield self._compared(condition)
        if what.after is not None:
            yield self._behind(free)

    def _compared(self, condition: Condition) -> sql.Composed:
        column = self._columns[condition.column]
        kind = _OTHER_TYPES.get(condition.test, TYPES[column.kind])
        value = self._value(condition.value, column, kind)
        return sql.SQL(_COMPARISONS[condition.test]).format(sql.Identifier(column.name), value)

    def _behind(self, free: list[str]) -> sql.Composable:
        """Only rows that come after the place of the last one seen."""
        if not free:
            return sql.SQL("false")
        assert self._what.after is not None, "there is a place"
        place = dict(
            zip(self._table.order_columns(self._what.order), self._what.after, strict=True)
        )
        columns = [self._columns[name] for name in free]
        values = [self._value(place[each.name], each, TYPES[each.kind]) for each in columns]
        sign = sql.SQL("<" if self._what.descending else ">")
        return sql.SQL("({}) {} ({})").format(
            listed(free, "kept"), sign, sql.SQL(", ").join(values)
        )

    def _value(self, value: Value, column: Column, type_name: LiteralString) -> sql.Composed:
        """A value as a parameter of this type."""
        name = f"value_{len(self.values)}"
        self.values[name] = _sent(value, column)
        return sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(type_name))

    def _order(self, alias: str, columns: list[str]) -> sql.Composed:
        each = sql.SQL("{} desc" if self._what.descending else "{}")
        return sql.SQL(", ").join(each.format(sql.Identifier(alias, name)) for name in columns)


def _sent(value: Value, column: Column) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return rows.to_time(value) if isinstance(value, int) and column.kind is Kind.MOMENT else value
