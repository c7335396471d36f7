"""The server on a real loopback address: whole requests, broken ones, stopping."""

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.access import Scope
from partita.engine.listing import ResourceFilter
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount, PlaceHold
from partita.kernel.moment import Moment
from partita.surfaces.http import request_body
from partita.surfaces.http.server import serve
from partita.wiring import Application
from tests.plugins.steering import ask_one
from tests.unit.surfaces.http.conftest import transfer


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[str]:
    """Host and port of a running server."""
    stop, addresses = asyncio.Event(), asyncio.Queue[str]()
    task = asyncio.create_task(
        serve(application, port=0, reading_threads=2, ready=addresses.put_nowait, stop=stop)
    )
    try:
        yield (await asyncio.wait_for(addresses.get(), 10)).removeprefix("http://")
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


def ask(
    address: str, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes, float]:
    """One request; status, headers, body, and seconds."""
    connection = http.client.HTTPConnection(address, timeout=5)
    begun = time.perf_counter()
    connection.request(method, path, body, {n.replace("_", "-"): v for n, v in headers.items()})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    named = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, named, data, time.perf_counter() - begun


async def test_a_transaction_goes_through(application: Application) -> None:
    key, _ = application.access.create("main", Scope.WRITE)
    given = {"Authorization": f"Bearer {key}", "Content_Type": "application/json"}
    async with served(application) as address:
        for path, kind in (("bank:main", "asset"), ("customers:alice", "liability")):
            body = json.dumps({"path": path, "asset": "USD", "type": kind}).encode()
            status, *_ = await asyncio.to_thread(
                ask, address, "POST", "/v1/accounts", body, **given
            )
            assert status == 201
        body = json.dumps(transfer()).encode()
        status, headers, data, _ = await asyncio.to_thread(
            ask, address, "POST", "/v1/transactions", body, Idempotency_Key="k", **given
        )
        assert status == 201
        assert headers["location"].endswith(json.loads(data)["id"])
        escaped = await asyncio.to_thread(
            ask, address, "GET", "/v1/accounts/customers%3Aalice", None, **given
        )
        assert json.loads(escaped[2])["balances"]["posted"] == "500"
        nul = await asyncio.to_thread(ask, address, "GET", "/v1/accounts/a%00b", None, **given)
        assert nul[0] == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * 10_000_000, 413),
        (b"[" * 500_000 + b"]" * 500_000, 400),
        (b"[" * 10_000_000, 413),
        (b'{"postings":' + b"[" * 100_000, 400),
        (b'"' + b"\\u0041" * 150_000 + b'"', 400),
        (b"[" + b"{}," * 300_000 + b"{}]", 400),
        (b"9" * 1_000_000, 400),
        (b"[" + b"1.5e300," * 120_000 + b"1]", 400),
    ],
    ids=["10 MB", "deep", "10 MB deep", "cut off", "escapes", "many", "digits", "fractions"],
)
async def test_a_monstrous_body_is_refused_at_once(
    application: Application, body: bytes, status: int
) -> None:
    key, _ = application.access.create("main", Scope.WRITE)
    given = {"Authorization": f"Bearer {key}", "Content_Type": "application/json"}
    async with served(application) as address:
        before = application.store.head(application.ledger("main").info).sequence
        answer = await asyncio.to_thread(
            ask, address, "POST", "/v1/transactions", body, Idempotency_Key="k", **given
        )
        assert answer[0] == status
        assert json.loads(answer[2])["fix"]
        assert answer[1]["content-type"] == "application/problem+json"
        alive = await asyncio.to_thread(ask, address, "GET", "/healthz")
        assert alive[0] == 200
        assert application.store.head(application.ledger("main").info).sequence == before


async def test_a_large_body_without_a_key_is_refused_before_it_is_read(
    application: Application,
) -> None:
    async with served(application) as address:
        answer = await asyncio.to_thread(ask, address, "POST", "/v1/transactions", b"x" * 5_000_000)
        assert answer[0] == 401


def raw(address: str, text: bytes) -> bytes:
    """Send these very bytes; what comes back until the server closes or is silent for a second."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=1) as connection:
        connection.sendall(text)
        answer = b""
        try:
            while chunk := connection.recv(65_536):
                answer += chunk
        except TimeoutError:
            return answer
        return answer


async def test_a_body_in_chunks_is_read_to_its_limit(application: Application) -> None:
    key, _ = application.access.create("main", Scope.WRITE)
    head = (
        "POST /v1/accounts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {key}\r\n\r\n"
    ).encode()
    body = json.dumps({"path": "a", "asset": "USD", "type": "asset"}).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    large = b"".join(b"10000\r\n" + b" " * 65_536 + b"\r\n" for _ in range(20)) + b"0\r\n\r\n"
    async with served(application) as address:
        assert b"201 Created" in await asyncio.to_thread(raw, address, head + chunks)
        assert b" 413 " in await asyncio.to_thread(raw, address, head + large)


@pytest.mark.parametrize("text", [
    b"GET / HTTP/1.1\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", b"nonsense\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n",
    b"POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 5x\r\n\r\n",
    b"POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
])  # fmt: skip
async def test_broken_http_breaks_nothing(application: Application, text: bytes) -> None:
    async with served(application) as address:
        answer = await asyncio.to_thread(raw, address, text)
        assert b" 500 " not in answer.split(b"\r\n")[0]
        assert (await asyncio.to_thread(ask, address, "GET", "/healthz"))[0] == 200


async def test_a_client_that_leaves_breaks_nothing(application: Application) -> None:
    key, _ = application.access.create("main", Scope.WRITE)
    head = (
        "POST /v1/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {key}\r\n\r\n{{"
    ).encode()
    async with served(application) as address:
        host, _, port = address.rpartition(":")
        for _ in range(5):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(head)
        await asyncio.sleep(0.05)
        assert (await asyncio.to_thread(ask, address, "GET", "/healthz"))[0] == 200


async def test_a_taken_port_is_told(application: Application) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            await serve(application, port=taken.getsockname()[1])


async def test_stopping_answers_what_is_under_way(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, list_accounts = threading.Event(), application.store.accounts

    def slowly(*given: Any) -> Any:
        asked.set()
        time.sleep(0.3)
        return list_accounts(*given)

    monkeypatch.setattr(application.store, "accounts", slowly)
    key, _ = application.access.create("main", Scope.READ)
    async with served(application) as address:
        idle = http.client.HTTPConnection(address, timeout=5)
        await asyncio.to_thread(idle.request, "GET", "/healthz")
        asking = asyncio.create_task(
            asyncio.to_thread(
                ask, address, "GET", "/v1/accounts", None, Authorization=f"Bearer {key}"
            )
        )
        await asyncio.to_thread(asked.wait, 5)
    assert (await asking)[0] == 200
    idle.close()
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(ask, address, "GET", "/healthz")


async def test_a_body_that_never_ends_is_given_up(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "_PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(request_body, "_LOOK_SECONDS", 0.1)
    key, _ = application.access.create("main", Scope.WRITE)
    head = (
        "POST /v1/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {key}\r\n\r\n{{"
    ).encode()
    async with served(application) as address:
        assert b" 408 " in await asyncio.to_thread(raw, address, head)


async def test_holds_expire_while_nobody_asks_anything() -> None:
    books = MemoryStore()
    parts = {"pepper": b"p" * 32, "clock": SystemClock(), "entropy": SystemEntropy()}
    first = Application(books, **parts)
    ledger = first.open_ledger("main")
    ask_one(ledger, OpenAccount("bank", "USD", AccountType.ASSET))
    for seconds in (0.2, 0.7):
        expires_at = Moment(SystemClock().now() + int(seconds * 1_000_000))
        ask_one(ledger, PlaceHold("bank", 5, "USD", expires_at))
    first.close()
    await asyncio.sleep(0.3)
    second = Application(books, **parts)
    async with served(second):
        # The one that was due already, and the one that came due.
        assert await asyncio.to_thread(_wait_for_expiries, second, 2)
    second.close()


def _wait_for_expiries(application: Application, wanted: int) -> bool:
    """Whether so many holds have expired within ten seconds; nothing is asked of the ledger."""
    (info,) = application.store.ledgers()
    which, deadline = ResourceFilter("hold", state="expired"), time.monotonic() + 10
    while len(application.store.resources(info, which, None, 10)) < wanted:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
