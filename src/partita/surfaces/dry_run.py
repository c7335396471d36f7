"""Dry runs: what would have been answered, without the names that only a real record gives.

A wish that is tried out is decided like any other, so the answer is made like any other. But its
ids, sequences and leaves lead nowhere: whoever kept one would look for it in vain. So they are left
out of what is shown, whatever it is.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from partita.engine.outcome import Accepted, BulkDone, Outcome
from partita.journal.record import Record
from partita.kernel.events import AccountChanged, MatterChanged, resource_in

_SEQUENCES = {"sequence", "posted_sequence"}


class _Invented(msgspec.Struct, frozen=True):
    """The names that a dry run made up: ids and leaves, and sequences."""

    names: frozenset[str]
    sequences: frozenset[str]


def records_of(outcome: Outcome) -> list[Record]:
    """The records that an outcome is about."""
    results = outcome.results if isinstance(outcome, BulkDone) else (outcome,)
    return [result.record for result in results if isinstance(result, Accepted)]


def without_names(value: Any, records: Iterable[Record]) -> Any:
    """A value of plain JSON without the ids, sequences and leaves of records that are not written."""
    kept = list(records)
    invented = _Invented(
        frozenset(name for record in kept for name in _names(record)),
        frozenset(str(record.sequence) for record in kept),
    )
    return _without(value, invented)


def _names(record: Record) -> Iterable[str]:
    event, resource = record.event, resource_in(record.event)
    if not isinstance(event, AccountChanged):  # which is called by the id of its account
        yield event.id
    if isinstance(event, MatterChanged):
        yield from event.parts  # what was made with it is in the same answer
    if resource is not None and resource.number == record.sequence:
        yield resource.id
    if record.leaf:
        yield record.leaf.hex()


def _without(value: Any, invented: _Invented) -> Any:
    if isinstance(value, list):
        kept = (each for each in value if not _is_invented("", each, invented))
        return [_without(each, invented) for each in kept]
    if not isinstance(value, dict):
        return value
    return {
        # Metadata is the caller's own, whatever it is called.
        name: inner if name == "metadata" else _without(inner, invented)
        for name, inner in value.items()
        if not _is_invented(name, inner, invented)
    }


def _is_invented(name: str, value: Any, invented: _Invented) -> bool:
    if not isinstance(value, str):
        return False
    return value in (invented.sequences if name in _SEQUENCES else invented.names)
