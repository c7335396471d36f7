"""What views should say, worked out the slow way: one pass over all entries for each question."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from partita.journal.record import Record
from partita.kernel.account import Side
from partita.kernel.events import entries_in
from partita.kernel.holds import Hold
from partita.kernel.moment import Moment
from partita.kernel.posting import Entry


class Fact(NamedTuple):
    """An entry with what stands around it."""

    record: Record
    entry: Entry
    effective_day: str
    recorded_day: str
    type: str | None


def day_of(moment: Moment) -> str:
    return datetime.fromtimestamp(moment // 1_000_000, UTC).strftime("%Y-%m-%d").rjust(10, "0")


def facts(records: list[Record]) -> Iterator[Fact]:
    """All entries of a journal."""
    for record in records:
        event = record.event
        for entry in entries_in(event):
            source = event if hasattr(event, "type") else getattr(event, "transaction", event)
            days = day_of(event.effective_at), day_of(record.recorded_at)
            yield Fact(record, entry, *days, getattr(source, "type", None))


def volumes(
    records: list[Record], *, is_recorded: bool, fees: set[str]
) -> dict[tuple[str, str, str | None], tuple[int, int, int]]:
    """By day, asset and type: how many transactions moved the asset, how much, what of it fees."""
    seen: dict[tuple[str, str, str | None], set[int]] = defaultdict(set)
    sums: dict[tuple[str, str, str | None], list[int]] = defaultdict(lambda: [0, 0])
    for record, entry, effective, recorded, type_ in facts(records):
        if entry.amount:
            name = (recorded if is_recorded else effective), entry.asset, type_
            seen[name].add(record.sequence)
            sums[name][0] += entry.amount if entry.direction is Side.DEBIT else 0
            if entry.account in fees:
                sign = -1 if entry.direction is Side.DEBIT else 1
                sums[name][1] += sign * entry.amount
    return {name: (len(seen[name]), *sums[name]) for name in seen}


def moved(records: list[Record], asset: str, first: str, last: str) -> dict[str, list[int]]:
    """By account: entries, debits, credits of effective days."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for _record, entry, effective, _recorded, _type in facts(records):
        if entry.amount and entry.asset == asset and first <= effective <= last:
            found[entry.account][0] += 1
            found[entry.account][1 if entry.direction is Side.DEBIT else 2] += entry.amount
    return found


def net(records: list[Record]) -> dict[str, int]:
    """Credits less debits of every account that ever moved."""
    found: dict[str, int] = defaultdict(int)
    for _record, entry, *_rest in facts(records):
        sign = 1 if entry.direction is Side.CREDIT else -1
        found[entry.account] += sign * entry.amount
    return found


def open_holds(records: list[Record]) -> dict[str, Hold]:
    """The holds that are open after all."""
    found: dict[str, Hold] = {}
    for record in records:
        hold = getattr(record.event, "hold", None)
        if hold is not None:
            found[hold.id] = hold
    open_words = ("placed", "partially_captured")
    return {name: hold for name, hold in found.items() if hold.status.value in open_words}
