"""The witness over HTTP: `POST /add-checkpoint`, and `GET /last/ORIGIN` as evidence.

The standard library's server is enough: a log asks once in a second, and requests are small. What a
stranger can cost is bounded: 64 KiB a body, 10 seconds a request, 32 connections.
"""

import logging
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from partita.surfaces.witness.cosigning import Answer, Witness

MOST_BYTES = 65_536
MOST_CONNECTIONS = 32
_SECONDS = 10
_EVIDENCE = "/last/"
_log = logging.getLogger(__name__)


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness; `serve_forever` and `shutdown` are the standard library's."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        """Listen at an address; port 0 takes a free one."""
        self.witness = witness
        self._room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(address, _Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection, or close it at once if there are too many."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer what comes on one connection, in a thread of its own."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what ended a connection in one line: as a rule, that the other side has gone."""
        _log.warning("connection from %s: %s", client_address[0], sys.exception())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS
    server: WitnessServer

    def do_POST(self) -> None:  # the standard library's name
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > MOST_BYTES:
            self.close_connection = True
            self._reply(Answer(400, f"a body has a length, of at most {MOST_BYTES} bytes\n"))
            return
        body = self.rfile.read(int(length))
        if self.path != "/add-checkpoint":
            self._reply(Answer(404, "POST goes to /add-checkpoint\n"))
            return
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            self._reply(Answer(400, f"not UTF-8: {error}\n"))
            return
        self._reply(self.server.witness.add_checkpoint(text))

    def do_GET(self) -> None:  # the standard library's name
        origin = unquote(self.path).removeprefix(_EVIDENCE)
        note = self.server.witness.last(origin) if self.path.startswith(_EVIDENCE) else None
        if note is None:
            self._reply(Answer(404, "GET /last/ORIGIN has the last checkpoint of a log\n"))
        else:
            self._reply(Answer(200, note.full()))

    def _reply(self, answer: Answer) -> None:
        body = answer.text.encode()
        self.send_response(answer.status)
        self.send_header("content-type", answer.media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing of requests; refusals are logged where they are decided."""
