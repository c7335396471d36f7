"""NATS JetStream: events as messages of a stream, each known to the broker by its id.

    publish ─► written in order, without waiting ─► one inbox takes the acknowledgements ─► all there?

Messages carry `Nats-Msg-Id`, so the stream keeps an event once however often it is sent within its
duplicate window (https://docs.nats.io/nats-concepts/jetstream). A window is sent over one connection and
acknowledged as a whole: waiting for each would cost a round trip for each. The client library runs in
a loop of a thread of its own, so that the broker's pings are answered while there is nothing to send.
"""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import RetentionPolicy, StreamConfig
from nats.js.errors import APIError, NotFoundError

from partita.engine.feed import FeedEvent
from partita.modules.sinks.contract import BrokerUnavailable, Published

USUAL_STREAM, STEM = "partita", "partita"
DUPLICATE_WINDOW_SECONDS = 600.0
"""For how long a stream of ours knows an id again: longer than a worker is away for a restart."""
_CONNECT_SECONDS, _ANSWER_SECONDS, _CLOSE_SECONDS = 5.0, 15.0, 5.0
_TOO_LARGE = 10_054
"""The error of JetStream (JSStreamMessageExceedsMaximumErr) that is the message's own fault."""
_Result = TypeVar("_Result")


class _Problem(msgspec.Struct):
    description: str = ""
    code: int = 0
    err_code: int = 0


class _Answer(msgspec.Struct):
    """What a stream says to a message (the `PubAck` of JetStream)."""

    error: _Problem | None = None


_answer = msgspec.json.Decoder(_Answer).decode


class Target(NamedTuple):
    """Where messages go."""

    url: str
    ledger: str
    stream: str = USUAL_STREAM
    credentials: Path | None = None

    def subject(self, event_type: str) -> str:
        """The subject of an event of this type."""
        return f"{STEM}.{self.ledger}.{event_type}"

    @property
    def dead_subject(self) -> str:
        """Where the stream is told of events that it would not take."""
        return f"{STEM}.{self.ledger}.dead_letter"


class JetStream:
    """A stream of a NATS server; a `Broker`."""

    def __init__(self, target: Target) -> None:
        """Connect with the first event."""
        self._target = target
        self._connection: _Connection | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="partita-nats", daemon=True
        )
        self._thread.start()

    def publish(self, events: Sequence[FeedEvent]) -> Published:
        """Send events and wait for the stream's word on each."""
        return self._run(self._published(events))

    def bury(self, event: FeedEvent, error: str) -> None:
        """Put the name of an event that was refused among the dead letters of the stream."""
        letter = {"id": event.id, "sequence": str(event.sequence), "type": event.type}
        self._run(self._buried(event.id, msgspec.json.encode({**letter, "error": error[:500]})))

    def close(self) -> None:
        """Drop the connection and the loop; nothing is published afterwards."""
        if not self._thread.is_alive():
            return
        with suppress(NatsError, OSError, FutureTimeoutError):  # it is gone anyway
            gone = asyncio.run_coroutine_threadsafe(self._disconnected(), self._loop)
            gone.result(_CLOSE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_SECONDS)

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        try:
            return asyncio.run_coroutine_threadsafe(self._guarded(work), self._loop).result()
        except (NatsError, APIError, OSError, TimeoutError) as error:
            raise BrokerUnavailable(
                f"the stream {self._target.stream!r} at {self._target.url} takes nothing now:"
                f" {str(error) or type(error).__name__}"
            ) from error

    async def _guarded(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        try:
            return await work
        except BaseException:
            await self._disconnected()
            raise

    async def _connected(self) -> "_Connection":
        if self._connection is None:
            self._connection = await _connect(self._target)
        return self._connection

    async def _disconnected(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.client.close()

    async def _published(self, events: Sequence[FeedEvent]) -> Published:
        connection = await self._connected()
        fitting = connection.fitting(events)
        answers = await connection.send(
            [(self._target.subject(event.type), event.id, event.cloud_event) for event in fitting]
        )
        for count, problem in enumerate(answers):
            if problem is not None:
                return self._judged(count, problem)
        if len(fitting) == len(events):
            return Published(len(events))
        size = len(events[len(fitting)].cloud_event)
        return Published(
            len(fitting), f"{size} bytes are more than the broker takes in one message"
        )

    def _judged(self, safe: int, problem: _Problem) -> Published:
        """A refusal is for what the event is; a stream that is full, or away, is nobody's fault."""
        why = f"{problem.description} ({problem.code})"
        if problem.err_code == _TOO_LARGE:
            return Published(safe, why)
        if safe:
            return Published(safe)
        raise BrokerUnavailable(
            f"the stream {self._target.stream!r} at {self._target.url} takes nothing now: {why}"
        )

    async def _buried(self, identifier: str, letter: bytes) -> None:
        connection = await self._connected()
        (problem,) = await connection.send([
            (self._target.dead_subject, f"dead-{identifier}", letter)
        ])  # fmt: skip
        if problem is not None:
            self._judged(0, problem)


class _Connection:
    """A connection, and the inbox that takes all acknowledgements of a window."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._inbox = client.new_inbox()
        self._answers: list[_Problem | None] = []
        self._missing = 0
        self._all_there = asyncio.Event()

    async def listen(self) -> None:
        """Take in acknowledgements: their subject ends with the message's place in the window."""
        await self.client.subscribe(f"{self._inbox}.*", cb=self._answered)

    def fitting(self, events: Sequence[FeedEvent]) -> Sequence[FeedEvent]:
        """The events before the first that is larger than the broker takes."""
        room = self.client.max_payload - 512  # for the subject and the header
        for place, event in enumerate(events):
            if len(event.cloud_event) > room:
                return events[:place]
        return events

    async def send(self, messages: list[tuple[str, str, bytes]]) -> list[_Problem | None]:
        """Send messages of subject, id and body; what is wrong with each, None where nothing is."""
        self._answers, self._missing = [None] * len(messages), len(messages)
        self._all_there.clear()
        publish = self.client.publish
        for place, (subject, identifier, body) in enumerate(messages):
            await publish(subject, body, f"{self._inbox}.{place}", {"Nats-Msg-Id": identifier})
        if messages:
            await asyncio.wait_for(self._all_there.wait(), _ANSWER_SECONDS)
        return self._answers

    async def _answered(self, message: Msg) -> None:
        place = int(message.subject.rpartition(".")[2])
        if message.header is not None and message.header.get("Status") == "503":
            self._answers[place] = _Problem("no stream listens on its subject", 503)
        elif (error := _answer(message.data).error) is not None:
            self._answers[place] = error
        self._missing -= 1
        if self._missing == 0:
            self._all_there.set()


async def _connect(target: Target) -> _Connection:
    client = await nats.connect(
        target.url, allow_reconnect=False, max_reconnect_attempts=1, reconnect_time_wait=0.1,
        connect_timeout=_CONNECT_SECONDS, name="partita",
        user_credentials=None if target.credentials is None else str(target.credentials),
        error_cb=_heard,
    )  # fmt: skip
    connection = _Connection(client)
    try:
        await _ensure_stream(client, target.stream)
        await connection.listen()
    except BaseException:
        await client.close()
        raise
    return connection


async def _ensure_stream(client: Client, name: str) -> None:
    """Make the stream unless there is one of that name; how it keeps messages is its owner's."""
    jetstream = client.jetstream(timeout=_CONNECT_SECONDS)
    try:
        await jetstream.stream_info(name)
    except NotFoundError:
        await jetstream.add_stream(
            StreamConfig(
                name=name, subjects=[f"{STEM}.>"], retention=RetentionPolicy.LIMITS,
                duplicate_window=DUPLICATE_WINDOW_SECONDS,
            )
        )  # fmt: skip


async def _heard(_error: Exception) -> None:
    """What goes wrong comes out where it is waited for."""
