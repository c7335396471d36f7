"""What every view is: a name, its tables, and a pure function from records to rows."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

from partita.journal.record import Record

Row = TypeVar("Row")


class View(msgspec.Struct, Generic[Row], frozen=True):
    """A read model. `project` gives the rows that records add or change, in their order."""

    name: str
    table: str
    project: Callable[[Iterable[Record]], Iterator[Row]]
