"""Movers: what went through each account on each day, in an order that has the busiest first.

A day is the one on which the entries took effect, in UTC. What a longer time had moved most is
found by reading its days from their busiest ends; see `reading/movers.py`.
"""

from collections.abc import Iterable, Iterator

from partita.engine.trailing.changes import Add
from partita.engine.trailing.tables import Column, Keeping, Kind, Order, Table
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel.account import Side
from partita.views.days import day_of
from partita.views.moving import MOVING

MOVER_DAY = "mover_day"
BY_MOVED = "moved"
"""The order along what was moved, within an asset and a day; the key's leads through one account."""

_TABLES = (
    Table(
        MOVER_DAY,
        (
            Column("asset", Kind.TEXT),
            Column("account", Kind.TEXT),
            Column("day", Kind.TEXT),
            Column("entries", Kind.COUNT),
            Column("debits", Kind.INTEGER),
            Column("credits", Kind.INTEGER),
            Column("moved", Kind.INTEGER),
        ),
        key=("asset", "account", "day"),
        keeping=Keeping.SUMMED,
        orders=(Order(BY_MOVED, ("asset", "day", "moved")),),
    ),
)


def project(records: Iterable[Record]) -> Iterator[Add]:
    """What records add to the days of accounts."""
    days: dict[tuple[str, str, str], list[int]] = {}
    for record in records:
        event = record.event
        if type(event) in MOVING:
            day = day_of(event.effective_at)  # type: ignore[union-attr]  # MOVING
            for entry in event.entries:  # type: ignore[union-attr]
                key = entry.asset, entry.account, day
                sums = days.get(key)
                if sums is None:
                    sums = days[key] = [0, 0, 0]
                sums[0] += 1
                sums[1 if entry.direction is Side.DEBIT else 2] += entry.amount
    for key, (entries, debits, credits) in days.items():
        yield Add(MOVER_DAY, key, (entries, debits, credits, debits + credits))


MOVERS = View("movers", Pace.TRAILING, _TABLES, project)
