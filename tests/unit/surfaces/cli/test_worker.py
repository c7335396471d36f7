"""The worker beside a server: it comes again when it dies, and never outlives the server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

LONG_SECONDS = 30.0


@pytest.fixture
def server(data_folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A server with its worker, ready."""
    command = [sys.executable, "-m", "partita", "serve", "--port", "0", "--json"]
    process = subprocess.Popen(
        [*command, "--data", str(data_folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    assert process.stdout is not None
    json.loads(process.stdout.readline())
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def workers(of: int) -> list[int]:
    """The workers that a process started, or that were left behind by it."""
    told = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 3) for line in told.stdout.splitlines()]
    return [
        int(pid)
        for pid, parent, state, arguments in rows
        if "partita work" in arguments and int(parent) == of and not state.startswith("Z")
    ]


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_that_dies_is_replaced(server: subprocess.Popen[str]) -> None:
    until(lambda: len(workers(server.pid)) == 1)
    (first,) = workers(server.pid)
    os.kill(first, signal.SIGKILL)
    until(lambda: workers(server.pid) not in ([], [first]))
    server.send_signal(signal.SIGTERM)
    _out, err = server.communicate(timeout=LONG_SECONDS)
    assert (server.returncode, "the worker ended with status -9" in err) == (0, True)
    assert workers(server.pid) == []


def test_a_worker_never_outlives_its_server(server: subprocess.Popen[str]) -> None:
    until(lambda: len(workers(server.pid)) == 1)
    (worker,) = workers(server.pid)
    server.kill()
    until(lambda: not is_alive(worker))
