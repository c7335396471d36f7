"""Sinks on the wire: where events go, how far they have got, and what was set aside."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.engine.consumer_ports import Parked
from partita.kernel.matters import Matter
from partita.modules.sinks.office import SinkOffice
from partita.modules.sinks.sink import (
    PartitionBy,
    SinkStatus,
    SinkType,
    allowed_verbs,
    read_sink,
)
from partita.surfaces.http.shapes.fields import (
    ListShape,
    QueryShape,
    Reason,
    RequestShape,
    Timestamp,
)

Name = Annotated[str, Meta(min_length=1, max_length=100, examples=["warehouse"])]
Where = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="`nats://HOST:PORT`, `HOST:PORT,HOST:PORT` of Kafka, or the name of a file. It"
        " stands in the journal: put no password in it.",
        examples=["nats://nats.internal:4222"],
    ),
]
Channel = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="The stream of JetStream (else `partita`), the topic of Kafka (else"
        " `partita.LEDGER`).",
    ),
]
Types = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=120)], ...],
    Meta(max_length=100, description="`payment.settled`, `payment.*`; none means every event."),
]
Description = Annotated[str, Meta(max_length=500)]
Sequence = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,17})$(?!\n)")]


class EventSinkRequest(RequestShape, frozen=True, kw_only=True):
    """Where events are to go. They count from behind sequence `after`, so from the first on."""

    name: Name
    type: SinkType
    where: Where
    channel: Channel | None = None
    types: Types = ()
    partition_by: PartitionBy = PartitionBy.LEDGER
    description: Description | None = None
    after: Sequence = "0"


class EventSinkChange(RequestShape, frozen=True, kw_only=True):
    """What is given is changed; an empty description goes away."""

    name: Name | None = None
    where: Where | None = None
    types: Types | None = None
    description: Description | None = None


class SinkReasonRequest(RequestShape, frozen=True, kw_only=True):
    """Why; the whole body may be left out."""

    reason: Reason | None = None


class ResetSinkRequest(RequestShape, frozen=True, kw_only=True):
    """Behind which sequence it goes on, and why."""

    after: Sequence = "0"
    reason: Reason | None = None


class EventSink(msgspec.Struct, frozen=True, kw_only=True):
    """A sink as it is now, and how far its broker has got."""

    id: str
    object: Literal["event_sink"] = "event_sink"
    status: SinkStatus
    version: int
    name: str
    type: SinkType
    where: str
    channel: str | None
    types: tuple[str, ...]
    partition_by: PartitionBy
    description: str | None
    after: str
    cursor: Annotated[str, Meta(description="Everything up to this sequence is with the broker.")]
    lag: Annotated[str, Meta(description="Records of the journal behind the cursor.")]
    parked: Annotated[str, Meta(description="Events that the broker would not take.")]
    sequence: str
    allowed_actions: list[str]


class EventSinkList(ListShape, frozen=True, kw_only=True):
    """A page of sinks, newest first."""

    data: list[EventSink]


class EventSinkQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    status: SinkStatus | None = None
    limit: str | None = None
    cursor: str | None = None


class ParkedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was set aside so that others flow."""

    object: Literal["parked_event"] = "parked_event"
    sequence: str
    event_id: str
    type: str
    tries: int
    error: str
    parked_at: Timestamp


class ParkedEventList(ListShape, frozen=True, kw_only=True):
    """A page of parked events, in the order of the journal."""

    data: list[ParkedEvent]


class ParkedEventQuery(QueryShape, frozen=True, kw_only=True):
    """Which page."""

    limit: str | None = None
    cursor: str | None = None


class ParkedOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a parked event: whether it is off the list, and if not why."""

    object: Literal["parked_event_outcome"] = "parked_event_outcome"
    sequence: str
    is_parked: bool
    error: str | None


def event_sink(office: SinkOffice, matter: Matter) -> EventSink:
    """The sink that a matter keeps."""
    kept, status = read_sink(matter.body), SinkStatus(matter.status)
    progress = office.progress(matter)
    return EventSink(
        id=matter.id,
        status=status,
        version=matter.version,
        name=kept.name,
        type=kept.type,
        where=kept.where,
        channel=kept.channel,
        types=kept.types,
        partition_by=kept.partition_by,
        description=kept.description,
        after=str(kept.after),
        cursor=str(progress.cursor),
        lag=str(progress.lag),
        parked=str(progress.parked),
        sequence=str(matter.number),
        allowed_actions=[verb.value for verb in allowed_verbs(status)],
    )


def parked_event(event: Parked) -> ParkedEvent:
    """An event on the list of those set aside."""
    return ParkedEvent(
        sequence=str(event.sequence),
        event_id=event.event_id,
        type=event.type,
        tries=event.tries,
        error=event.error,
        parked_at=event.parked_at.text(),
    )
