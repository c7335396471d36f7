"""Events from the command line: out of the books, and from a server by its address."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.access import Scope
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.wiring import Application
from tests.faults.processes import ENVIRONMENT
from tests.plugins.steering import ask_one
from tests.unit.surfaces.cli.conftest import CommandLine, Said
from tests.unit.surfaces.http.test_server import served


def done(said: Said) -> Said:
    """What was said by a command that went well."""
    assert said.status == 0, said.err
    return said


def open_account(partita: CommandLine, path: str) -> None:
    done(partita("accounts", "open", path, "--asset", "USD", "--type", "liability"))


def test_events_are_listed_out_of_the_books(partita: CommandLine) -> None:
    open_account(partita, "listed:a")
    every = done(partita("events", "list", "--json", "--limit", "1000")).json
    assert [int(event["sequence"]) for event in every] == list(range(1, len(every) + 1))
    assert every[0]["type"] == "dev.partita.ledger.opened.v1"
    of_accounts = done(partita("events", "list", "--json", "--type", "account.*")).json
    assert of_accounts == [event for event in every if ".account." in event["type"]]
    last = every[-1]
    assert done(partita("events", "list", "--json", "--subject", last["subject"])).json == [last]
    shown = done(partita("events", "list", "--after", str(len(every) - 1))).out.splitlines()
    assert shown[1].split() == [str(len(every)), "account.opened", last["subject"], last["id"]]
    assert done(partita("events", "show", last["id"], "--json")).json == last
    assert json.loads(done(partita("events", "show", last["id"])).out) == last


def test_the_tail_begins_where_it_is_told_and_ends_after_so_many(partita: CommandLine) -> None:
    open_account(partita, "tailed:a")
    open_account(partita, "tailed:b")
    lines = done(partita("events", "tail", "--after", "1", "--limit", "2", "--json")).out
    events = [json.loads(line) for line in lines.splitlines()]
    assert [int(event["sequence"]) for event in events] == [2, 3]
    assert "account.opened" in done(partita("events", "tail", "--after", "1", "--limit", "1")).out


def test_the_tail_waits_for_what_comes(partita: CommandLine) -> None:
    open_account(partita, "waited:a")
    after = done(partita("events", "list", "--json", "--limit", "1000")).json[-1]["sequence"]
    writing = threading.Timer(1.0, open_beside, (partita, "waited:b"))
    writing.start()
    begun = time.monotonic()
    line = done(partita("events", "tail", "--limit", "1", "--json")).out
    writing.join()
    assert time.monotonic() - begun > 0.9
    assert int(json.loads(line.splitlines()[-1])["sequence"]) > int(after)


def open_beside(partita: CommandLine, path: str) -> None:
    """Open an account in another process, as somebody else would."""
    command = (sys.executable, "-c", "from partita.surfaces.cli.main import main; main()")
    wanted = ("accounts", "open", path, "--asset", "USD", "--type", "liability")
    subprocess.run(
        (*command, *wanted, "--data", str(partita.folder)),
        env=ENVIRONMENT, check=True, capture_output=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("list", "--type", "payment.setled"), "did you mean 'payment.settled'"),
        (("list", "--after", "-1"), "--after is at least 0"),
        (("list", "--limit", "0"), "--limit at least 1"),
        (("list", "--url", "localhost"), "no address of a server"),
        (("list", "--url", "http://localhost"), "API key"),
    ],
)
def test_what_makes_no_sense_is_refused(
    partita: CommandLine, arguments: tuple[str, ...], says: str
) -> None:
    said = partita("events", *arguments)
    assert (said.status, says in said.err) == (2, True), said.err


def test_an_event_that_there_is_not(partita: CommandLine) -> None:
    assert partita("events", "show", "evt_1").status == 1


@pytest.fixture
async def server() -> AsyncIterator[tuple[Application, str, str]]:
    """A running server, its address and a key."""
    built = Application(
        MemoryStore(), pepper=b"p" * 32, clock=SystemClock(), entropy=SystemEntropy()
    )
    ledger = built.open_ledger("main")
    ask_one(ledger, OpenAccount("users:a", "USD", AccountType.LIABILITY))
    key, _ = built.access.create("main", Scope.READ)
    async with served(built) as address:
        yield built, f"http://{address}", key
    built.close()


async def test_a_server_gives_the_same_events(
    server: tuple[Application, str, str], partita: CommandLine
) -> None:
    application, url, key = server
    there = ("--url", url, "--key", key)

    async def ask(*arguments: str) -> Said:
        return await asyncio.to_thread(partita.plain, "events", *arguments, *there)

    listed = done(await ask("list", "--json")).json
    assert [event["type"] for event in listed] == [
        "dev.partita.ledger.opened.v1", "dev.partita.account.opened.v1",
    ]  # fmt: skip
    assert done(await ask("list", "--json", "--type", "account.*")).json == listed[1:]
    assert done(await ask("show", listed[1]["id"], "--json")).json == listed[1]
    assert (await ask("show", "evt_0")).status == 1
    refused = await ask("list", "--type", "acount.opened")
    assert (refused.status, "did you mean 'account.opened'" in refused.err) == (2, True)
    denied = await ask("list", "--ledger", "other")
    assert denied.status == 4
    tailing = asyncio.create_task(ask("tail", "--limit", "1", "--json"))
    await asyncio.sleep(0.5)
    ledger = application.ledger("main")
    await asyncio.to_thread(ask_one, ledger, OpenAccount("users:b", "USD", AccountType.LIABILITY))
    tailed = json.loads(done(await asyncio.wait_for(tailing, 10)).out)
    assert (tailed["sequence"], tailed["data"]["object"]["path"]) == (f"{3:020d}", "users:b")


def test_a_server_that_is_not_there(partita: CommandLine) -> None:
    said = partita.plain("events", "list", "--url", "http://127.0.0.1:1", "--key", "k")
    assert (said.status, "does not answer" in said.err) == (3, True)
