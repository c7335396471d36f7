"""The demo's self-test: seed, serve, and one round over real HTTP that must come out right."""

import asyncio
import json
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from partita import wiring
from partita.config import DEFAULT_LEDGER, Settings
from partita.engine.access import Scope
from partita.engine.verification import verify_ledger
from partita.surfaces.demo.seed import seed
from partita.surfaces.http import server

_PATIENCE_SECONDS = 20
_WALLET = "customers:0001:wallets:usd"
_DEBIT = {"account": "bank:usd", "direction": "debit", "amount": "500", "asset": "USD"}
_CREDIT = {"account": _WALLET, "direction": "credit", "amount": "500", "asset": "USD"}
_DEPOSIT = {
    "postings": [_DEBIT, _CREDIT],
    "type": "deposit",
    "metadata": {"note": "the demo's own"},
}
_UNBALANCED = {"postings": [_DEBIT, {**_CREDIT, "amount": "499"}]}
Say = Callable[[str], None]
Figures = dict[str, Any]


def once(settings: Settings, say: Say) -> Figures:
    """Seed, serve and try out; the figures, `ok` among them, and `failures` if there are any."""
    application = wiring.build(settings)
    try:
        seeded = seed(application)
        say(f"Seeded {seeded.accounts} accounts and {seeded.transactions} transactions.")
        key, _stored = application.access.create(DEFAULT_LEDGER, Scope.WRITE, name="demo")
        url, failures = asyncio.run(_try_out(application, key))
        info = application.ledger(DEFAULT_LEDGER).info
        report = verify_ledger(application.store, info)
        if not report.ok:
            failures.append(f"the journal is not well: {report.first_bad}")
        for failure in failures:
            say(f"demo: {failure}")
    finally:
        application.close()
    figures: Figures = {
        "ok": not failures,
        "url": url,
        "accounts": seeded.accounts,
        "transactions": seeded.transactions + 1,
        "records": report.records,
        "root": report.root,
    }
    return figures if not failures else {**figures, "failures": failures}


async def _try_out(application: wiring.Application, key: str) -> tuple[str, list[str]]:
    """Serve on a free port for the length of one round; the URL and what went wrong."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    serving = asyncio.create_task(
        server.serve(application, port=0, ready=ready.set_result, stop=stop)
    )
    await asyncio.wait((serving, ready), return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        await serving
    url = await ready
    try:
        return url, await asyncio.to_thread(_round, url, key)
    finally:
        stop.set()
        await serving


def _round(url: str, key: str) -> list[str]:
    """Read, post, read back, replay, and knock without a key; what went wrong."""
    client = _Client(url, key)
    failures: list[str] = []

    def expect(what: str, found: object, expected: object) -> None:
        if found != expected:
            failures.append(f"{what}: expected {expected}, found {found}")

    balances = f"/v1/accounts/{_WALLET}/balances"
    before = int(client("GET", balances)[1]["posted"])
    status, posted, _headers = client("POST", "/v1/transactions", _DEPOSIT, "demo-once")
    expect("status of posting", status, 201)
    status, again, headers = client("POST", "/v1/transactions", _DEPOSIT, "demo-once")
    expect("posting again", (status, again), (201, posted))
    expect("header of posting again", headers.get("idempotent-replayed"), "true")
    expect("balance", int(client("GET", balances)[1]["posted"]), before + 500)
    status, found, _headers = client("GET", f"/v1/transactions/{posted.get('id')}")
    expect("reading back", (status, found), (200, posted))
    status, _problem, _headers = client("POST", "/v1/transactions", _UNBALANCED, "demo-unbalanced")
    expect("status of an unbalanced one", status, 422)
    expect("no key", _Client(url, None)("GET", balances)[0], 401)
    return failures


class _Client:
    """Speaks HTTP as a program would, one connection for each call."""

    def __init__(self, url: str, key: str | None) -> None:
        self._address, self._key = urlsplit(url).netloc, key

    def __call__(
        self, method: str, path: str, body: object = None, idempotency_key: str | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        headers = {} if self._key is None else {"Authorization": f"Bearer {self._key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        connection = HTTPConnection(self._address, timeout=_PATIENCE_SECONDS)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, headers)
            response = connection.getresponse()
            content = response.read()
            named = {name.lower(): value for name, value in response.getheaders()}
            return response.status, json.loads(content or b"null"), named
        finally:
            connection.close()
