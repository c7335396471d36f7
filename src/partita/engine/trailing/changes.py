"""What a projection says about rows, and how the changes of a batch come together.

A batch names many keys more than once: a busy account has an entry in every other record. Stores
write each key once, with what became of it in the whole batch.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from partita.engine.trailing.tables import Keeping, Row, Table


class Put(NamedTuple):
    """A row as it is from now on."""

    table: str
    row: Row


class Add(NamedTuple):
    """Numbers that are added to the row of a key, column by column beside the key."""

    table: str
    key: Row
    amounts: tuple[int, ...]


class Remove(NamedTuple):
    """The row of this key is gone, if there was one."""

    table: str
    key: Row


Change = Put | Add | Remove


class Folded(NamedTuple):
    """What a batch does to a table: whole rows (for SUMMED: what is added), and keys that go."""

    rows: dict[Row, Row]
    gone: set[Row]


def folded(tables: Iterable[Table], changes: Iterable[Change]) -> Mapping[str, Folded]:
    """The changes of a batch by table, each key once; tables that nothing happens to are left out.

    >>> from partita.engine.trailing.tables import Column, Kind
    >>> number = Column("number", Kind.COUNT), Column("total", Kind.INTEGER)
    >>> table = Table("sums", number, ("number",), Keeping.SUMMED)
    >>> folded([table], [Add("sums", (7,), (2,)), Add("sums", (7,), (3,))])["sums"].rows
    {(7,): (7, 5)}
    """
    known = {table.name: table for table in tables}
    found: dict[str, Folded] = {}
    for change in changes:
        table = known[change.table]
        into = found.get(change.table)
        if into is None:
            into = found[change.table] = Folded({}, set())
        if isinstance(change, Add):
            _add(table, into, change)
        elif isinstance(change, Put):
            _put(table, into, change)
        else:
            _remove(table, into, change)
    return found


def _put(table: Table, into: Folded, change: Put) -> None:
    key = change.row[: len(table.key)]
    assert len(change.row) == len(table.columns), f"{table.name}: a row has all columns"
    assert table.keeping is not Keeping.SUMMED, f"{table.name}: sums are added to, not put"
    assert table.keeping is not Keeping.APPENDED or key not in into.rows, f"{key} comes once"
    into.gone.discard(key)
    into.rows[key] = change.row


def _add(table: Table, into: Folded, change: Add) -> None:
    assert table.keeping is Keeping.SUMMED, f"{table.name}: only sums are added to"
    held = into.rows.get(change.key)
    amounts = change.amounts
    if held is not None:
        before = held[len(table.key) :]
        amounts = tuple(a + b for a, b in zip(before, amounts, strict=True))  # type: ignore[operator]  # checked: numbers
    into.rows[change.key] = (*change.key, *amounts)


def _remove(table: Table, into: Folded, change: Remove) -> None:
    assert table.keeping is Keeping.REPLACED, f"{table.name}: rows stay"
    into.rows.pop(change.key, None)
    into.gone.add(change.key)
