"""Finding payments: lists by status, wallet and time, and what happened to one, step by step."""

from collections.abc import Iterable, Sequence
from heapq import merge
from typing import NamedTuple

from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo, Reader
from partita.journal.record import Record
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.payments.lifecycle import PaymentType, Status
from partita.modules.payments.lifecycles import LIFECYCLES


class Wanted(NamedTuple):
    """Which payments of one type to list; None is any.

    `status` is a state, or a common status; `about` the wallet whose payment it is, or the payment
    that a refund or dispute is about.
    """

    type: PaymentType
    status: str | None = None
    about: str | None = None
    external_id: str | None = None
    created_from: Moment | None = None
    created_to: Moment | None = None


def find(
    reader: Reader, ledger: LedgerInfo, which: Wanted, before: int | None, limit: int
) -> list[Matter]:
    """Payments, newest first, that were made by records below `before`."""
    if which.external_id is not None:
        return _by_external_id(reader, ledger, which, before)
    if which.created_to is not None:
        end = reader.sequence_at(ledger, Moment(which.created_to - 1)) + 1
        before = end if before is None else min(before, end)
    after = 0
    if which.created_from is not None:
        after = reader.sequence_at(ledger, Moment(which.created_from - 1))
    lists = [
        _matters(reader.resources(ledger, _filter(which, state), before, limit))
        for state in _states(which)
    ]
    found = merge(*lists, key=lambda matter: -matter.number)
    return [matter for matter in found if matter.number > after][:limit]


def _filter(which: Wanted, state: str | None) -> ResourceFilter:
    return ResourceFilter(which.type.value, state=state, about=which.about)


def _states(which: Wanted) -> Sequence[str | None]:
    """The words under which payments of a status are kept: the states that are that status."""
    if which.status is None:
        return (None,)
    states = LIFECYCLES[which.type].states.items()
    of_status = [state.value for state, status in states if status.value == which.status]
    return tuple(dict.fromkeys([*of_status, which.status]))


def _matters(found: Iterable[object]) -> list[Matter]:
    return [each for each in found if isinstance(each, Matter)]


def _by_external_id(
    reader: Reader, ledger: LedgerInfo, which: Wanted, before: int | None
) -> list[Matter]:
    assert which.external_id is not None, "somebody asked for one"
    record = reader.record_by_external_id(ledger, which.external_id)
    if record is None or not isinstance(record.event, MatterChanged):
        return []
    matter = reader.resource(ledger, which.type.value, record.event.matter.id)
    if not isinstance(matter, Matter) or (before is not None and matter.number >= before):
        return []
    is_meant = (
        which.status is None or matter.status in _states(which),
        which.about in (None, matter.about),
        which.created_from is None or record.recorded_at >= which.created_from,
        which.created_to is None or record.recorded_at < which.created_to,
    )
    return [matter] if all(is_meant) else []


class Step(NamedTuple):
    """One step of a payment's life: the record of it, and the transactions made with it."""

    record: Record
    matter: Matter
    transactions: tuple[Record, ...]


def timeline(
    reader: Reader, ledger: LedgerInfo, identifier: str, after: int, limit: int
) -> list[Step]:
    """What happened to a payment, oldest first, by records above `after`."""
    records = reader.records_about(ledger, identifier, after, limit)
    return [_step(reader, ledger, record) for record in records]


def _step(reader: Reader, ledger: LedgerInfo, record: Record) -> Step:
    event = record.event
    assert isinstance(event, MatterChanged), "what happens to a payment changes its matter"
    made = (reader.record_by_id(ledger, part) for part in event.parts if part.startswith("txn_"))
    return Step(record, event.matter, tuple(each for each in made if each is not None))


def is_status(text: str, type_: PaymentType) -> bool:
    """Whether payments of a type can be asked for by this word."""
    return text in {s.value for s in Status} | {s.value for s in LIFECYCLES[type_].states}
