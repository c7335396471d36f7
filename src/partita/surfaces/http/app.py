"""The ASGI application: every operation at its path, and the life of what they lean on."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, asgi, route
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from partita.surfaces.http.desk import Desk
from partita.surfaces.http.dispatch import Endpoint, refusal_of
from partita.surfaces.http.documents import Documents
from partita.surfaces.http.operation import Operation
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import SAFETY
from partita.surfaces.http.routes import OPERATIONS
from partita.wiring import Application

_METHODS = [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH,
            HttpMethod.DELETE, HttpMethod.OPTIONS]  # fmt: skip
RouteHandler = ASGIRouteHandler | HTTPRouteHandler
READING_THREADS = 8
"""Below the ten connections that a store has by default: the writer needs one of its own."""


def create_app(application: Application, *, reading_threads: int = READING_THREADS) -> Litestar:
    """The HTTP surface of an application, for any ASGI server.

    The application stays the caller's: closing it is not this surface's business.
    """
    paths: dict[str, list[Operation]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, []).append(operation)
    surface = _Surface(application, Documents(OPERATIONS), reading_threads)
    return Litestar(
        route_handlers=[_route(path, operations, surface) for path, operations in paths.items()],
        lifespan=[surface.life],
        exception_handlers={Exception: surface.routing_refused},
        openapi_config=None,
        logging_config=None,
    )


class _Surface:
    """The desk of the running loop; there is one only between start-up and shut-down."""

    def __init__(
        self, application: Application, documents: Documents, reading_threads: int
    ) -> None:
        self._application, self._documents = application, documents
        self._reading_threads = reading_threads
        self.desk: Desk | None = None

    @asynccontextmanager
    async def life(self, _app: Litestar) -> AsyncIterator[None]:
        self.desk = Desk(self._application, self._documents, reading_threads=self._reading_threads)
        try:
            yield
        finally:
            self.desk.close()
            self.desk = None

    def endpoint(self, path: str, operations: Sequence[Operation]) -> Callable[[], Endpoint]:
        """A function that gives the endpoint of a path: one for each desk."""
        made: Endpoint | None = None

        def current() -> Endpoint:
            nonlocal made
            if made is None or made.desk is not self.desk:
                assert self.desk is not None, "requests come between start-up and shut-down"
                made = Endpoint(path, operations, self.desk)
            return made

        return current

    def routing_refused(self, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        """The answer where no endpoint was reached: unknown paths, malformed hosts."""
        assert self.desk is not None, "requests come between start-up and shut-down"
        request_id, path = self.desk.request_ids(), request.scope["path"]
        refusal = _routing_refusal(error, path, request_id)
        reply = refusal.reply(request_id, path)
        self.desk.measures.count("unrouted", reply.status, 0.0)
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


def _route(path: str, operations: Sequence[Operation], surface: _Surface) -> RouteHandler:
    """The route of one path.

    A plain path is handed to its endpoint at once, which costs 7 µs. Litestar 2 cannot do that
    for paths with parameters, so there the endpoint is what an ordinary handler returns: 20 µs
    more, on paths that are not the hot one.
    """
    endpoint = surface.endpoint(path, operations)
    if "{" not in path:

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            await endpoint()(scope, receive, send)  # type: ignore[arg-type]

        return asgi(path, copy_scope=False, name=path)(serve)

    async def find(request: Request[Any, Any, Any]) -> ASGIApp:
        return endpoint()  # type: ignore[return-value]

    return route(path, http_method=_METHODS, name=path)(find)
