"""A reader of the event stream that comes back after every break, and goes on behind the last event."""

import json
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

from tools.outgoing.checking import Got

_BROKEN = (HTTPException, OSError, ValueError)
_PAUSE_SECONDS, _SILENCE_SECONDS = 0.1, 20.0


class StreamReader:
    """Follows `GET /v1/events/stream` from the first record on, until told to stop."""

    def __init__(self, port: int, key: str) -> None:
        """Begin at once."""
        self._port, self._key = port, key
        self._stop = threading.Event()
        self.got: list[Got] = []
        self.connected = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def last(self) -> int:
        """The sequence of the last event."""
        return self.got[-1].sequence if self.got else 0

    def stop(self) -> None:
        """Let go."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(*_BROKEN):  # which is what it is here for
                self._follow()
            time.sleep(_PAUSE_SECONDS)

    def _follow(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_SILENCE_SECONDS)
        try:
            connection.request("GET", "/v1/events/stream", headers=self._headers())
            response = connection.getresponse()
            if response.status != 200:
                raise ValueError(f"the stream is refused with {response.status}")
            self.connected += 1
            while not self._stop.is_set() and (line := response.readline()):
                if line.startswith(b"data:"):
                    event = json.loads(line.removeprefix(b"data:"))
                    self.got.append(Got(int(event["sequence"]), event["id"]))
        finally:
            connection.close()

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._key}",
            "Accept": "text/event-stream",
            "Last-Event-ID": str(self.last),
        }
