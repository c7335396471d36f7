"""What happened to a matter on the wire: the same for wallets, customers, quotes and the like."""

from typing import Literal

import msgspec

from partita.journal.encoding import type_name
from partita.journal.record import Record
from partita.kernel.events import MatterChanged
from partita.surfaces.http.shapes.fields import ListShape, Timestamp


class MatterStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: which, when, by whom, why, and the facts that were made with it.

    `parts` are the ids of transactions, holds and the like; `facts` are figures of this step.
    """

    object: Literal["event"] = "event"
    type: str
    status: str
    sequence: str
    recorded_at: Timestamp
    actor: str | None
    request_id: str | None
    reason: str | None
    facts: dict[str, str]
    parts: tuple[str, ...]


class MatterTimeline(ListShape, frozen=True, kw_only=True):
    """A page of what happened, oldest first."""

    data: list[MatterStep]


def step(record: Record) -> MatterStep:
    """The step of a matter's life that a record is."""
    event, cause = record.event, record.cause
    assert isinstance(event, MatterChanged), "what happens to a matter changes it"
    return MatterStep(
        type=type_name(event),
        status=event.matter.status,
        sequence=str(record.sequence),
        recorded_at=record.recorded_at.text(),
        actor=cause.actor,
        request_id=cause.request_id,
        reason=event.reason,
        facts=event.facts,
        parts=event.parts,
    )
