"""A thread with an event loop of its own, in which requests wait for others without holding up anybody."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")
_CLOSING_SECONDS = 5.0
_log = logging.getLogger(__name__)


class LoopThread:
    """Runs coroutines until it is closed; started when it is first needed."""

    def __init__(self, name: str) -> None:
        """`name` is what the thread is called."""
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def submit(
        self, work: Callable[[], Awaitable[Result]], tell: Callable[[Result], None]
    ) -> "Future[None]":
        """Have it done in the loop; `tell` is called there with what came of it."""

        async def run() -> None:
            tell(await work())

        return asyncio.run_coroutine_threadsafe(run(), self._running())

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name=self._name, daemon=True
            )
            self._thread.start()
        return self._loop

    def close(self, last: Callable[[], Awaitable[None]]) -> None:
        """Cancel what is under way, do a last thing, end the thread."""
        if self._loop is None or self._thread is None:
            return
        ending = asyncio.run_coroutine_threadsafe(_end(last), self._loop)
        try:
            ending.result(_CLOSING_SECONDS)
        except TimeoutError:
            _log.warning("%s does not end its requests; they are left behind", self._name)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()
        self._loop = self._thread = None


async def _end(last: Callable[[], Awaitable[None]]) -> None:
    under_way = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    await last()
