"""A real NATS server with JetStream for tests, on a free port of this machine, to be killed at will."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_START_SECONDS = 20.0
# Debian puts it where only root looks.
PROGRAM = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")


class NatsServer:
    """One server; its messages outlive it in a folder."""

    def __init__(self, folder: Path, *, max_payload: int = 1_048_576) -> None:
        assert PROGRAM is not None, "the fixture skips"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        folder.mkdir(parents=True, exist_ok=True)
        settings = folder / "nats.conf"
        settings.write_text(f'max_payload: {max_payload}\njetstream {{ store_dir: "{folder}" }}\n')
        self._command = [PROGRAM, "-c", str(settings), "-a", "127.0.0.1", "-p", str(self.port)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"nats://{self.address}"

    def start(self) -> None:
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(self._command, stdout=quiet, stderr=quiet)
        deadline = time.monotonic() + _START_SECONDS
        while not self._listens():
            assert self._process.poll() is None, "nats-server ended at once"
            assert time.monotonic() < deadline, "nats-server takes no connections"
            time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 0.2).close()
        except OSError:
            return False
        return True


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    """A server that runs; skipped where there is none to run."""
    if PROGRAM is None:
        pytest.skip("nats-server is not installed here (Debian: apt-get install nats-server)")
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.kill()
