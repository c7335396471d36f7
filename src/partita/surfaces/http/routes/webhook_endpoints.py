"""Webhook endpoints: make, change, switch, try and put them away."""

from typing import Any

import msgspec

from partita.engine.access import Scope
from partita.engine.business import Act
from partita.engine.listing import ResourceFilter
from partita.kernel.matters import Matter
from partita.kernel.rejections import Rejection
from partita.modules.webhooks.commands import (
    ArchiveEndpoint,
    CreateEndpoint,
    DisableEndpoint,
    EnableEndpoint,
    RotateSecret,
    TryEndpoint,
    UpdateEndpoint,
)
from partita.modules.webhooks.endpoint import KIND, PREFIX
from partita.modules.webhooks.office import WebhookOffice
from partita.surfaces.http.call import Call
from partita.surfaces.http.if_match import etag, version_seen
from partita.surfaces.http.matters import LIST_CODES, Things, changed, identifier, kept, listed
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import page
from partita.surfaces.http.refusal import of_rejection
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import webhooks as shapes

_ENDPOINTS = Things(KIND, PREFIX, "/v1/webhook_endpoints", "webhook endpoint")
_ONE = f"{_ENDPOINTS.url}/{{id:str}}"
_READS: dict[str, Any] = {"tag": "Webhooks"}
_WRITES: dict[str, Any] = {
    **_READS, "scope": Scope.WRITE, "key": KeyRule.OPTIONAL, "reply": shapes.WebhookEndpoint,
}  # fmt: skip
_SWITCHES: dict[str, Any] = {
    **_WRITES, "request": shapes.WebhookReasonRequest, "example": {"reason": "the shop moves"},
    "codes": ("not_found", "matter_not_found", "invalid_state"),
}  # fmt: skip


def _office(call: Call) -> WebhookOffice:
    return call.desk.application.webhooks(call.info)


@operation(
    "POST", _ENDPOINTS.url, summary="Create a webhook endpoint", status=201,
    description="Brings events to your address from now on, signed by Standard Webhooks. The answer"
    " tells the `secret`, which no later one does.",
    request=shapes.WebhookEndpointRequest, codes=("webhook_invalid",),
    example={"url": "https://shop.example.com/hooks/partita", "types": ["payment.*"]},
    **_WRITES,
)  # fmt: skip
async def create_webhook_endpoint(call: Call) -> Reply:
    """Bring events to an address."""
    body: shapes.WebhookEndpointRequest = call.body
    types = _sound(_office(call), body.url, body.types)
    assert types is not None, "they were given"
    act = CreateEndpoint(
        url=body.url, types=types, description=body.description, scheme=body.scheme,
        order=body.order, api_version=body.api_version,
        after=None if body.after is None else int(body.after),
    )  # fmt: skip
    return await _changed(call, act, location=_ENDPOINTS.url, shows_secret=True)


def _sound(
    office: WebhookOffice, url: str | None, types: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """The types as they are kept; refused if this installation knows no such, or not calls there."""
    plain = None if types is None else office.plain_types(types)
    objection = plain if isinstance(plain, Rejection) else None
    if url is not None:
        objection = office.objection(url) or objection
    if objection is not None:
        raise of_rejection(objection)
    assert not isinstance(plain, Rejection), "it was raised"
    return plain


async def _changed(
    call: Call, act: Act, location: str | None = None, *, shows_secret: bool = False
) -> Reply:
    office, version = _office(call), 0

    def tell(matter: Matter) -> shapes.WebhookEndpoint:
        nonlocal version
        version = matter.version
        # What a dry run made has an id that nothing will ever have: its secret opens nothing.
        return shapes.endpoint(office, matter, shows_secret=shows_secret and not call.is_dry)

    reply = await changed(call, act, tell, location)
    return reply._replace(headers=(*reply.headers, etag(version)))


@operation(
    "GET", _ENDPOINTS.url, summary="List webhook endpoints", description="Newest first.",
    query=shapes.WebhookEndpointQuery, reply=shapes.WebhookEndpointList, codes=LIST_CODES,
    **_READS,
)  # fmt: skip
async def list_webhook_endpoints(call: Call) -> Reply:
    """List endpoints by filters."""
    return ok(await call.read(_list, call))


def _list(call: Call) -> shapes.WebhookEndpointList:
    query, office = call.query, _office(call)
    status = None if query.status is None else query.status.value
    which = ResourceFilter(KIND, state=status)
    found, rest = listed(call, page(_ENDPOINTS.url, query), which)
    standings = office.standings([each.id for each in found])
    data = [shapes.endpoint(office, each, standings[each.id]) for each in found]
    return shapes.WebhookEndpointList(data=data, url=_ENDPOINTS.url, **rest)


@operation("GET", _ONE, summary="Get a webhook endpoint", reply=shapes.WebhookEndpoint,
           codes=("not_found",), **_READS)  # fmt: skip
async def get_webhook_endpoint(call: Call) -> Reply:
    """Get one endpoint."""
    found = await call.read(kept, call, _ENDPOINTS)
    office = _office(call)
    standings = await call.read(office.standings, [found.id])
    reply = ok(shapes.endpoint(office, found, standings[found.id]))
    return reply._replace(headers=(etag(found.version),))


@operation(
    "PATCH", _ONE, summary="Change a webhook endpoint",
    description="Changes what is given. Needs `If-Match` with the `version` that you saw.",
    request=shapes.WebhookEndpointChange, example={"types": ["payment.*", "hold.placed"]},
    codes=("not_found", "matter_not_found", "invalid_state", "webhook_invalid",
           "version_conflict", "precondition_required"),
    **_WRITES,
)  # fmt: skip
async def change_webhook_endpoint(call: Call) -> Reply:
    """Change an endpoint."""
    body: shapes.WebhookEndpointChange = call.body
    types = _sound(_office(call), body.url, body.types)
    changes = msgspec.structs.asdict(body) | {"types": types}
    act = UpdateEndpoint(endpoint=_id(call), if_version=version_seen(call), **changes)
    return await _changed(call, act)


def _id(call: Call) -> str:
    return identifier(call, _ENDPOINTS)


@operation(
    "POST", f"{_ONE}/rotate_secret", summary="Rotate a webhook endpoint's secret",
    description="Deliveries are signed by a new secret, which the answer tells, and until the"
    " overlap has passed by the old one too.",
    request=shapes.RotateSecretRequest, example={"overlap_seconds": 86_400},
    codes=("not_found", "matter_not_found", "invalid_state", "invalid_expiry"), **_WRITES,
)  # fmt: skip
async def rotate_webhook_secret(call: Call) -> Reply:
    """Sign by a new secret."""
    act = RotateSecret(endpoint=_id(call), overlap_seconds=call.body.overlap_seconds)
    return await _changed(call, act, shows_secret=True)


@operation(
    "POST", f"{_ONE}/test", summary="Test a webhook endpoint",
    description="Records the event `webhook_endpoint.tested`, which is brought to this endpoint"
    " whatever its types: see what came of it in the deliveries.",
    codes=("not_found", "matter_not_found", "invalid_state"), **_WRITES,
)  # fmt: skip
async def test_webhook_endpoint(call: Call) -> Reply:
    """Try whether deliveries arrive."""
    return await _changed(call, TryEndpoint(endpoint=_id(call)))


@operation("POST", f"{_ONE}/enable", summary="Enable a webhook endpoint",
           description="Events are brought again, from where it stopped.", **_SWITCHES)  # fmt: skip
async def enable_webhook_endpoint(call: Call) -> Reply:
    """Bring events again."""
    return await _changed(call, EnableEndpoint(endpoint=_id(call), reason=call.body.reason))


@operation("POST", f"{_ONE}/disable", summary="Disable a webhook endpoint",
           description="Nothing is brought until it is enabled; nothing is lost meanwhile.",
           **_SWITCHES)  # fmt: skip
async def disable_webhook_endpoint(call: Call) -> Reply:
    """Bring nothing for now."""
    return await _changed(call, DisableEndpoint(endpoint=_id(call), reason=call.body.reason))


@operation("POST", f"{_ONE}/archive", summary="Archive a webhook endpoint",
           description="Nothing is ever brought there again.", **_SWITCHES)  # fmt: skip
async def archive_webhook_endpoint(call: Call) -> Reply:
    """Put an endpoint away."""
    return await _changed(call, ArchiveEndpoint(endpoint=_id(call), reason=call.body.reason))


OPERATIONS = (
    create_webhook_endpoint, list_webhook_endpoints, get_webhook_endpoint, change_webhook_endpoint,
    rotate_webhook_secret, test_webhook_endpoint, enable_webhook_endpoint,
    disable_webhook_endpoint, archive_webhook_endpoint,
)  # fmt: skip
