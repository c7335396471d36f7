"""The ASGI application: every operation at its path, and the life of what they lean on.

    server ─► Surface ─┬─► endpoint of a plain path ────────► one look-up, then `dispatch`
                       └─► Litestar ─► endpoint, or a problem   paths with parameters, the rest

Litestar owns start-up, shut-down, and routing. But its way to a handler costs 30 µs of a post's
150, a fifth of what one process can do; so a path that needs no routing is answered before it is
asked (decision record 0022 has the figures).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, route
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from partita.surfaces.http.desk import Desk
from partita.surfaces.http.dispatch import Endpoint, refusal_of
from partita.surfaces.http.documents import Documents
from partita.surfaces.http.every_list import lists_of
from partita.surfaces.http.operation import Operation
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import SAFETY
from partita.surfaces.http.routes import OPERATIONS
from partita.wiring import Application

_METHODS = [
    HttpMethod.GET,
    HttpMethod.HEAD,
    HttpMethod.POST,
    HttpMethod.PUT,
    HttpMethod.PATCH,
    HttpMethod.DELETE,
    HttpMethod.OPTIONS,
]
READING_THREADS = 8
"""Below the ten connections that a store has by default: the writer needs one of its own."""


def create_app(application: Application, *, reading_threads: int = READING_THREADS) -> "Surface":
    """The HTTP surface of an application, for any ASGI server.

    The application stays the caller's: closing it is not this surface's business.
    """
    return Surface(application, OPERATIONS, reading_threads)


class Surface:
    """An ASGI application. It has a desk and endpoints only between start-up and shut-down."""

    def __init__(
        self, application: Application, operations: Sequence[Operation], reading_threads: int
    ) -> None:
        """Serve these operations on this application."""
        self._application, self._reading_threads = application, reading_threads
        self._documents = Documents(operations)
        self._paths: dict[str, list[Operation]] = {}
        for operation in operations:
            self._paths.setdefault(operation.path, []).append(operation)
        self._endpoints: dict[str, Endpoint] = {}
        self._plain: dict[str, Endpoint] = {}
        self._desk: Desk | None = None
        self.litestar = Litestar(
            route_handlers=[self._route(path) for path in self._paths],
            lifespan=[self._life],
            exception_handlers={Exception: self._unrouted},
            openapi_config=None,
            logging_config=None,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through start-up and shut-down."""
        # Start-up and shut-down have no path.
        endpoint = self._plain.get(scope.get("path", ""))
        if endpoint is not None:
            await endpoint(scope, receive, send)  # type: ignore[arg-type]
        else:
            await self.litestar(scope, receive, send)

    def let_go(self) -> None:
        """Let everybody go who waits for what is yet to happen: the server is about to stop."""
        if self._desk is not None:
            self._desk.let_go()

    @asynccontextmanager
    async def _life(self, _app: Litestar) -> AsyncIterator[None]:
        lists_of(self._application)
        desk = Desk(self._application, self._documents, reading_threads=self._reading_threads)
        self._desk = desk
        self._endpoints = {
            path: Endpoint(path, operations, desk) for path, operations in self._paths.items()
        }
        self._plain = {p: found for p, found in self._endpoints.items() if "{" not in p}
        try:
            yield
        finally:
            self._endpoints = self._plain = {}
            desk.close()

    def _route(self, path: str) -> HTTPRouteHandler:
        """Litestar's route of one path; what its handler returns is called with the request."""

        async def find(request: Request[Any, Any, Any]) -> ASGIApp:
            return self._endpoints[path]  # type: ignore[return-value]

        return route(path, http_method=_METHODS, name=path)(find)

    def _unrouted(self, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        """The answer where no endpoint was reached: unknown paths, malformed hosts."""
        assert self._desk is not None, "requests come after start-up"
        request_id, path = self._desk.request_ids(), request.scope["path"]
        reply = _routing_refusal(error, path, request_id).reply(request_id, path)
        self._desk.measures.count("unrouted", reply.status, 0.0)
        headers = {name.decode(): value.decode() for name, value in (*reply.headers, *SAFETY)}
        return Response(
            reply.body,
            status_code=reply.status,
            media_type=reply.media_type.decode(),
            headers=headers | {"request-id": request_id},
        )


def _routing_refusal(error: Exception, path: str, request_id: str) -> Refusal:
    if not isinstance(error, HTTPException):
        return refusal_of(error, request_id)
    if error.status_code == 405:
        allow = (b"allow", (error.headers or {}).get("allow", "").encode())
        detail = f"{path[:255]!r} does not take this method."
        return Refusal("method_not_allowed", detail, headers=(allow,))
    if error.status_code == 404:
        return Refusal("not_found", f"Nothing is at {path[:255]!r}; /openapi.json lists what is.")
    return Refusal("invalid_request", f"{error.detail}.")
