"""HTTP: a server process as an operator starts it, and `load` against it from another process.

Each part has a ledger, an API key and a server process of its own. The parent prepares and checks
the books through the library and does nothing while the load runs.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

import msgspec

from bench import books
from bench.children import ROOT, ask
from bench.database import MeasuredServer
from bench.figures import Figure
from bench.load import Answer, Task
from bench.memory import peak_of_family
from bench.parts import WALLETS, Part, Plan
from partita import wiring
from partita.config import Settings
from partita.engine.access import Scope
from partita.surfaces.library import LibraryLedger

_START = "from partita.surfaces.cli.main import main\nmain()"
_START_PROFILED = """
from bench import profiling
from partita.surfaces.cli.main import main
with profiling.every_thread(True):
    main()
"""
_START_SECONDS, _STOP_SECONDS = 60.0, 30.0
_PAUSE_SECONDS = 0.05
_TAIL = 4_000


def measure(server: MeasuredServer, part: Part, plan: Plan, *, profiled: bool = False) -> Figure:
    """Serve a fresh ledger, load it, check its books."""
    return asyncio.run(_measure(server, part, plan, profiled=profiled))


async def _measure(server: MeasuredServer, part: Part, plan: Plan, *, profiled: bool) -> Figure:
    name = f"bench-{part.name.replace('_', '-')}"
    application = await asyncio.to_thread(wiring.build, Settings(data=server.folder))
    try:
        opened = await asyncio.to_thread(application.open_ledger, name)
        before, wallets = await _prepare(application, LibraryLedger(application, opened), part)
        key, _stored = application.access.create(name, Scope.WRITE, name="bench")
        task = Task(part, plan, 0, key, wallets)
        answer = await asyncio.to_thread(_load, server, task, profiled)
        await books.check(application, name, before, answer.tally)
    finally:
        await asyncio.to_thread(application.close)
    return answer.figure


async def _prepare(
    application: wiring.Application, ledger: LibraryLedger, part: Part
) -> tuple[books.Before, list[str]]:
    """Accounts to post to or, for transfers, wallets; and how the ledger stands then."""
    if part.name != WALLETS:
        await books.open_accounts(ledger, part.accounts)
        return books.Before(books.length(application, ledger.name)), []
    wallets = await books.open_wallets(ledger, part.accounts)
    length, debits = books.length(application, ledger.name), books.moved(application, ledger.name)
    return books.Before(length, debits, each=2), wallets


def _load(server: MeasuredServer, task: Task, profiled: bool) -> Answer:
    with _serving(server, profiled=profiled) as (process, port):
        task = msgspec.structs.replace(task, port=port)
        answer = ask("bench.load", task, Answer, seconds=task.plan.seconds)
        answer.figure.memory_mb = peak_of_family(process.pid)
    return answer


@contextmanager
def _serving(
    server: MeasuredServer, *, profiled: bool
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server process on a free port, stopped afterwards as an operator would."""
    port = _free_port()
    start = _START_PROFILED if profiled else _START
    log = server.folder.parent / "serve.log"
    command = (
        sys.executable,
        "-c",
        start,
        "serve",
        "--data",
        str(server.folder),
        "--port",
        str(port),
    )
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=None if profiled else output
        )
    try:
        _wait_until_ready(process, port)
        yield process, port
    except RuntimeError as error:
        tail = log.read_text(errors="replace").strip()[-_TAIL:]
        raise RuntimeError(f"{error}\nThe server said:\n{tail}") from error
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _is_ready(port):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"the server was not ready within {_START_SECONDS:g} s")
        time.sleep(_PAUSE_SECONDS)


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
