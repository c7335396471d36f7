"""Streaming: a reply that is sent as it comes, at the pace of whoever reads it.

`send` waits while the client's side is full, so that a slow reader holds one piece in memory and no
more. Who takes nothing for half a minute, and who has gone, is let go of; so is who still has not
taken the end when a server that stops has waited ten seconds for it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from litestar.types import Receive, Send

_PATIENCE_SECONDS, _LAST_SECONDS = 30.0, 10.0


class Streams:
    """The streams of one event loop."""

    def __init__(self) -> None:
        """None yet."""
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._sending)

    async def flow(
        self, stream: AsyncGenerator[bytes, None], receive: Receive, send: Send
    ) -> None:  # fmt: skip
        """Send all of a stream, and the end; less if the client goes, or takes nothing any more."""
        sending = asyncio.ensure_future(_send_all(stream, send))
        leaving = asyncio.ensure_future(_until_gone(receive))
        self._sending.add(sending)
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            leaving.cancel()
            ends = await asyncio.gather(sending, leaving, return_exceptions=True)
            self._sending.discard(sending)
        if isinstance(error := ends[0], Exception):
            raise error

    def end_soon(self) -> None:
        """Streams are about to end by themselves; break off whose reader does not take that."""
        asyncio.get_running_loop().call_later(_LAST_SECONDS, self._break_off)

    def _break_off(self) -> None:
        for task in self._sending:
            task.cancel()


async def _send_all(stream: AsyncGenerator[bytes, None], send: Send) -> None:
    try:
        async with aclosing(stream):
            async for piece in stream:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except TimeoutError:
        return  # it is gone for us; should it come back, it says where it was


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
