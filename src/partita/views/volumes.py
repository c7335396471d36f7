"""Daily volumes: how much was moved, day by day, by asset and by type of transaction; and fees.

A row knows both days of what it counts, the one on which it took effect and the one on which it was
recorded, so that either can be asked for. `account_day` has the same by account, which says what an
account did on a day, and what went to those that the chart keeps for fees: which ones these are is
the chart's matter when it is asked, so a chart that changes needs nothing projected anew.
"""

from collections.abc import Iterable, Iterator

from partita.engine.trailing.changes import Add
from partita.engine.trailing.tables import Column, Keeping, Kind, Order, Table
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel.account import Side
from partita.views.days import day_of
from partita.views.moving import MOVING, type_of

VOLUME_DAY, ACCOUNT_DAY = "volume_day", "account_day"
BY_RECORDED = "recorded"
"""The order along the day on which things were recorded; the key is along the other."""

_TABLES = (
    Table(
        VOLUME_DAY,
        (
            Column("effective_day", Kind.TEXT),
            Column("asset", Kind.TEXT),
            Column("type", Kind.TEXT),
            Column("recorded_day", Kind.TEXT),
            Column("transactions", Kind.COUNT),
            Column("volume", Kind.INTEGER),
        ),
        key=("effective_day", "asset", "type", "recorded_day"),
        keeping=Keeping.SUMMED,
        orders=(Order(BY_RECORDED, ("recorded_day", "asset", "type")),),
    ),
    Table(
        ACCOUNT_DAY,
        (
            Column("account", Kind.TEXT),
            Column("effective_day", Kind.TEXT),
            Column("type", Kind.TEXT),
            Column("recorded_day", Kind.TEXT),
            Column("entries", Kind.COUNT),
            Column("debits", Kind.INTEGER),
            Column("credits", Kind.INTEGER),
        ),
        key=("account", "effective_day", "type", "recorded_day"),
        keeping=Keeping.SUMMED,
        orders=(Order(BY_RECORDED, ("account", "recorded_day", "type")),),
    ),
)
_Days = dict[tuple[str, str, str, str], list[int]]


def project(records: Iterable[Record]) -> Iterator[Add]:
    """What records add to the days' sums; a batch's own sums, since most share a few rows."""
    volumes: _Days = {}
    accounts: _Days = {}
    for record in records:
        event = record.event
        if type(event) in MOVING:
            effective, recorded = day_of(event.effective_at), day_of(record.recorded_at)  # type: ignore[union-attr]  # MOVING
            type_ = type_of(event)
            moved: dict[str, int] = {}
            for entry in event.entries:  # type: ignore[union-attr]
                amount = entry.amount
                key = entry.account, effective, type_, recorded
                sums = accounts.get(key)
                if sums is None:
                    sums = accounts[key] = [0, 0, 0]
                sums[0] += 1
                if entry.direction is Side.DEBIT:
                    sums[1] += amount
                    moved[entry.asset] = moved.get(entry.asset, 0) + amount
                else:
                    sums[2] += amount
            for asset, volume in moved.items():
                sums = volumes.setdefault((effective, asset, type_, recorded), [0, 0])
                sums[0] += 1
                sums[1] += volume
    yield from (Add(VOLUME_DAY, key, tuple(sums)) for key, sums in volumes.items())
    yield from (Add(ACCOUNT_DAY, key, tuple(sums)) for key, sums in accounts.items())


VOLUMES = View("volumes", Pace.TRAILING, _TABLES, project)
