"""The worker of a server: a child process that keeps up what trails, so that posting need not.

    server ── a byte for each commit ──► `partita work` ──► views, webhooks, sinks, exports

Both speak with the same store and nothing else: the byte only says "look now". The pipe ends with the
server, however that ends, and the worker with the pipe. If the worker dies, another is started.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

NICENESS = 10
"""The worker yields to the server and the store: what trails may lag under load, and catches up."""
_CLOSING_SECONDS = 20.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 30.0
_log = logging.getLogger(__name__)


class Worker:
    """Keeps one `partita work` running beside this process, until closed."""

    def __init__(self, environment: Mapping[str, str], niceness: int = NICENESS) -> None:
        """`environment` says the place, so that no password stands among the arguments."""
        self._command = [
            sys.executable, "-m", "partita", "work", "--until-closed",
            "--niceness", str(niceness),
        ]  # fmt: skip
        self._environment = environment
        self._closing = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="partita-worker", daemon=True)
        self._thread.start()

    def poke(self) -> None:
        """Something was committed; any thread may say so."""
        child = self._child
        if child is not None and child.stdin is not None:
            # A full pipe says it already; a closed one belongs to a worker that is gone.
            with suppress(OSError, ValueError):
                os.write(child.stdin.fileno(), b"\n")

    def close(self) -> None:
        """Let the worker finish what it is at, and end."""
        self._closing.set()
        if self._child is not None:
            self._end(self._child)
        self._thread.join()

    def _run(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._closing.is_set():
            # In a group of its own: Ctrl-C is for the server, which then ends it.
            child = self._child = subprocess.Popen(
                self._command, env=self._environment, process_group=0,
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            assert child.stdin is not None, "it was asked for"
            os.set_blocking(child.stdin.fileno(), False)
            if self._closing.is_set():
                self._end(child)
            status = child.wait()
            if not self._closing.is_set():
                _log.error("the worker ended with status %d; another is started", status)
                self._closing.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _end(self, child: "subprocess.Popen[bytes]") -> None:
        with suppress(OSError, ValueError):  # closed already: it is gone, which is what is wanted
            assert child.stdin is not None, "it was asked for"
            child.stdin.close()
        try:
            child.wait(_CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            _log.error("the worker did not end within %g s and is killed", _CLOSING_SECONDS)
            child.kill()
