"""Request bodies: read up to 1 MiB and not a byte further; what nobody wants is let run off.

A client that sends ten megabytes sends them all before it looks at the answer. So the refusal goes
out first, and then the rest is received and forgotten, for a while: without that, the connection
would break in the client's hands and the answer be lost.
"""

import asyncio
from time import monotonic
from typing import Any

from litestar.types import Receive

from partita.surfaces.http.refusal import Refusal

LARGEST_BODY_BYTES = 1 << 20
_MOST_DRAINED_BYTES = 64 << 20
_DRAIN_SECONDS, _PATIENCE_SECONDS, _LOOK_SECONDS = 2.0, 10.0, 1.0


class RequestBody:
    """The body of one request, as it comes in."""

    __slots__ = ("_announced", "_receive", "_taken", "is_over")

    def __init__(self, receive: Receive, headers: dict[bytes, bytes]) -> None:
        """A body that has not been looked at; the headers tell how long it will be."""
        self._receive, self._taken = receive, 0
        length = headers.get(b"content-length")
        if length is not None:
            # The server has parsed it already; anything else than digits never comes this far.
            self._announced: int | None = int(length)
        else:
            self._announced = None if b"transfer-encoding" in headers else 0
        self.is_over = self._announced == 0

    async def read(self, watch: "Watch") -> bytes:
        """All of it.

        Raises:
            Refusal: it is longer than 1 MiB, or `watch` lost patience.
        """
        chunks: list[bytes] = []
        self._check(self._announced or 0)
        watch.begin(self)
        try:
            while not self.is_over:
                chunks.append(await self._next())
                self._check(self._taken)
        except asyncio.CancelledError:
            if watch.has_lost(self):
                detail = f"{self._taken} bytes of the body came, then no more."
                raise Refusal("request_timeout", detail) from None
            raise
        finally:
            watch.end(self)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _check(self, length: int) -> None:
        if length > LARGEST_BODY_BYTES:
            raise Refusal("body_too_large", f"The body has more than {LARGEST_BODY_BYTES} bytes.")

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] != "http.request":
            self.is_over = True  # the client has gone; what it sent is not a whole body
            raise Refusal("invalid_request", "The body ended before it was whole.")
        chunk: bytes = message["body"]
        self._taken += len(chunk)
        # With a length known there is no need to ask once more just to hear that it was all.
        self.is_over = not message.get("more_body") or self._taken == self._announced
        return chunk

    async def drain(self) -> None:
        """Receive what is left and forget it; give up after a while."""
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while not self.is_over and self._taken < _MOST_DRAINED_BYTES:
                    await self._next()
        except (Refusal, TimeoutError):
            return


class Watch:
    """Loses patience with bodies that do not come.

    One look a second for all of them costs a tenth of what a timer for each would.
    """

    def __init__(self) -> None:
        """Watch in the running loop, until closed."""
        self._reading: dict[RequestBody, tuple[float, asyncio.Task[Any] | None]] = {}
        self._lost: set[RequestBody] = set()
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)

    def begin(self, body: RequestBody) -> None:
        """Watch over a body that the running task reads."""
        self._reading[body] = monotonic(), asyncio.current_task()

    def end(self, body: RequestBody) -> None:
        """It has been read, or given up."""
        del self._reading[body]

    def has_lost(self, body: RequestBody) -> bool:
        """Whether it was this watch that broke off the reading; asked once, by the reader."""
        if body not in self._lost:
            return False
        self._lost.discard(body)
        task = self._reading[body][1]
        if task is not None:
            task.uncancel()
        return True

    def close(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        latest = monotonic() - _PATIENCE_SECONDS
        for body, (begun, task) in self._reading.items():
            if begun < latest and task is not None and body not in self._lost:
                self._lost.add(body)
                task.cancel()
        self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)
