"""Tables of trailing views, as they are declared: columns, key, how rows are kept, and their orders.

A declaration is all that a store needs: it makes the table, takes in what a projection says, and
reads rows along an order, so that a new view needs no line in any store.
"""

from enum import Enum

import msgspec

from partita.kernel.moment import Moment

Value = str | int | bytes | Moment | tuple[str, ...] | None
"""What stands in a column."""
Row = tuple[Value, ...]
"""The values of a table's columns, in their order."""
BY_KEY = "key"
"""The name of the order that every table has: along its key."""


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    """A whole number of any size, such as an amount in minor units."""
    COUNT = "count"
    """A whole number of at most 64 bits, such as a sequence."""
    MOMENT = "moment"
    TEXTS = "texts"
    """Several texts."""
    BYTES = "bytes"
    """Bytes of a form that the view knows; nothing can be asked of them."""


class Column(msgspec.Struct, frozen=True):
    """One column; unless it is optional it is never None."""

    name: str
    kind: Kind
    optional: bool = False


class Keeping(Enum):
    """What a further row of the same key does."""

    APPENDED = "appended"
    """There is none: a key comes once, and its row stays as it is."""
    REPLACED = "replaced"
    """It takes the place of the earlier one."""
    SUMMED = "summed"
    """It is added up: every column beside the key is a number."""


class Order(msgspec.Struct, frozen=True):
    """An order beside the key's along which rows can be read, both ways: an index.

    Rows that agree in all these columns stand in the order of their keys. Texts stand in the order
    of their code points. No column of an order is optional.
    """

    name: str
    columns: tuple[str, ...]


class Table(msgspec.Struct, frozen=True):
    """A table of a view. Its rows are of one ledger; no column says which."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    keeping: Keeping
    orders: tuple[Order, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    @property
    def sums(self) -> tuple[str, ...]:
        """The columns beside the key."""
        return tuple(name for name in self.names if name not in self.key)

    def order_columns(self, name: str) -> tuple[str, ...]:
        """The columns of an order, and those of the key that are not among them, which end it."""
        if name == BY_KEY:
            return self.key
        (found,) = (order for order in self.orders if order.name == name)
        return (*found.columns, *(column for column in self.key if column not in found.columns))

    def places(self, columns: tuple[str, ...]) -> tuple[int, ...]:
        """Where columns stand in a row."""
        return tuple(self.names.index(column) for column in columns)

    def check(self) -> None:
        """Assert that the declaration is one: a wrong one must never reach a store."""
        names = self.names
        assert len(set(names)) == len(names), f"{self.name}: a column twice"
        assert self.key, f"{self.name}: a table has a key"
        assert names[: len(self.key)] == self.key, f"{self.name}: key columns go first"
        certain = {column.name for column in self.columns if not column.optional}
        for columns in (self.key, *(order.columns for order in self.orders)):
            assert set(columns) <= certain, f"{self.name}: {columns} names none, or one left empty"
        if self.keeping is Keeping.SUMMED:
            numbers = {c.name for c in self.columns if c.kind in (Kind.INTEGER, Kind.COUNT)}
            assert set(self.sums) <= numbers, f"{self.name}: only numbers are added up"


def laid_by_store(name: str) -> Table:
    """A table of an inline view: the stores lay it out by hand, since it commits with the journal."""
    return Table(name, (), (), Keeping.REPLACED)
