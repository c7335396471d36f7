"""Operations: what can be asked over HTTP, each declared once, beside its handler.

Routing, checking, and the OpenAPI document all read the same declaration, so they cannot drift
apart:

    @operation("GET", "/v1/assets/{code}", summary="Get an asset", reply=AssetReply, ...)
    async def get_asset(call: Call) -> Reply: ...
"""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from partita.engine.access import Scope
from partita.surfaces.http.json_input import BodyReader
from partita.surfaces.http.query_input import QueryReader
from partita.surfaces.http.reply import Reply

Handler = Callable[[Any], Awaitable[Reply]]
"""Takes a `Call`, which cannot be named here: it knows the documents, and they know operations."""


class KeyRule(Enum):
    """What an operation makes of the Idempotency-Key header."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class WriteQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What everything that writes can be asked besides its body."""

    dry_run: (
        Annotated[
            Literal["true", "false"],
            Meta(
                description="`true` decides it on the same path and writes nothing. The answer has"
                " the same status and body, without new ids, sequences and leaves, and the header"
                " `Dry-Run`. It neither needs nor uses an Idempotency-Key."
            ),
        ]
        | None
    ) = None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method at one path. `scope` None means that no API key is needed.

    `label` is how measures call it; `body` and `queries` read what `request` and `query` declare.
    What writes takes `?dry_run=true`, unless it `can_be_dry` is False.
    `status_if_there` is the status instead of 201 where what should be made is there already.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    reply: Any = None
    description: str = ""
    tag: str = "Server"
    request: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    scope: Scope | None = Scope.READ
    key: KeyRule = KeyRule.NONE
    status: int = 200
    status_if_there: int | None = None
    media_type: str = "application/json"
    codes: tuple[str, ...] = ()
    example: Any = None
    label: str = ""
    body: BodyReader | None = None
    queries: QueryReader | None = None
    can_be_dry: bool = True

    @property
    def name(self) -> str:
        """The operation's id in the OpenAPI document."""
        return self.handler.__name__


def operation(method: str, path: str, **declared: Any) -> Callable[[Handler], Operation]:
    """Declare the decorated handler to be an operation; fields as in `Operation`."""

    def declare(handler: Handler) -> Operation:
        request, query = declared.get("request"), declared.get("query")
        writes = declared.get("scope") is Scope.WRITE and declared.get("can_be_dry", True)
        if writes:
            assert query is None, "what writes has only the query that all of it has"
            query = declared["query"] = WriteQuery
        return Operation(
            method=method,
            path=path,
            handler=handler,
            label=f"{method} {path}",
            body=None if request is None else BodyReader(request),
            queries=None if query is None else QueryReader(query),
            **declared,
        )

    return declare
