"""A receiver of webhooks for tests: a real HTTP server on this machine, whose answers are scripted."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import msgspec


class Received(NamedTuple):
    """A request as it came in, and when by the machine's clock."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent in it."""
        found: dict[str, Any] = msgspec.json.decode(self.body)
        return found

    @property
    def sequence(self) -> int:
        """The sequence of its event."""
        return int(self.event["sequence"])


Reaction = Callable[["_Handler"], None]


class Receiver(ThreadingHTTPServer):
    """Answers each request by `script`, which is given the request and how many came before it."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, script: Callable[[Received, int], Reaction]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.received: list[Received] = []
        self.lock = threading.Lock()
        self.under_way = self.most_under_way = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    @property
    def sequences(self) -> list[int]:
        """The sequences of all requests, as they came in."""
        return [each.sequence for each in self.received]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up on us is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver
    timeout = 30

    def do_POST(self) -> None:
        """Take a request in, and do as the script says."""
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return  # whoever sent it died on the way
        headers = {name.lower(): value for name, value in self.headers.items()}
        found = Received(self.path, headers, body, time.monotonic())
        server = self.server
        with server.lock:
            place = len(server.received)
            server.received.append(found)
            server.under_way += 1
            server.most_under_way = max(server.most_under_way, server.under_way)
        try:
            server.script(found, place)(self)
        finally:
            with server.lock:
                server.under_way -= 1

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def says(status: int, body: bytes = b"", **headers: str) -> Reaction:
    """A plain answer."""

    def react(handler: _Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return react


def waits(seconds: float, then: Reaction) -> Reaction:
    """An answer that comes late."""

    def react(handler: _Handler) -> None:
        time.sleep(seconds)
        then(handler)

    return react


def closes(handler: _Handler) -> None:
    """No answer: the connection ends."""
    handler.close_connection = True
    handler.connection.close()


def babbles(handler: _Handler) -> None:
    """Something that is no HTTP."""
    handler.wfile.write(b"EHLO example.com\r\n\r\n" * 10)
    handler.close_connection = True


def drips(handler: _Handler) -> None:
    """A slow-loris: a byte of the head now and then, for ever."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-drip: ")
    for _ in range(300):
        handler.wfile.write(b"a")
        handler.wfile.flush()
        time.sleep(0.1)


def floods(handler: _Handler) -> None:
    """An answer without an end; counts what was taken of it in `handler.server.flooded`."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(1_000):
        handler.wfile.write(piece)


@contextmanager
def receiving(
    script: Callable[[Received, int], Reaction] = lambda _received, _place: says(204),
) -> Iterator[Receiver]:
    """A receiver in a thread of its own."""
    server = Receiver(script)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
