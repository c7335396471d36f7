"""Brokers under test: each with the way to read back what it holds, in its own order."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nats
from confluent_kafka import Consumer, TopicPartition

from partita.adapters.publishers.kafka import Kafka, Topic
from partita.adapters.publishers.lines import LinesFile
from partita.adapters.publishers.nats_jetstream import JetStream, Target
from partita.engine.feed import FeedEvent
from partita.modules.sinks.contract import Broker

Held = list[dict[str, object]]


class Case(NamedTuple):
    """A broker, and what reads back the events that it holds."""

    broker: Broker
    held: Callable[[], Held]


def event(sequence: int, *, padding: int = 0) -> FeedEvent:
    identifier = f"evt_{sequence:026}"
    body = {
        "id": identifier, "sequence": f"{sequence:020}", "pad": "x" * padding,
        "data": {"entries": [{"account": f"users:{sequence % 3}"}, {"account": "bank"}]},
    }  # fmt: skip
    data = json.dumps(body).encode()
    return FeedEvent(sequence, identifier, "transaction.posted", f"txn_{sequence}", data)


def file_case(folder: Path) -> Case:
    path = folder / "events.ndjson"
    return Case(LinesFile(path), lambda: [json.loads(line) for line in path.open("rb")])


def nats_case(url: str) -> Case:
    return Case(JetStream(Target(url, "main")), lambda: asyncio.run(in_stream(url)))


async def in_stream(url: str) -> Held:
    """Every message of our stream, by its place there."""
    client = await nats.connect(url)
    try:
        stream = client.jetstream()
        last = (await stream.stream_info("partita")).state.last_seq
        found = [await stream.get_msg("partita", seq=place + 1) for place in range(last)]
        return [json.loads(each.data or b"") for each in found]
    finally:
        await client.close()


def kafka_case() -> Case:
    """On the mock cluster inside librdkafka: its protocol is Kafka's, its storage is memory."""
    options = {"test.mock.num.brokers": 1, "message.max.bytes": 4_000}
    broker = Kafka(Topic("ignored:9092", "partita.main", "main", options=options))
    return Case(broker, lambda: in_topic(broker, "partita.main"))


def in_topic(broker: Kafka, topic: str) -> Held:
    """Every message of a topic, partition by partition."""
    producer = broker._connected()
    about = producer.list_topics(topic, timeout=10)
    servers = ",".join(f"{each.host}:{each.port}" for each in about.brokers.values())
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "readers"})
    found: Held = []
    for partition in about.topics[topic].partitions:
        first, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        consumer.assign([TopicPartition(topic, partition, first)])
        found += [_read(consumer) for _ in range(end - first)]
    consumer.close()
    return found


def _read(consumer: Consumer) -> dict[str, object]:
    message = consumer.poll(10)
    assert message is not None, "the watermarks say that there is one"
    assert message.error() is None
    value, key = message.value(), message.key()
    assert isinstance(value, bytes)
    assert isinstance(key, bytes)
    return {**json.loads(value), "key": key.decode()}
