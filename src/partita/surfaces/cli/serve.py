"""`partita serve`: the HTTP interface on the books of a place, until it is told to stop."""

import os
from contextlib import ExitStack, closing
from typing import Annotated

from cyclopts import Parameter

from partita.surfaces.cli.place import HERE, Place, opened
from partita.surfaces.cli.talk import emit, say
from partita.surfaces.cli.worker import NICENESS, Worker

DEFAULT_PORT = 8080
Host = Annotated[str, Parameter(help="Address to listen on.")]
Port = Annotated[int, Parameter(help="TCP port; 0 takes a free one.")]


def serve(
    *,
    host: Host = "127.0.0.1",
    port: Port = DEFAULT_PORT,
    worker: Annotated[
        bool, Parameter(help="Run a worker beside it; without one, run `partita work` elsewhere.")
    ] = True,
    worker_niceness: Annotated[
        int, Parameter(help="How much the worker yields to posting, 0 to 19.")
    ] = NICENESS,
    place: Place = HERE,
) -> None:
    """Serve the HTTP interface until Ctrl-C or SIGTERM; the books are made if there are none.

    With --json, one line {"url":…,"pid":…} says that connections are taken.
    """
    # Imported here: litestar and granian take longer to load than help may take.
    from partita.surfaces.http import server  # noqa: PLC0415

    def ready(url: str) -> None:
        if place.json:
            emit({"url": url, "pid": os.getpid()})
        else:
            say(f"Partita serves {url} (reference: {url}/docs). Ctrl-C stops it.")
            say("Make a key for it: partita keys create --scope write" + _where(place))

    with opened(place, may_make=True) as application:
        application.follow()
        with ExitStack() as beside:
            if worker:
                child = beside.enter_context(closing(Worker(place.environment(), worker_niceness)))
                application.heard = child.poke
            server.run(application, host=host, port=port, ready=ready)
    if not place.json:
        say("Stopped; everything acknowledged is kept.")


def _where(place: Place) -> str:
    return "" if place.data is None else f" --data {place.data}"
