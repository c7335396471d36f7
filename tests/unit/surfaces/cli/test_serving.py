"""Programs that stay: the server says when it is ready and stops when told; the demo tries itself."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.verification import verify_ledger
from partita.surfaces.demo.activity import activity
from partita.surfaces.demo.chart import chart
from partita.surfaces.demo.seed import seed
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.surfaces.cli.conftest import CommandLine

PROGRAM = "from partita.surfaces.cli.main import main; main()"


def started(*arguments: str) -> subprocess.Popen[str]:
    """`partita` in a process of its own."""
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


@pytest.fixture
def serving(data_folder: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A server that is ready, and what it said of itself."""
    process = started("serve", "--data", str(data_folder), "--port", "0", "--json")
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_server_says_when_it_is_ready_and_stops_when_told(
    stop: signal.Signals,
    serving: tuple[subprocess.Popen[str], dict[str, Any]],
    partita: CommandLine,
) -> None:
    process, ready = serving
    assert ready["pid"] == process.pid
    # A key that is made beside the running server opens it at once.
    key = partita("keys", "create", "--scope", "write", "--json").json["key"]
    connection = HTTPConnection(ready["url"].removeprefix("http://"), timeout=20)
    connection.request("GET", "/v1/accounts", headers={"Authorization": f"Bearer {key}"})
    assert json.load(connection.getresponse())["object"] == "list"
    connection.close()
    process.send_signal(stop)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_the_demo_tries_itself_out_and_leaves_nothing_behind(guarded_folder: Path) -> None:
    folder = tempfile.mkdtemp(dir=guarded_folder)
    command = [sys.executable, "-c", PROGRAM, "demo", "--once"]
    environment = {**os.environ, "TMPDIR": folder}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=environment
    )
    result = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, result["ok"]) == (0, True), done.stderr
    assert result["url"].startswith("http://127.0.0.1:")
    assert len(result["root"]) == 64
    assert result["transactions"] > 2_000
    assert list(Path(folder).iterdir()) == []


def application() -> Application:
    clock = StandingClock(step_microseconds=1)
    built = Application(MemoryStore(), pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    built.open_ledger("main")
    return built


def test_seeding_twice_changes_nothing() -> None:
    books = application()
    info = books.store.ledgers()[0]
    first, head = seed(books), books.store.head(info)
    again = seed(books)
    assert (first.records, again.records) == (head.sequence - 1, 0)
    assert books.store.head(info) == head
    assert verify_ledger(books.store, info).ok
    books.close()


def test_the_demo_is_the_same_everywhere() -> None:
    assert list(activity()) == list(activity())
    assert list(chart()) == list(chart())


def test_the_demo_has_everything_a_wallet_company_has() -> None:
    transactions = list(activity())
    kinds = {transaction.type for transaction in transactions}
    assert kinds == {
        "deposit", "card_payment", "card_settlement", "transfer", "exchange", "crypto_purchase",
        "interest",
    }  # fmt: skip
    assert 2_000 <= len(transactions) <= 3_000
    days = {transaction.effective_at // 86_400_000_000 for transaction in transactions}
    assert len(days) == 90
    assets = {leg.asset for transaction in transactions for leg in transaction.postings}
    assert assets == {"USD", "EUR", "ETH", "POINTS"}
    assert any(len({leg.asset for leg in t.postings}) > 1 for t in transactions)


def test_a_busy_port_is_said_plainly(
    serving: tuple[subprocess.Popen[str], dict[str, Any]], partita: CommandLine
) -> None:
    _process, ready = serving
    said = partita("serve", "--port", ready["url"].rsplit(":", 1)[1])
    assert said.status == 1
    assert "in use" in said.err
