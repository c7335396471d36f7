"""A reader of server-sent events, as the standard has them, over a plain socket."""

import asyncio
import json
from typing import Any, NamedTuple


class Message(NamedTuple):
    """One message: where it stands in the feed, and the event."""

    id: int
    event: dict[str, Any]


class Gone(Exception):
    """The server has ended the stream."""


class EventReader:
    """One connection to `/v1/events/stream`; `last_id` is where to go on from."""

    def __init__(self, address: str, key: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port, self._key = int(port), key
        self.last_id: int | None = None
        self.head, self.retry_milliseconds, self.comments = "", 0, list[str]()
        self._left = b""

    async def connect(self, query: str = "", *, buffer_bytes: int | None = None) -> "EventReader":
        """Ask for the stream, from where the last one broke off."""
        limit = {} if buffer_bytes is None else {"limit": buffer_bytes}
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, **limit)
        again = "" if self.last_id is None else f"Last-Event-ID: {self.last_id}\r\n"
        self._writer.write(
            f"GET /v1/events/stream{query} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {self._key}\r\n{again}\r\n".encode()
        )
        self.head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        self._left = b""
        return self

    def leave(self) -> None:
        """Go without a word."""
        self._writer.close()

    async def next(self) -> Message:
        """The next message.

        Raises:
            Gone: the stream is over.
        """
        while True:
            while b"\n\n" not in self._left:
                self._left += await self._chunk()
            block, _, self._left = self._left.partition(b"\n\n")
            if (message := self._take(block.decode())) is not None:
                return message

    async def take(self, count: int) -> list[Message]:
        """So many messages."""
        return [await self.next() for _ in range(count)]

    async def _chunk(self) -> bytes:
        """The next chunk of HTTP/1.1's chunked coding."""
        try:
            size = int(await self._reader.readuntil(b"\r\n"), 16)
            data = await self._reader.readexactly(size + 2)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Gone("broken off") from error
        if size == 0:
            raise Gone("ended as it should")
        return data[:-2]

    def _take(self, block: str) -> Message | None:
        data = None
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "id":
                self.last_id = int(value)
            elif name == "retry":
                self.retry_milliseconds = int(value)
            elif name == "data":
                data = value
            else:
                assert name == "", f"an unknown field {name!r}"
                self.comments.append(value)
        if data is None:
            return None
        assert self.last_id is not None
        return Message(self.last_id, json.loads(data))
