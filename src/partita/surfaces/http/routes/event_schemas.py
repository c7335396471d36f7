"""Schemas of events, and the AsyncAPI document: public, without a key, with an ETag to ask again by.

They say nothing of any ledger. `dataschema` of every event leads here.
"""

from functools import lru_cache
from hashlib import sha256

from partita.engine.errors import NotFound
from partita.engine.event_schemas.async_api import BESIDE, SERVED
from partita.engine.event_schemas.listing import listing
from partita.engine.event_schemas.shelf import published
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import event_schemas as shapes
from partita.wiring.event_types import event_types

_URL = "/schemas"
_SCHEMA, _YAML = b"application/schema+json", b"application/yaml"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-cache"),  # asked for again each time, by its ETag
    (b"access-control-allow-origin", b"*"),
)


@operation(
    "GET", _URL, tag="Event schemas", summary="List the schemas of events", scope=None,
    reply=shapes.EventSchemaList,
    description="Every version of every type of event that a ledger can tell.",
)  # fmt: skip
async def list_event_schemas(_call: Call) -> Reply:
    """List all schemas; there is one page."""
    data = [shapes.event_schema(each) for each in listing(published(), event_types())]
    return ok(shapes.EventSchemaList(data=data, has_more=False, next_cursor=None, url=_URL))


@operation(
    "GET", f"{_URL}/{{schema:str}}", tag="Event schemas", summary="Get a schema of events",
    scope=None, media_type="application/schema+json", codes=("not_found",),
    description="JSON Schema 2020-12 of the whole CloudEvent, with an example; with or without"
    " `.json` behind the name. `If-None-Match` is answered with 304.",
)  # fmt: skip
async def get_event_schema(call: Call) -> Reply:
    """Give one schema."""
    try:
        body = published().read(call.path["schema"].removesuffix(".json"))
    except NotFound as error:
        raise Refusal("not_found", str(error)) from None
    return _unless_known(call, body, _SCHEMA)


@operation(
    "GET", "/asyncapi.yaml", tag="Event schemas", summary="Events as AsyncAPI 3.0", scope=None,
    media_type="application/yaml",
    description="Where events can be had (the feed, webhooks, NATS, Kafka), and which there are.",
)  # fmt: skip
async def get_async_api(call: Call) -> Reply:
    """Give the AsyncAPI document."""
    return _unless_known(call, _async_api(), _YAML)


@lru_cache(maxsize=1)
def _async_api() -> bytes:
    """The document with its schemas where this server has them."""
    return published().async_api.replace(BESIDE.encode(), SERVED.encode())


def _unless_known(call: Call, body: bytes, media_type: bytes) -> Reply:
    """The document, or 304 to whom has it already."""
    etag = b'"%s"' % sha256(body).hexdigest()[:32].encode()
    headers = (*_HEADERS, (b"etag", etag))
    known = call.headers.get(b"if-none-match", b"")
    if etag in [each.strip().removeprefix(b"W/") for each in known.split(b",")] or known == b"*":
        return Reply(304, b"", headers, media_type, is_data=False)
    return Reply(200, body, headers, media_type, is_data=False)


OPERATIONS = (list_event_schemas, get_event_schema, get_async_api)
