"""What every view is: a name, a pace, its tables, and a pure function from records to rows."""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Generic, TypeVar

import msgspec

from partita.engine.trailing.changes import Change
from partita.engine.trailing.scanning import Scan
from partita.engine.trailing.tables import Row, Table
from partita.journal.record import Record

Out = TypeVar("Out")


class Pace(Enum):
    """When a view's rows are written."""

    INLINE = "inline"
    """In the commit of the records that they come from; never behind."""
    TRAILING = "trailing"
    """Afterwards, by a cursor of its own."""


class View(msgspec.Struct, Generic[Out], frozen=True):
    """A read model. `project` gives what records add or change, in their order; it is pure.

    A trailing view's `project` gives changes of rows (`engine.trailing.changes`) and looks at
    nothing but the records at hand, however they are cut into batches. `version` goes up with
    every change of tables or projection: what is stored is then projected anew beside the old.

    `tend`, where there is one, looks at a generation's own rows after each batch and says what to
    change in them, step by step until it says nothing, all in the transaction of the batch. So what
    came in a form that is quick to write gets one that is quick to read.
    """

    name: str
    pace: Pace
    tables: tuple[Table, ...]
    project: Callable[[Iterable[Record]], Iterator[Out]]
    version: int = 1
    tend: Callable[[Callable[[Scan], list[Row]]], list[Change]] | None = None

    def table(self, name: str) -> Table:
        """One of its tables."""
        (found,) = (table for table in self.tables if table.name == name)
        return found
