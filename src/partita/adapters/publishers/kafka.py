"""Kafka: events as messages of a topic, by an idempotent producer.

librdkafka numbers what it sends, so that a broker keeps a message once and in order however often the
network has it repeated (KIP-98). After a failure the producer is thrown away with all it had not
delivered, and the next begins behind the cursor: then a message may come twice, with the same id in
its header `ce_id`. Messages are CloudEvents in structured mode, as the Kafka protocol binding has it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from partita.engine.feed import FeedEvent
from partita.modules.sinks.contract import BrokerUnavailable, Published
from partita.modules.sinks.sink import PartitionBy

_CONTENT_TYPE = ("content-type", b"application/cloudevents+json; charset=UTF-8")
_DELIVERY_SECONDS, _CLOSE_SECONDS = 15.0, 5.0
_REFUSALS = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG_SIZE, KafkaError.INVALID_RECORD)
_SETTINGS: Mapping[str, object] = {
    "linger.ms": 5,
    "compression.type": "lz4",
    "message.timeout.ms": int(_DELIVERY_SECONDS * 1000),
    "client.id": "partita",
}


_ORDER: Mapping[str, object] = {"enable.idempotence": True, "enable.gapless.guarantee": True}
"""What order and safety rest on, which no options change. With it all replicas acknowledge."""


class _Entry(msgspec.Struct):
    account: str


class _Data(msgspec.Struct):
    entries: list[_Entry] = []


class _Event(msgspec.Struct):
    data: _Data


_event = msgspec.json.Decoder(_Event).decode


class Topic(NamedTuple):
    """Where messages go: brokers, the topic, whose events these are, and what is in order there."""

    servers: str
    name: str
    ledger: str
    partition_by: PartitionBy = PartitionBy.LEDGER
    options: Mapping[str, object] = {}

    @property
    def dead_name(self) -> str:
        """The topic of events that were refused."""
        return f"{self.name}.dead_letter"

    def keys(self, event: FeedEvent) -> Sequence[str]:
        """The keys of an event's messages: a partition has all of a key, in order."""
        if self.partition_by is PartitionBy.LEDGER:
            return (self.ledger,)
        accounts = dict.fromkeys(entry.account for entry in _event(event.cloud_event).data.entries)
        return tuple(accounts) or (event.subject,)


class Kafka:
    """A topic of a Kafka cluster; a `Broker`."""

    def __init__(self, topic: Topic) -> None:
        """Connect with the first event."""
        self._topic = topic
        self._producer: Producer | None = None

    def publish(self, events: Sequence[FeedEvent]) -> Published:
        """Send events and wait for the cluster's word on each."""
        fates = [_Fate() for _ in events]
        handed, refused = 0, None
        for event, fate in zip(events, fates, strict=True):
            refused = self._produce(event, fate)
            if refused is not None:
                break
            handed += 1
        self._flush()
        for safe, fate in enumerate(fates[:handed]):
            if fate.error is not None or fate.missing:
                return Published(safe, self._judged(fate.error))
        return Published(handed, refused)

    def bury(self, event: FeedEvent, error: str) -> None:
        """Put the name of an event that was refused into the topic of dead letters."""
        letter = {"id": event.id, "sequence": str(event.sequence), "type": event.type}
        body = msgspec.json.encode({**letter, "error": error[:500]})
        self._connected().produce(self._topic.dead_name, body, self._topic.ledger)
        self._flush()

    def close(self) -> None:
        """Drop the producer, and what it has not delivered."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
            producer.flush(_CLOSE_SECONDS)

    def _connected(self) -> Producer:
        if self._producer is None:
            servers = {"bootstrap.servers": self._topic.servers}
            self._producer = Producer({
                **_SETTINGS, **self._topic.options, **servers, **_ORDER,
            })  # fmt: skip
        return self._producer

    def _produce(self, event: FeedEvent, fate: "_Fate") -> str | None:
        """Hand an event to the producer; why it does not take it."""
        producer = self._connected()
        headers: list[tuple[str, str | bytes | None]] = [_CONTENT_TYPE, ("ce_id", event.id)]
        for key in self._topic.keys(event):
            fate.missing += 1
            try:
                self._queued(producer, event.cloud_event, key, headers, fate)
            except KafkaException as error:
                return self._judged(error.args[0])
        return None

    def _queued(
        self, producer: Producer, body: bytes, key: str, headers: list[tuple[str, str | bytes | None]],
        fate: "_Fate",
    ) -> None:  # fmt: skip
        while True:
            try:
                producer.produce(
                    self._topic.name, body, key, headers=headers, on_delivery=fate.heard
                )
            except BufferError:  # its queue is full: let some go first
                producer.poll(0.1)
                continue
            producer.poll(0)
            return

    def _flush(self) -> None:
        if self._connected().flush(_DELIVERY_SECONDS + _CLOSE_SECONDS) > 0:
            raise self._away("it does not answer")

    def _judged(self, error: KafkaError | None) -> str:
        """Why an event was refused; everything else is a matter of the cluster's being away."""
        if error is not None and error.code() in _REFUSALS:
            return str(error.str())
        raise self._away("no answer" if error is None else str(error.str()))

    def _away(self, why: str) -> BrokerUnavailable:
        self.close()
        return BrokerUnavailable(
            f"the topic {self._topic.name!r} at {self._topic.servers} takes nothing now: {why}"
        )


class _Fate:
    """What became of the messages of one event."""

    __slots__ = ("error", "missing")

    def __init__(self) -> None:
        self.missing = 0
        self.error: KafkaError | None = None

    def heard(self, error: KafkaError | None, _message: Message) -> None:
        """The cluster's word on one of them."""
        self.missing -= 1
        self.error = self.error or error
