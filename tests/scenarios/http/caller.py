"""A program that calls a served ledger over real HTTP, from as many threads as it likes."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from partita.engine.access import Scope
from partita.wiring import Application


class Said(NamedTuple):
    """An answer: status, body, headers by lower-case name."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str | None:
        """The problem's code, if it is one."""
        found: str | None = self.body.get("code") if self.status >= 400 else None
        return found

    @property
    def sequence(self) -> int:
        """Where in the journal it stands."""
        return int(self.headers["ledger-sequence"])


class Caller:
    """Calls with an API key; every POST goes under a fresh idempotency key unless told."""

    def __init__(self, application: Application, url: str) -> None:
        self._application, self._address = application, urlsplit(url).netloc
        self._key, _stored = application.access.create("main", Scope.WRITE)
        self._numbers = count(1)

    def __call__(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> Said:
        """Call once, on a connection of its own."""
        headers = {"Authorization": f"Bearer {self._key}"}
        if method == "POST":
            headers["Content-Type"] = "application/json"
            headers["Idempotency-Key"] = key or f"call-{next(self._numbers)}"
        connection = HTTPConnection(self._address, timeout=30)
        try:
            data = None if body is None else body if isinstance(body, bytes) else json.dumps(body)
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            content = json.loads(response.read() or b"null")
            named = {name.lower(): value for name, value in response.getheaders()}
            return Said(response.status, content, named)
        finally:
            connection.close()

    def post(self, path: str, body: object = None, *, key: str | None = None) -> Said:
        """Call with POST."""
        return self("POST", path, {} if body is None else body, key=key)

    def all_at_once(self, calls: Iterable[Callable[[], Said]]) -> list[Said]:
        """Make all calls, each from a thread of its own, and hear what each was told."""
        waiting = list(calls)
        with ThreadPoolExecutor(len(waiting)) as threads:
            return [each.result() for each in [threads.submit(call) for call in waiting]]

    def balance(self, path: str) -> int:
        """What is posted on an account; 0 if there is none yet."""
        said = self("GET", f"/v1/accounts/{path}/balances")
        return 0 if said.status == 404 else int(said.body["posted"])

    def head(self) -> int:
        """How long the journal is."""
        info = self._application.ledger().info
        return self._application.store.head(info).sequence
