"""Timelines on the wire: what happened to a hold or a transaction, step by step."""

from typing import Any, Literal

import msgspec

from partita.journal.encoding import type_name
from partita.journal.record import Record
from partita.kernel.events import TRANSACTION_EVENTS
from partita.surfaces.http.shapes.fields import ListShape, Timestamp
from partita.surfaces.http.shapes.holds import Hold
from partita.surfaces.http.shapes.transactions import Transaction


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: which, when, by whom, why.

    `transaction_id` is the transaction that it made: a capture, or a reversal. `actor` is the API
    key; null is the ledger itself, when a hold expires.
    """

    object: Literal["event"] = "event"
    type: str
    sequence: str
    recorded_at: Timestamp
    actor: str | None
    request_id: str | None
    reason: str | None
    transaction_id: str | None


class HoldStep(Step, frozen=True, kw_only=True):
    """One thing that happened to a hold, and the hold as it was afterwards."""

    hold: Hold


class HoldTimeline(ListShape, frozen=True, kw_only=True):
    """A page of what happened to a hold, oldest first."""

    data: list[HoldStep]


class TransactionStep(Step, frozen=True, kw_only=True):
    """One thing that happened to a transaction, and the transaction as it was afterwards."""

    transaction: Transaction


class TransactionTimeline(ListShape, frozen=True, kw_only=True):
    """A page of what happened to a transaction, oldest first."""

    data: list[TransactionStep]


def hold_step(record: Record, after: Hold) -> HoldStep:
    """The step of a hold's life that a record is."""
    return HoldStep(hold=after, **_told(record))


def transaction_step(record: Record, after: Transaction) -> TransactionStep:
    """The step of a transaction's life that a record is."""
    return TransactionStep(transaction=after, **_told(record))


def _told(record: Record) -> dict[str, Any]:
    event, cause = record.event, record.cause
    return {
        "type": type_name(event),
        "sequence": str(record.sequence),
        "recorded_at": record.recorded_at.text(),
        "actor": cause.actor,
        "request_id": cause.request_id,
        "reason": getattr(event, "reason", None),
        "transaction_id": event.id if isinstance(event, TRANSACTION_EVENTS) else None,
    }
