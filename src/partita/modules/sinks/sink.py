"""A sink: where all events of a ledger go, in which form, and what may be done with it."""

from enum import Enum

import msgspec

from partita.journal.encoding import encode_value, value_decoder

KIND, PREFIX = "event_sink", "snk_"


class SinkStatus(Enum):
    """Whether events go there."""

    RUNNING = "running"
    PAUSED = "paused"
    ARCHIVED = "archived"


class SinkVerb(Enum):
    """What can be done with a sink."""

    UPDATE = "update"
    PAUSE = "pause"
    RESUME = "resume"
    RESET = "reset"
    ARCHIVE = "archive"


TRANSITIONS: dict[tuple[SinkStatus, SinkVerb], SinkStatus] = {
    (SinkStatus.RUNNING, SinkVerb.UPDATE): SinkStatus.RUNNING,
    (SinkStatus.RUNNING, SinkVerb.PAUSE): SinkStatus.PAUSED,
    (SinkStatus.RUNNING, SinkVerb.RESET): SinkStatus.RUNNING,
    (SinkStatus.RUNNING, SinkVerb.ARCHIVE): SinkStatus.ARCHIVED,
    (SinkStatus.PAUSED, SinkVerb.UPDATE): SinkStatus.PAUSED,
    (SinkStatus.PAUSED, SinkVerb.RESUME): SinkStatus.RUNNING,
    (SinkStatus.PAUSED, SinkVerb.RESET): SinkStatus.PAUSED,
    (SinkStatus.PAUSED, SinkVerb.ARCHIVE): SinkStatus.ARCHIVED,
}
"""What leads where; what is not here is refused."""

FACTS = {
    SinkVerb.UPDATE: "event_sink.updated",
    SinkVerb.PAUSE: "event_sink.paused",
    SinkVerb.RESUME: "event_sink.resumed",
    SinkVerb.RESET: "event_sink.reset",
    SinkVerb.ARCHIVE: "event_sink.archived",
}
"""The type of the record that each verb becomes."""
CREATED = "event_sink.created"


class SinkType(Enum):
    """What takes the events."""

    NATS = "nats"
    """A NATS server with JetStream."""
    KAFKA = "kafka"
    FILE = "file"
    """Lines of JSON, in a file of the installation's folder."""


class PartitionBy(Enum):
    """What is in order at the receiving end, and what may be taken in side by side."""

    LEDGER = "ledger"
    """Everything of a ledger is in order: one key for all."""
    ACCOUNT = "account"
    """Everything of an account is in order: an event comes once for each account that it touches."""


class Sink(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sink as it is now. `types` are patterns (`payment.*`); none means every event.

    `where` is the broker's address, or the file's name. `channel` is the topic of Kafka, the stream
    of JetStream; None is a usual one. Events count from the one behind sequence `after`; every reset
    begins another `epoch`, with a cursor of its own.
    """

    name: str
    type: SinkType
    where: str
    channel: str | None = None
    types: tuple[str, ...] = ()
    partition_by: PartitionBy = PartitionBy.LEDGER
    description: str | None = None
    after: int = 0
    epoch: int = 1


def consumer_of(identifier: str, sink: Sink) -> str:
    """The name under which a sink's cursor is kept."""
    return f"{identifier}:{sink.epoch}"


def allowed_verbs(status: SinkStatus) -> tuple[SinkVerb, ...]:
    """What may be done with a sink in this status."""
    return tuple(verb for verb in SinkVerb if (status, verb) in TRANSITIONS)


sink_body = encode_value
"""The text that the ledger keeps of a sink."""
read_sink = value_decoder(Sink)
"""The sink that such a text says."""
