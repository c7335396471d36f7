"""`partita work`: keeps up what trails behind the journals of a place, until it is told to stop."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Annotated

from cyclopts import Parameter

from partita.surfaces.cli.place import HERE, Place, opened
from partita.surfaces.cli.talk import emit, say


def work(
    *,
    until_closed: Annotated[
        bool,
        Parameter(negative="", help="Stop when standard input ends; a line there means: look now."),
    ] = False,
    niceness: Annotated[int, Parameter(help="Yield the processor to others, 0 to 19.")] = 0,
    place: Place = HERE,
) -> None:
    """Project the trailing views, deliver webhooks, feed sinks, write exports, until Ctrl-C.

    `partita serve` runs one of these beside itself. More of them are safe: each piece of work is
    done once, whoever comes first.
    """
    os.nice(niceness)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    # Imported here, since no help waits for all of the surface.
    from partita.surfaces.http.every_list import lists_of  # noqa: PLC0415

    with opened(place, may_make=True) as application:
        lists_of(application)
        application.trail()
        if place.json:
            emit({"pid": os.getpid()})
        elif not until_closed:
            say("Views, webhooks, sinks and exports are kept up. Ctrl-C stops it.")
        if until_closed:
            threading.Thread(target=_listen, args=(application.wake, stop), daemon=True).start()
        stop.wait()


def _listen(wake: Callable[[], None], stop: threading.Event) -> None:
    """Wake with every byte on standard input; stop when it ends, as it does with its other side."""
    while os.read(sys.stdin.fileno(), 4096):
        wake()
    stop.set()
