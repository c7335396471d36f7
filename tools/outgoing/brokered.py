"""What a NATS stream holds, read from its first message to its last."""

import asyncio
import json
from contextlib import suppress

import nats
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.api import ConsumerConfig, DeliverPolicy

from tools.outgoing.checking import Got

_BATCH, _QUIET_SECONDS = 500, 1.0


def held(port: int, stream: str, subject: str) -> list[Got]:
    """Every message of a stream, in the broker's order."""
    return asyncio.run(_held(port, stream, subject))


def size(port: int, stream: str) -> int:
    """How many messages a stream holds; 0 if there is no such stream, or no broker now."""
    return asyncio.run(_size(port, stream))


async def _held(port: int, stream: str, subject: str) -> list[Got]:
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    try:
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
        source = await client.jetstream().pull_subscribe(subject, stream=stream, config=config)
        found: list[Got] = []
        with suppress(NatsTimeoutError):  # no more are there
            while True:
                messages = await source.fetch(_BATCH, timeout=_QUIET_SECONDS)
                events = [json.loads(message.data) for message in messages]
                found += [Got(int(event["sequence"]), event["id"]) for event in events]
                for message in messages:
                    await message.ack()
        return found
    finally:
        await client.close()


async def _size(port: int, stream: str) -> int:
    try:
        client = await nats.connect(f"nats://127.0.0.1:{port}", allow_reconnect=False)
    except (OSError, nats.errors.Error):
        return 0
    try:
        return int((await client.jetstream().stream_info(stream)).state.messages)
    except nats.js.errors.NotFoundError:
        return 0
    finally:
        await client.close()
