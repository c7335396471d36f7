"""The server: granian inside this process, so that `partita serve` is one process.

It runs until SIGINT or SIGTERM, or until told to stop; then it takes no more requests, answers
those it has, and returns: within 15 seconds, since nothing waits longer for a body or for the
store. TLS is a matter for what stands in front of it.
"""

import asyncio
import logging
import resource
import signal
import socket
import threading
from collections.abc import Callable

import uvloop
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from partita.surfaces.http.app import READING_THREADS, create_app
from partita.wiring import Application

_BACKLOG = 1_024
_MOST_AT_ONCE = 16_384
_MOST_FILES = 65_536
_LOOK_SECONDS, _HEAD_MILLISECONDS = 0.01, 5_000
_STOPPING_SECONDS = 12.0
_log = logging.getLogger(__name__)
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(
    application: Application,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    ready: Callable[[str], None] = lambda _url: None,
) -> None:
    """Serve in a loop of this thread's own, until SIGINT or SIGTERM; parameters as for `serve`."""
    uvloop.run(serve(application, host=host, port=port, ready=ready))


async def serve(
    application: Application,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    reading_threads: int = READING_THREADS,
    ready: Callable[[str], None] = lambda _url: None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve an application until stopped; port 0 takes a free one.

    `ready(url)` is called once connections are taken. Setting `stop`, SIGINT and SIGTERM end it.
    The application is not closed: that is for whoever built it.

    Raises:
        OSError: the address cannot be used, for instance because another program has it.
    """
    stop, port = stop or asyncio.Event(), _usable_port(host, port)
    # What was committed before a crash is owed a checkpoint, whether or not anyone writes.
    await asyncio.to_thread(application.catch_up)
    _allow_many_files()
    surface = create_app(application, reading_threads=reading_threads)
    server = Server(
        surface,
        address=host, port=port, interface=Interfaces.ASGI, websockets=False,
        backlog=_BACKLOG, backpressure=_MOST_AT_ONCE, log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=_HEAD_MILLISECONDS),
    )  # fmt: skip
    _stop_on_signals(stop)
    serving = asyncio.create_task(server.serve())
    await _until_it_listens(host, port, serving)
    ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    surface.let_go()
    server.stop()  # type: ignore[no-untyped-call]
    await _until_it_ends(serving)
    _leave_signals()


def _allow_many_files() -> None:
    """Each connection is a file; many systems begin with room for a thousand, and allow far more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(_MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _usable_port(host: str, port: int) -> int:
    """The port, tried out first: granian would take it silently beside another server of its kind.

    A free port could be lost again before it is used; then serving fails with an OSError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind((host, port))
        taken: int = trial.getsockname()[1]
        return taken


async def _until_it_listens(host: str, port: int, serving: asyncio.Task[None]) -> None:
    while not serving.done():
        try:
            _reader, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(_LOOK_SECONDS)
        else:
            writer.close()
            return
    serving.result()
    raise OSError(f"the server on {host}:{port} ended before it took connections")


async def _until_it_ends(serving: asyncio.Task[None]) -> None:
    """Wait until all have their answers; not for those who take none of what was sent to them."""
    try:
        await asyncio.wait_for(serving, _STOPPING_SECONDS)
    except TimeoutError:
        _log.warning("stopped without those who take nothing of what is sent to them")


def _stop_on_signals(stop: asyncio.Event) -> None:
    # Signals come to the main thread alone; a loop in another one is ended by `stop`.
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)


def _leave_signals() -> None:
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)
