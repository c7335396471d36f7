"""A running server for a page to speak to: real HTTP, real PostgreSQL, a fresh database."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import uvloop

from partita.surfaces.http.server import serve
from partita.wiring import Application


@contextmanager
def served(application: Application) -> Iterator[str]:
    """Serve an application from a thread; its URL."""
    begun: SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event, str] | BaseException]
    begun = SimpleQueue()

    async def run() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        await serve(application, port=0, stop=stop, ready=lambda url: begun.put((loop, stop, url)))

    def guarded() -> None:
        try:
            uvloop.run(run())
        except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
            begun.put(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    answer = begun.get(timeout=30)
    if isinstance(answer, BaseException):
        raise answer
    loop, stop, url = answer
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
