"""Dispatch: one request from its first byte to the last byte of its answer.

Litestar finds the endpoint of a path; the endpoint does the rest, in this order: method, API key,
ledger, query, idempotency key, body, handler, answer. There is no layer between them, since this
path is walked thousands of times a second. Whatever goes wrong ends here, as a problem.
"""

import re
import traceback
from collections.abc import Sequence
from time import perf_counter

import structlog
from litestar.types import HTTPScope, Receive, Send

from partita.surfaces.http.authentication import authenticate, check_scope, ledger_of
from partita.surfaces.http.call import Call
from partita.surfaces.http.desk import Desk
from partita.surfaces.http.list_catalogue import is_list
from partita.surfaces.http.list_export import exported
from partita.surfaces.http.list_formats import wanted_format
from partita.surfaces.http.operation import KeyRule, Operation, WriteQuery
from partita.surfaces.http.query_input import refuse_any
from partita.surfaces.http.refusal import Refusal, of_error
from partita.surfaces.http.reply import SAFETY, Header, Reply, as_dry
from partita.surfaces.http.request_body import RequestBody

_ONCE = (b"authorization", b"idempotency-key", b"ledger", b"content-type", b"content-length")
_BARE_KEY = re.compile(rb"[\x20-\x7e]{1,255}")
_QUOTED_KEY = re.compile(rb'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}"')
_log = structlog.get_logger("partita.http")


class Endpoint:
    """Everything that can be asked at one path."""

    def __init__(self, path: str, operations: Sequence[Operation], desk: Desk) -> None:
        """Serve these operations, one for each method."""
        self._path, self.desk = path, desk
        self._operations = {operation.method: operation for operation in operations}
        if "GET" in self._operations:
            self._operations["HEAD"] = self._operations["GET"]
        self._list = next((each for each in operations if is_list(each)), None)
        self._allow = ", ".join([*sorted(self._operations), "OPTIONS"])

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started, desk = perf_counter(), self.desk
        request_id = desk.request_ids()
        headers = dict(scope["headers"])
        body = RequestBody(receive, headers)
        operation = self._operations.get(scope["method"])
        call = Call(desk, request_id, scope.get("path_params") or {})
        try:
            if operation is None:
                reply = self._other_method(scope["method"])
            else:
                call.headers = headers
                await self._fill(call, operation, scope, body)
                if call.export is None:
                    reply = await operation.handler(call)
                else:
                    reply = await exported(call, operation)
        except Exception as error:  # noqa: BLE001 - the last place that can still answer
            reply = refusal_of(error, request_id).reply(request_id, scope["path"])
        if call.is_dry:
            reply = as_dry(reply, call.outcome)
        is_head = scope["method"] == "HEAD"
        await respond(send, reply, request_id, is_head=is_head)
        label = self._path if operation is None else operation.label
        desk.measures.count(label, reply.status, perf_counter() - started)
        if reply.stream is not None and not is_head:
            await desk.streams.flow(reply.stream, receive, send)
        if not body.is_over:
            await body.drain()

    async def _fill(
        self, call: Call, operation: Operation, scope: HTTPScope, body: RequestBody
    ) -> None:
        """Check and read everything that the operation declares, the caller first."""
        desk, headers = self.desk, call.headers
        given: Sequence[Header] = scope["headers"]  # type: ignore[assignment]
        if len(headers) != len(given):
            _check_once(given)
        if operation.scope is not None:
            call.api_key = key = await authenticate(desk, headers.get(b"authorization"))
            check_scope(key, operation.scope)
            name = ledger_of(key, headers.get(b"ledger"))
            call.books = desk.books_at_hand(name) or await desk.books(name)
        given_query = scope["query_string"]
        if operation is self._list:
            call.export, given_query = wanted_format(given_query, headers.get(b"accept"))
        if operation.queries is not None:
            call.query = query = operation.queries.read(given_query)
            call.is_dry = type(query) is WriteQuery and query.dry_run == "true"
        elif given_query:
            refuse_any(given_query)
        if operation.key is not KeyRule.NONE and not call.is_dry:
            call.key = idempotency_key(headers.get(b"idempotency-key"), operation.key)
        if operation.body is not None:
            data = await body.read(desk.watch)
            if data or not operation.body.may_be_empty:
                _check_media_type(headers.get(b"content-type"))
            call.body = operation.body.read(data)

    def _other_method(self, method: str) -> Reply:
        allow: Header = (b"allow", self._allow.encode())
        if method == "OPTIONS":
            return Reply(204, b"", (allow,))
        detail = f"{self._path} takes {self._allow}, not {method}."
        raise Refusal("method_not_allowed", detail, headers=(allow,))


async def respond(send: Send, reply: Reply, request_id: str, *, is_head: bool = False) -> None:
    """Send an answer, with the headers that every answer carries."""
    own = reply.headers
    headers: list[Header] = [
        (b"content-type", reply.media_type),
        (b"request-id", request_id.encode()),
        *own,
        *(SAFETY if reply.is_data else ()),
    ]
    is_stream = reply.stream is not None
    if is_head and not is_stream:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if not is_stream or is_head:
        body = b"" if is_head else reply.body
        await send({"type": "http.response.body", "body": body, "more_body": False})


def refusal_of(error: Exception, request_id: str) -> Refusal:
    """The refusal that an error ends in; what was not foreseen is logged and not told."""
    if isinstance(error, Refusal):
        return error
    known = of_error(error)
    if known is None:
        # As text, since pretty tracebacks show local variables, and those hold API keys.
        trace = "".join(traceback.format_exception(error))
        _log.error("request failed", request_id=request_id, traceback=trace)
        return Refusal(
            "internal_error", "The server failed; the operator finds why under the request_id."
        )
    if known.kind.status >= 500:
        _log.warning(
            "request refused", request_id=request_id, code=known.kind.code, error=str(error)
        )
    return known


def idempotency_key(header: bytes | None, rule: KeyRule) -> str | None:
    """The key that this header carries; quoted and bare spell the same key.

    Raises:
        Refusal: there is none though the operation needs one, or it is not 1 to 255 printable
            ASCII characters.
    """
    if header is None:
        if rule is KeyRule.REQUIRED:
            raise Refusal("idempotency_key_missing", "There is no Idempotency-Key header.")
        return None
    if header[:1] == b'"':
        key = re.sub(rb"\\(.)", rb"\1", header[1:-1]) if _QUOTED_KEY.fullmatch(header) else b""
    else:
        key = header
    if _BARE_KEY.fullmatch(key) is None:
        raise Refusal(
            "idempotency_key_invalid",
            "The Idempotency-Key is empty, longer than 255 characters, or not printable ASCII.",
        )
    return key.decode()


def _check_once(headers: Sequence[Header]) -> None:
    names = [name for name, _ in headers]
    for name in _ONCE:
        if names.count(name) > 1:
            raise Refusal("invalid_request", f"The header {name.decode()} is given twice.")


def _check_media_type(given: bytes | None) -> None:
    if given == b"application/json":
        return
    kind, _, parameters = (given or b"").lower().partition(b";")
    if kind.strip() != b"application/json" or parameters.strip() not in (
        b"",
        b"charset=utf-8",
        b'charset="utf-8"',
    ):
        what = (
            "There is no Content-Type"
            if given is None
            else f"The Content-Type is {given.decode('latin-1')!r}"
        )
        raise Refusal("unsupported_media_type", f"{what}; it must be application/json.")
