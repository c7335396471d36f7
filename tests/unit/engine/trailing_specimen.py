"""A small trailing view for tests: how often each account was opened, posted to, and how much."""

from collections.abc import Iterable, Iterator

from partita.engine.trailing.changes import Add, Change
from partita.engine.trailing.tables import Column, Keeping, Kind, Table
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel.events import entries_in

MOVED = Table(
    "moved",
    (Column("account", Kind.TEXT), Column("count", Kind.COUNT), Column("volume", Kind.INTEGER)),
    ("account",),
    Keeping.SUMMED,
)


def project(records: Iterable[Record]) -> Iterator[Change]:
    for record in records:
        for entry in entries_in(record.event):
            yield Add("moved", (entry.account,), (1, entry.amount))


SPECIMEN = View("specimen", Pace.TRAILING, (MOVED,), project)
