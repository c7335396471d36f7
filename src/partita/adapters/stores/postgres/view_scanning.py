"""Questions to a trailing view as statements: one round trip, rows and cursor of one moment.

Whatever is asked along an order is one range of that order's index: between a row of values that it
begins at and one that it ends at, however many columns are fixed, bounded or continued from. So what
is fixed is written as both ends of a range, and not as `=`: PostgreSQL takes a fixed column out of the
order, and then likes to walk another index in that order, looking at each row on the way for the few
that are wanted. For the same reason the connections that ask (`connecting.SCANNING`) know no sorting:
by yesterday's statistics few rows lie in today's range, and sorting them would be quick. Columns that
are fixed apart from the order's beginning are looked at row by row.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, LiteralString

from psycopg import sql

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.view_tables import QUERIES, TYPES, listed
from partita.engine.trailing.scanning import Condition, Scan, Test
from partita.engine.trailing.tables import Column, Kind, Row, Table, Value

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

    def __init__(
        self, name: str, table: Table, what: Scan, frame: LiteralString = QUERIES.scan
    ) -> None:
        """Ask this of the table of that name."""
        self._what, self._columns = what, {column.name: column for column in table.columns}
        self._order = table.order_columns(what.order)
        self.values: dict[str, Any] = {"limit": what.limit}
        self.statement = sql.SQL(frame).format(
            table=sql.Identifier(name),
            columns=listed(table.names, "kept"),
            conditions=sql.SQL(" and ").join(self._conditions()),
            inner_order=self._sorted("kept"),
            outer_order=self._sorted("found"),
        )

    def _conditions(self) -> Iterator[sql.Composable]:
        what = self._what
        yield sql.SQL("true")
        fixed = tuple(takewhile(lambda name: name in what.equal, self._order))
        yield from self._range(fixed)
        for column, value in what.equal.items():
            if column not in fixed:
                yield self._compared(Condition(column, Test.EQUAL, value))
        for condition in what.where:
            yield self._compared(condition)

    def _range(self, fixed: tuple[str, ...]) -> Iterator[sql.Composable]:
        """Where the range begins and ends; where it goes on from is closer than one of the two."""
        what, start, stop = self._what, self._what.start, self._what.stop
        place = tuple(what.equal[name] for name in fixed)
        bounded = self._order[: len(fixed) + 1]
        assert len(bounded) > len(fixed) or (start, stop) == (None, None), "nothing to bound"
        if start is not None:
            yield self._beyond(bounded, ">=", (*place, start))
        elif fixed:
            yield self._beyond(fixed, ">=", place)
        if stop is not None:
            yield self._beyond(bounded, "<", (*place, stop))
        if fixed:
            yield self._beyond(fixed, "<=", place)
        if what.after is not None:
            yield self._beyond(self._order, "<" if what.descending else ">", what.after)

    def _beyond(self, names: Sequence[str], sign: LiteralString, place: Row) -> sql.Composed:
        """Rows on one side of a place in the order."""
        columns = [self._columns[name] for name in names]
        values = [
            self._value(value, column, TYPES[column.kind])
            for value, column in zip(place, columns, strict=True)
        ]
        return sql.SQL("({}) {} ({})").format(
            listed(names, "kept"), sql.SQL(sign), sql.SQL(", ").join(values)
        )

    def _compared(self, condition: Condition) -> sql.Composed:
        column = self._columns[condition.column]
        kind = _OTHER_TYPES.get(condition.test, TYPES[column.kind])
        value = self._value(condition.value, column, kind)
        return sql.SQL(_COMPARISONS[condition.test]).format(sql.Identifier(column.name), value)

    def _value(self, value: Value, column: Column, type_name: LiteralString) -> sql.Composed:
        """A value as a parameter of this type."""
        name = f"value_{len(self.values)}"
        self.values[name] = _sent(value, column)
        return sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(type_name))

    def _sorted(self, alias: str) -> sql.Composed:
        each = sql.SQL("{} desc" if self._what.descending else "{}")
        return sql.SQL(", ").join(each.format(sql.Identifier(alias, name)) for name in self._order)


def _sent(value: Value, column: Column) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return rows.to_time(value) if isinstance(value, int) and column.kind is Kind.MOMENT else value
