"""A client that speaks ASGI to the surface in this process, on a memory store."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.access import Scope
from partita.surfaces.http.app import Surface, create_app
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock


class Answer:
    """Status, headers by lower-case name, and body of one answer."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        start, *rest = messages
        self.status: int = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self.body = b"".join(message.get("body", b"") for message in rest)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The problem's code, if this is a problem."""
        is_problem = self.headers.get("content-type") == "application/problem+json"
        return self.json["code"] if is_problem else None


class Client:
    """Sends requests with an API key; `key=None` sends none."""

    def __init__(self, app: Surface, application: Application) -> None:
        self.app, self.application = app, application
        self.key: str | None = application.access.create("main", Scope.WRITE)[0]
        self._count = 0

    async def send(
        self,
        method: str,
        address: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        raw_headers: list[tuple[bytes, bytes]] | None = None,
    ) -> Answer:
        """Send one request; a body that is not bytes goes out as JSON."""
        path, _, query = address.partition("?")
        data = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            data = json.dumps(body).encode()
        sent = {"host": "localhost", "content-length": str(len(data))}
        if body is not None:
            sent["content-type"] = "application/json"
        if self.key is not None:
            sent["authorization"] = f"Bearer {self.key}"
        sent |= headers or {}
        pairs = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "path": path, "raw_path": path.encode("utf-8", "replace"), "root_path": "",
            "query_string": query.encode(), "headers": pairs + (raw_headers or []),
            "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
        }  # fmt: skip
        messages: list[dict[str, Any]] = []
        incoming = iter([{"type": "http.request", "body": data, "more_body": False}])
        is_whole = asyncio.Event()

        async def receive() -> dict[str, Any]:
            came = next(incoming, None)
            if came is None and messages:
                await is_whole.wait()  # once an answer comes, the client stays to its end
            return came or {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            messages.append(message)
            if message["type"] == "http.response.body" and not message["more_body"]:
                is_whole.set()

        await self.app(scope, receive, send)  # type: ignore[arg-type]
        return Answer(messages)

    async def get(self, address: str, **given: Any) -> Answer:
        return await self.send("GET", address, **given)

    async def post(self, address: str, body: object = None, **given: Any) -> Answer:
        return await self.send("POST", address, body, **given)

    async def post_transaction(
        self, body: object, key: str | None = None, address: str = "/v1/transactions"
    ) -> Answer:
        """Post under a key, a fresh one unless given."""
        self._count += 1
        return await self.post(
            address, body, headers={"idempotency-key": key or f"key-{self._count}"}
        )

    @property
    def sequence(self) -> int:
        """Where the journal of `main` stands."""
        return self.application.store.head(self.application.ledger("main").info).sequence


def transfer(amount: str = "500", **more: Any) -> dict[str, Any]:
    """A body that moves so much from the bank to alice."""
    return {
        "postings": [
            {"account": "bank:main", "direction": "debit", "amount": amount, "asset": "USD"},
            {"account": "customers:alice", "direction": "credit", "amount": amount, "asset": "USD"},
        ]
    } | more


@pytest.fixture
def application() -> Iterator[Application]:
    """An application on a memory store, with the ledger `main` open."""
    built = Application(
        MemoryStore(),
        pepper=b"p" * 32,
        clock=StandingClock(step_microseconds=1),
        entropy=SeededEntropy(),
    )
    built.open_ledger("main")
    yield built
    built.close()


@pytest.fixture
async def client(application: Application) -> AsyncIterator[Client]:
    """A client with a key for writing, on a ledger with three accounts."""
    app = create_app(application, reading_threads=2)
    async with living(app):
        ready = Client(app, application)
        for path, kind in (("bank:main", "asset"), ("customers:alice", "liability"),
                           ("customers:bob", "liability")):  # fmt: skip
            opened = await ready.post("/v1/accounts", {"path": path, "asset": "USD", "type": kind})
            assert opened.status == 201, opened.body
        yield ready


@asynccontextmanager
async def living(app: Surface) -> AsyncIterator[None]:
    """The application between start-up and shut-down, both in one task, as a server does it."""
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.litestar.lifespan():
            started.set()
            await over.wait()

    life = asyncio.create_task(live())
    await started.wait()
    try:
        yield
    finally:
        over.set()
        await life
