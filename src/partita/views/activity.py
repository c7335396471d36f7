"""Activity: of each account how it began, how often it moved and how much, and when it last did.

An entry knows its place in its account's register and all that ever went through it, so an account's
last entry says everything but how it began. An account that nothing ever went through has a row too,
as of its opening: it is the most dormant of all. What it did on which day is in `volumes.py`.
"""

from collections.abc import Iterable, Iterator

from partita.engine.trailing.changes import Put
from partita.engine.trailing.tables import Column, Keeping, Kind, Order, Table
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel.account import Account
from partita.kernel.events import AccountOpened
from partita.kernel.moment import Moment
from partita.kernel.posting import Entry
from partita.views.moving import WITH_ENTRIES

ACCOUNT_ACTIVITY, FIRST_ENTRY = "account_activity", "first_entry"
BY_LAST = "last"
"""The order along the moment of the last entry: the longest dormant first."""

_TABLES = (
    Table(
        ACCOUNT_ACTIVITY,
        (
            Column("account", Kind.TEXT),
            Column("asset", Kind.TEXT),
            Column("entries", Kind.COUNT),
            Column("debits", Kind.INTEGER),
            Column("credits", Kind.INTEGER),
            Column("last_sequence", Kind.COUNT),
            Column("last_recorded_at", Kind.MOMENT),
            Column("last_effective_at", Kind.MOMENT),
        ),
        key=("account",),
        keeping=Keeping.REPLACED,
        orders=(Order(BY_LAST, ("last_recorded_at",)),),
    ),
    Table(
        FIRST_ENTRY,
        (
            Column("account", Kind.TEXT),
            Column("sequence", Kind.COUNT),
            Column("recorded_at", Kind.MOMENT),
            Column("effective_at", Kind.MOMENT),
        ),
        key=("account",),
        keeping=Keeping.APPENDED,
    ),
)


def project(records: Iterable[Record]) -> Iterator[Put]:
    """The first entries in some records, and the last ones of each account."""
    last: dict[str, tuple[Record, Entry | Account]] = {}
    for record in records:
        event = record.event
        if type(event) in WITH_ENTRIES:
            for entry in event.entries:  # type: ignore[union-attr]  # WITH_ENTRIES
                last[entry.account] = record, entry
                if entry.version == 1:
                    times = record.recorded_at, event.effective_at  # type: ignore[union-attr]
                    yield Put(FIRST_ENTRY, (entry.account, record.sequence, *times))
        elif type(event) is AccountOpened:
            last[event.account.path] = record, event.account
    for record, place in last.values():
        yield Put(ACCOUNT_ACTIVITY, _row(record, place))


def _row(record: Record, place: Entry | Account) -> tuple[str | int | Moment, ...]:
    recorded_at = record.recorded_at
    if isinstance(place, Account):
        return place.path, place.asset, 0, 0, 0, record.sequence, recorded_at, recorded_at
    after = place.after
    return (
        place.account, place.asset, place.version, after.posted_debits, after.posted_credits,
        record.sequence, recorded_at, record.event.effective_at,  # type: ignore[union-attr]
    )  # fmt: skip


ACTIVITY = View("activity", Pace.TRAILING, _TABLES, project)
