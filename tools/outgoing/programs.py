"""The programs on the stage, each of which can be killed and started again at any moment."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

_SMALL_BYTES = 16_384
_READY_SECONDS, _LOOK_SECONDS = 60.0, 0.02


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], bool], what: str, seconds: float = _READY_SECONDS) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it has not become so; `what` says what was waited for.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(_LOOK_SECONDS)


def listens(port: int) -> bool:
    """Whether anybody takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """One program: what starts it, how it shows that it is ready, and its process now."""

    def __init__(
        self, name: str, command: list[str], port: int, log: Path, more: Mapping[str, str] = {}
    ) -> None:
        self.name, self.port = name, port
        self._command, self._log, self._more = command, log, more
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env={**os.environ, **self._more}
            )
        until(self.is_ready, f"{self.name} takes connections ({self._log})")

    def is_ready(self) -> bool:
        """Whether it answers.

        Raises:
            RuntimeError: it has ended instead.
        """
        assert self.process is not None, f"{self.name} was never started"
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}: {self.tail()}")
        return listens(self.port)

    def kill(self) -> None:
        """End it without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End it as an operator does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(_READY_SECONDS)

    def tail(self) -> str:
        """The last that it said."""
        return self._log.read_text(errors="replace")[-2_000:] if self._log.exists() else ""


class Server(Program):
    """`partita serve`, whose child is the worker."""

    def __init__(self, folder: Path, broker_port: int) -> None:
        port = free_port()
        self.folder = folder / "books"
        command = [sys.executable, "-m", "partita", "serve", "--port", str(port)]
        place = {
            "PARTITA_DATA": str(self.folder),
            "PARTITA_SANDBOX": "yes",
            "PARTITA_WEBHOOK_ALLOW_PRIVATE": "yes",
            "PARTITA_SINK_HOSTS": f"127.0.0.1:{broker_port}",
        }
        super().__init__("the server", command, port, folder / "server.log", place)
        self._environment = {**os.environ, **place}

    def is_ready(self) -> bool:
        """Whether it is ready for requests."""
        if not super().is_ready():
            return False
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def make_key(self) -> str:
        """An API key that may write."""
        done = subprocess.run(
            [sys.executable, "-m", "partita", "keys", "create", "--scope", "write", "--json"],
            env=self._environment, capture_output=True, check=True, timeout=_READY_SECONDS,
        )  # fmt: skip
        return str(json.loads(done.stdout)["key"])

    def workers(self) -> list[int]:
        """The process ids of the workers that this server started."""
        assert self.process is not None, "it was never started"
        return [
            pid
            for pid, parent, arguments in _processes()
            if parent == self.process.pid and "partita work" in arguments
        ]

    def worker_megabytes(self) -> float:
        """What the worker has resident now."""
        (worker,) = self.workers()
        pages = int(Path(f"/proc/{worker}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def kill_worker(self) -> None:
        """Kill the worker, once there is one."""
        until(lambda: bool(self.workers()), "a worker beside the server")
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)


def _processes() -> list[tuple[int, int, str]]:
    """Process id, parent's id and arguments of all that run on this machine."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended while we looked
            parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            arguments = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            found.append((int(folder.name), int(parent), arguments))
    return found


class Broker(Program):
    """A NATS server with JetStream, its messages in a folder; it takes small ones alone at first."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self._settings = folder / "nats.conf"
        self._settings.write_text(f"max_payload: {_SMALL_BYTES}\n")
        program = shutil.which("nats-server")
        if program is None:
            raise FileNotFoundError("nats-server is not installed: apt-get install nats-server")
        place = ["-c", str(self._settings), "-a", "127.0.0.1", "-p", str(port)]
        command = [program, *place, "-js", "-sd", str(folder / "nats")]
        super().__init__("the broker", command, port, folder / "nats.log")

    def take_larger(self) -> None:
        """From now on it takes messages of a megabyte."""
        self._settings.write_text("max_payload: 1048576\n")
        self.stop()
        self.start()


class Endpoint(Program):
    """A webhook endpoint that notes what it is brought."""

    def __init__(self, name: str, folder: Path, port: int, secret: str) -> None:
        self.notes = folder / f"{name}.txt"
        command = [
            sys.executable,
            "-m",
            "tools.outgoing.receiver",
            str(port),
            str(self.notes),
            secret,
        ]
        super().__init__(f"the endpoint {name}", command, port, folder / f"{name}.log")
