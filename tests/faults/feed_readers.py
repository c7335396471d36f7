"""Readers of the event feed who come back after every loss, and know only the last id they saw."""

import http.client
import json
import threading
import time
from collections.abc import Iterator

from tests.faults.http_server import HttpServer

_BROKEN = (http.client.HTTPException, OSError, ValueError)
_PAUSE_SECONDS, _PATIENCE_SECONDS = 0.05, 30.0


class FeedReader:
    """A thread that reads from whichever server runs now, and keeps every event with its sequence."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}
        self.seen: list[tuple[int, bytes]] = []
        self.losses = 0
        self._server: HttpServer | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def turn_to(self, server: HttpServer) -> None:
        """Read from this server from now on."""
        self._server = server

    def await_sequence(self, sequence: int) -> None:
        """Wait until it has come so far."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self.last < sequence:
            assert time.monotonic() < deadline, f"came to {self.last} of {sequence}"
            time.sleep(0.01)

    def close(self) -> None:
        self._over.set()
        self._thread.join(_PATIENCE_SECONDS)

    @property
    def last(self) -> int:
        return self.seen[-1][0] if self.seen else 0

    def _run(self) -> None:
        while not self._over.is_set():
            server = self._server
            if server is None:
                self._over.wait(_PAUSE_SECONDS)
                continue
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=2)
            try:
                for sequence, event in self._events(connection):
                    self.seen.append((sequence, event))
                    if self._over.is_set():
                        return
            except _BROKEN:
                self.losses += 1
                self._over.wait(_PAUSE_SECONDS)
            finally:
                connection.close()

    def _events(self, connection: http.client.HTTPConnection) -> Iterator[tuple[int, bytes]]:
        raise NotImplementedError


class StreamReader(FeedReader):
    """Reads server-sent events, and comes back with `Last-Event-ID`."""

    def _events(self, connection: http.client.HTTPConnection) -> Iterator[tuple[int, bytes]]:
        headers = self._headers | ({"Last-Event-ID": str(self.last)} if self.last else {})
        connection.request("GET", "/v1/events/stream", headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise ConnectionError(f"status {answer.status}")
        sequence = 0
        while line := answer.readline():
            name, _, value = line.rstrip(b"\n").partition(b": ")
            if name == b"id":
                sequence = int(value)
            elif name == b"data" and line.endswith(b"\n"):
                yield sequence, value


class PollReader(FeedReader):
    """Asks for pages by long poll."""

    def _events(self, connection: http.client.HTTPConnection) -> Iterator[tuple[int, bytes]]:
        after = self.last
        while True:
            connection.request(
                "GET", f"/v1/events?wait=1&limit=37&after={after}", headers=self._headers
            )
            page = json.loads(connection.getresponse().read())
            after = int(page["upto"]) if "upto" in page else after
            for event in page["data"]:
                text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
                yield int(event["sequence"]), text.encode()
