"""Questions to a trailing view: rows of a table along one of its orders, from a place on."""

from collections.abc import Mapping
from enum import Enum

import msgspec

from partita.engine.trailing.tables import BY_KEY, Row, Table, Value


class Test(Enum):
    """How a column is compared with a value."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    EQUAL = "equal"
    AT_LEAST = "at_least"
    BELOW = "below"
    ONE_OF = "one_of"
    """The column's value is among these texts."""
    CONTAINS = "contains"
    """The column holds several texts, this one among them."""


class Condition(msgspec.Struct, frozen=True):
    """What holds for every row given; rows without a value in the column are left out."""

    column: str
    test: Test
    value: Value


class Scan(msgspec.Struct, frozen=True):
    """Which rows, along which order, and how many.

    `equal` fixes columns; `start` (inclusive) and `stop` (exclusive) bound the order's first column
    that is not fixed. `after` is the place of the last row seen: its values in the order's columns
    (`Table.order_columns`). `where` is looked at row by row, so it should leave many.
    """

    table: str
    equal: Mapping[str, Value] = msgspec.field(default_factory=dict)
    order: str = BY_KEY
    start: Value = None
    stop: Value = None
    descending: bool = False
    after: Row | None = None
    limit: int = 50
    where: tuple[Condition, ...] = ()

    def bounded_column(self, table: Table) -> str | None:
        """The column that `start` and `stop` are about."""
        free = [name for name in table.order_columns(self.order) if name not in self.equal]
        return free[0] if free else None


class Scanned(msgspec.Struct, frozen=True):
    """Rows, and up to which sequence of the journal the view stood when they were read."""

    rows: list[Row]
    sequence: int
