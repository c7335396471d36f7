"""The real server over HTTP, to be killed, and its clients: each keeps one connection alive."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from partita.kernel.commands import (
    Bulk,
    CaptureHold,
    OpenAccount,
    PendTransaction,
    PlaceHold,
    PostTransaction,
    ReverseTransaction,
)
from partita.kernel.posting import Posting
from tests.faults.history import Answer, History, Wished, refused
from tests.faults.processes import ENVIRONMENT

_CLIENTS, _SETTLE_SECONDS = 16, 60.0
_COMMAND = (sys.executable, "-c", "from partita.surfaces.cli.main import main; main()")
_BROKEN = (http.client.HTTPException, OSError)


def make_key(folder: Path) -> str:
    """An API key for the books in a folder, made from the command line."""
    arguments = ("keys", "create", "--scope", "write", "--json", "--data", str(folder))
    done = subprocess.run(
        (*_COMMAND, *arguments), env=ENVIRONMENT, capture_output=True, check=True, timeout=60
    )
    key: str = json.loads(done.stdout)["key"]
    return key


class HttpServer:
    """`partita serve` on a data folder, with clients that ask for what is fed to them."""

    def __init__(self, folder: Path, key: str, history: History) -> None:
        self._key, self._history = key, history
        self.process = subprocess.Popen(
            (*_COMMAND, "serve", "--data", str(folder), "--port", "0", "--json"),
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        self.port = 0
        self.heard = 0
        self.failures: list[str] = []
        self.replies: dict[str, bytes] = {}

    def await_ready(self) -> None:
        """Wait until it takes connections."""
        assert self.process.stdout is not None
        ready = self.process.stdout.readline()
        assert ready, f"the server ended with status {self.process.wait()}"
        self.port = urlsplit(json.loads(ready)["url"]).port or 0

    def feed(self, wishes: Iterable[tuple[str, Wished]]) -> None:
        """Ask for all of these, many at a time, or as many as it lives to take in."""
        waiting: SimpleQueue[tuple[str, Wished] | None] = SimpleQueue()
        room = threading.Semaphore(2 * _CLIENTS)
        clients = [
            threading.Thread(target=self._ask, args=(waiting, room)) for _ in range(_CLIENTS)
        ]
        for client in clients:
            client.start()
        for each in wishes:
            room.acquire()
            waiting.put(each)
        for _ in clients:
            waiting.put(None)
        for client in clients:
            client.join()

    def settle(self) -> None:
        """Ask for everything unanswered, until all of it is answered."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while open_keys := self._history.unanswered():
            assert time.monotonic() < deadline, f"never settled: {open_keys[:3]} {self.failures}"
            self.feed([(key, self._history.wishes[key]) for key in open_keys])

    def kill(self) -> None:
        """Without a word."""
        self.process.kill()
        self._wait()

    def stop(self) -> None:
        """As an operator does, and see that it ends well."""
        self.process.terminate()
        self._wait()
        assert self.process.returncode == 0, f"status {self.process.returncode}"

    def _wait(self) -> None:
        try:
            self.process.wait(timeout=_SETTLE_SECONDS)
        finally:
            self.process.kill()
            assert self.process.stdout is not None
            self.process.stdout.close()

    def _ask(
        self, waiting: SimpleQueue[tuple[str, Wished] | None], room: threading.Semaphore
    ) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SETTLE_SECONDS)
        while (wanted := waiting.get()) is not None:
            room.release()
            key, wish = wanted
            self._history.ask(key, wish)
            try:
                self._hear(key, *self._post(connection, key, wish))
            except _BROKEN as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                connection.close()
        connection.close()

    def _post(
        self, connection: http.client.HTTPConnection, key: str, wish: Wished
    ) -> tuple[int, bytes]:
        path, body = _request(wish)
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, response.read()

    def _hear(self, key: str, status: int, body: bytes) -> None:
        said = json.loads(body)
        if said.get("retryable"):
            self.failures.append(f"{status} {said['code']}")
            return
        self._history.hear(key, _answer(status, said))
        if status == 201 and self.replies.setdefault(key, body) != body:
            self._history.contradictions.append(f"{key}: the same reply in other bytes")
        self.heard += 1


def _request(wish: Wished) -> tuple[str, dict[str, Any]]:
    if isinstance(wish, OpenAccount):
        floor = wish.constraints.min_available
        body: dict[str, Any] = {"path": wish.path, "asset": wish.asset, "type": wish.type.value}
        if floor is not None:
            body["constraints"] = {"min_available": str(floor)}
        return "/v1/accounts", body
    if isinstance(wish, Bulk):
        items = [_transaction(item) for item in wish.commands if isinstance(item, PostTransaction)]
        mode = "atomic" if wish.atomic else "independent"
        return "/v1/transactions/batch", {"mode": mode, "transactions": items}
    if isinstance(wish, PlaceHold):
        body = {"account": wish.account, "amount": str(wish.amount), "asset": wish.asset}
        return "/v1/holds", body | ({"expires_at": e.text()} if (e := wish.expires_at) else {})
    if isinstance(wish, CaptureHold):
        body = {"postings": _postings(wish.postings), "final": wish.is_final}
        return f"/v1/holds/{wish.hold}/capture", body
    if isinstance(wish, ReverseTransaction):
        legs = [{"posting": n, "amount": str(amount)} for n, amount in wish.amounts or ()]
        return f"/v1/transactions/{wish.transaction}/reverse", {"postings": legs} if legs else {}
    assert isinstance(wish, PostTransaction | PendTransaction)
    return "/v1/transactions", _transaction(wish)


def _transaction(wish: PostTransaction | PendTransaction) -> dict[str, Any]:
    status = "pending" if isinstance(wish, PendTransaction) else "posted"
    return {"postings": _postings(wish.postings), "status": status}


def _postings(postings: Sequence[Posting]) -> list[dict[str, str]]:
    return [
        {
            "account": posting.account,
            "direction": posting.direction.value,
            "amount": str(posting.amount),
            "asset": posting.asset,
        }
        for posting in postings
    ]


def _answer(status: int, said: dict[str, Any]) -> Answer:
    if status == 201:
        return (said["id"],)
    if status == 200 and said["object"] == "capture":
        return (said["transaction"]["id"],)
    if status == 200:
        return tuple(text for item in said["results"] for text in _item(item))
    assert status in (409, 422), f"{status} {said}"
    return (refused(said["code"], _index(said)),)


def _item(item: dict[str, Any]) -> Answer:
    if item["status"] == 201:
        return (item["transaction"]["id"],)
    return (refused(item["problem"]["code"]),)


def _index(problem: dict[str, Any]) -> int | None:
    """The guilty transaction of an atomic batch, from the pointer to it."""
    pointer = problem["errors"][0]["pointer"] if problem.get("errors") else ""
    parts = pointer.split("/")
    return int(parts[2]) if parts[1:2] == ["transactions"] else None
