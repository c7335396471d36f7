"""Request bodies: read up to 1 MiB and not a byte further; what nobody wants is let run off.

A client that sends ten megabytes sends them all before it looks at the answer. So the refusal goes
out first, and then the rest is received and forgotten, for a while: without that, the connection
would break in the client's hands and the answer be lost.
"""

import asyncio

from litestar.types import Receive

from partita.surfaces.http.refusal import Refusal

LARGEST_BODY_BYTES = 1 << 20
_MOST_DRAINED_BYTES = 64 << 20
_DRAIN_SECONDS, _PATIENCE_SECONDS = 2.0, 10.0


class RequestBody:
    """The body of one request, as it comes in."""

    __slots__ = ("_announced", "_receive", "is_over", "taken")

    def __init__(self, receive: Receive, headers: dict[bytes, bytes]) -> None:
        """A body that has not been looked at; the headers tell how long it will be."""
        self._receive, self.taken = receive, 0
        length = headers.get(b"content-length")
        if length is not None:
            # The server has parsed it already; anything else than digits never comes this far.
            self._announced: int | None = int(length)
        else:
            self._announced = None if b"transfer-encoding" in headers else 0
        self.is_over = self._announced == 0

    async def read(self) -> bytes:
        """All of it.

        Raises:
            Refusal: it is longer than 1 MiB, or takes longer than 10 seconds.
        """
        chunks: list[bytes] = []
        self._check(self._announced or 0)
        with _Patience(self):
            while not self.is_over:
                chunks.append(await self._next())
                self._check(self.taken)
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
        self.taken += len(chunk)
        # With a length known there is no need to ask once more just to hear that it was all.
        self.is_over = not message.get("more_body") or self.taken == self._announced
        return chunk

    async def drain(self) -> None:
        """Receive what is left and forget it; give up after a while."""
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while not self.is_over and self.taken < _MOST_DRAINED_BYTES:
                    await self._next()
        except (Refusal, TimeoutError):
            return


class _Patience:
    """Ends in a refusal when a body takes too long, at half the cost of asyncio.timeout."""

    __slots__ = ("_body", "_is_over", "_task", "_timer")

    def __init__(self, body: RequestBody) -> None:
        self._body, self._is_over = body, False

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_PATIENCE_SECONDS, self._lose)

    def _lose(self) -> None:
        self._is_over = True
        if self._task is not None:
            self._task.cancel()

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._timer.cancel()
        if self._is_over and self._task is not None and isinstance(error, asyncio.CancelledError):
            self._task.uncancel()
            detail = f"{self._body.taken} bytes of the body came, then no more."
            raise Refusal("request_timeout", detail) from None
