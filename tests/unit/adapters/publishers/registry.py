"""A small server that obeys the protocol of Confluent's schema registry, as far as we speak it.

Subjects with versions, ids by content, a level of compatibility for each subject, a login. It stands
in for a registry that no package of ours brings; what it does was written from the protocol's text.
"""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"


class Registry:
    """What it has been told."""

    def __init__(self) -> None:
        self.subjects: dict[str, list[str]] = {}
        self.levels: dict[str, str] = {}
        self.ids: dict[str, int] = {}
        self.login: str | None = None
        self.answers: list[tuple[int, Any]] = []
        """What it says to the next requests, whatever they are."""
        self.asked: list[tuple[str, str]] = []
        self.url = ""

    def answer(
        self, method: str, path: str, body: Any, authorization: str | None
    ) -> tuple[int, Any]:
        """What it says to a request."""
        self.asked.append((method, path))
        if self.answers:
            return self.answers.pop(0)
        wanted = self.login and f"Basic {base64.b64encode(self.login.encode()).decode()}"
        if wanted is not None and wanted != authorization:
            return 401, {"error_code": 401, "message": "Unauthorized"}
        if method == "PUT" and (found := re.fullmatch(r"/config/([^/]+)", path)):
            self.levels[unquote(found[1])] = body["compatibility"]
            return 200, body
        if method == "POST" and (found := re.fullmatch(r"/subjects/([^/]+)/versions", path)):
            return self._register(unquote(found[1]), body)
        return 404, {"error_code": 404, "message": "HTTP 404 Not Found"}

    def _register(self, subject: str, body: dict[str, str]) -> tuple[int, Any]:
        if body.get("schemaType") != "JSON" or set(body) != {"schemaType", "schema"}:
            return 422, {"error_code": 42201, "message": "Invalid schema"}
        json.loads(body["schema"])
        versions = self.subjects.setdefault(subject, [])
        if body["schema"] not in versions:
            if versions and self.levels.get(subject, "BACKWARD") != "NONE":
                message = "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"
                return 409, {"error_code": 409, "message": message}
            versions.append(body["schema"])
        return 200, {"id": self.ids.setdefault(body["schema"], len(self.ids) + 1)}


@contextmanager
def serving(registry: Registry) -> Iterator[Registry]:
    """The registry behind a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers["content-length"] or 0)
            assert self.headers["content-type"] == MEDIA_TYPE
            body = json.loads(self.rfile.read(length))
            status, told = registry.answer(
                self.command, self.path, body, self.headers["authorization"]
            )
            text = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", MEDIA_TYPE)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_PUT = _do  # noqa: N815 - the names that the library looks for

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    registry.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
