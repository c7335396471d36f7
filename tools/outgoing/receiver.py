"""A webhook endpoint as a program of its own, so that it can be killed: it notes what it was brought.

    python -m tools.outgoing.receiver PORT FILE SECRET

Every delivery whose signature the reference library takes is a line `SEQUENCE ID` in the file before
it is answered; any other is answered with 400 and noted as `bad ID`.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class _Event(msgspec.Struct):
    id: str
    sequence: str


_event = msgspec.json.Decoder(_Event).decode


class Receiver(ThreadingHTTPServer):
    """The endpoint, with the file that it writes to."""

    daemon_threads = True

    def __init__(self, port: int, notes: int, secret: str) -> None:
        """Listen on a port of this machine."""
        super().__init__(("127.0.0.1", port), _Delivery)
        self.notes, self.webhook = notes, Webhook(secret)


class _Delivery(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Check, note, answer."""
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # whoever brought it was killed over it
            self.close_connection = True
            return
        try:
            self.server.webhook.verify(
                body, {name.lower(): self.headers[name] for name in self.headers}
            )
        except WebhookVerificationError as error:
            self._note(f"bad {self.headers['webhook-id']} {error}")
            self._answer(400)
            return
        event = _event(body)
        self._note(f"{int(event.sequence)} {event.id}")
        self._answer(204)

    def _note(self, line: str) -> None:
        os.write(self.server.notes, f"{line}\n".encode())  # whole or not at all, whoever kills it

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until killed."""
    port, file, secret = sys.argv[1:]
    with Path(file).open("ab", buffering=0) as notes:
        Receiver(int(port), notes.fileno(), secret).serve_forever()


if __name__ == "__main__":
    main()
