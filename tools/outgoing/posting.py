"""Load that survives whatever is killed: every wish is asked for under its key until it is answered."""

import itertools
import json
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any

_BROKEN = (HTTPException, OSError, ValueError)
_PAUSE_SECONDS, _TIMEOUT_SECONDS = 0.05, 10.0
ACCOUNTS = 20
_runs = map("load-{}".format, itertools.count(1))


class Client:
    """One connection to the server, made anew when it breaks."""

    def __init__(self, port: int, key: str) -> None:
        """Speak to the server on this port, by this API key."""
        self._port, self._key = port, key
        self._connection: HTTPConnection | None = None
        self.sequence = 0
        """How far the journal was by the last answer."""

    def ask(
        self, method: str, path: str, body: object = None, *, key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:  # fmt: skip
        """Status and answer of one request.

        Raises:
            OSError, HTTPException: the connection broke; whether it was taken in is not known.
        """
        if self._connection is None:
            self._connection = HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_SECONDS)
        sent = {"Authorization": f"Bearer {self._key}", **(headers or {})}
        if key is not None:
            sent["Idempotency-Key"] = key
        data = None
        if body is not None:
            sent["Content-Type"], data = "application/json", json.dumps(body)
        try:
            self._connection.request(method, path, data, sent)
            response = self._connection.getresponse()
            said = response.read()
            self.sequence = int(response.headers.get("Ledger-Sequence") or self.sequence)
        except _BROKEN:
            self.close()
            raise
        return response.status, json.loads(said) if said else None

    def insist(self, method: str, path: str, body: object = None, *, key: str | None = None) -> Any:
        """The answer of a request that is repeated until it is answered well.

        Raises:
            RuntimeError: it was refused.
        """
        while True:
            try:
                status, said = self.ask(method, path, body, key=key)
            except _BROKEN:
                time.sleep(_PAUSE_SECONDS)
                continue
            if status < 300:
                return said
            if not said.get("retryable"):
                raise RuntimeError(f"{method} {path}: {status} {said}")
            time.sleep(_PAUSE_SECONDS)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def open_accounts(client: Client) -> None:
    """The accounts that the load posts between, and where their money comes from."""
    client.insist("POST", "/v1/accounts", _account("bank", "asset"), key="bank")
    for number in range(ACCOUNTS):
        path = f"users:{number}"
        client.insist("POST", "/v1/accounts", _account(path, "liability"), key=path)


def _account(path: str, type_: str) -> dict[str, str]:
    return {"path": path, "type": type_, "asset": "USD"}


def transfer(number: int) -> dict[str, Any]:
    """One transaction: money from the bank to one of the accounts."""
    leg = {"amount": str(1 + number % 100), "asset": "USD"}
    return {
        "postings": [
            {"account": "bank", "direction": "debit", **leg},
            {"account": f"users:{number % ACCOUNTS}", "direction": "credit", **leg},
        ],
        "metadata": {"order": str(number)},
    }


class Load:
    """Clients that post at a pace until told to stop."""

    def __init__(self, connect: Callable[[], Client], clients: int, per_second: float) -> None:
        """Begin at once."""
        self._stop, self._run = threading.Event(), next(_runs)
        self._pause_seconds = clients / per_second
        self.acknowledged = 0
        self.seconds: list[float] = []
        """How long each took until it was acknowledged."""
        self._counting = threading.Lock()
        self._threads = [
            threading.Thread(target=self._post, args=(connect(), name), daemon=True)
            for name in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> int:
        """End it; how many transactions were acknowledged."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return self.acknowledged

    def _post(self, client: Client, name: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            began = time.perf_counter()
            client.insist(
                "POST", "/v1/transactions", transfer(number), key=f"{self._run}-{name}-{number}"
            )
            with self._counting:
                self.acknowledged += 1
                self.seconds.append(time.perf_counter() - began)
            self._stop.wait(self._pause_seconds)
        client.close()
