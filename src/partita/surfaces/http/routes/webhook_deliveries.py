"""Deliveries of webhooks: what is owed and was tried; again, one or a range."""

from typing import Any

from partita.engine.access import Scope
from partita.engine.delivery_ports import DELIVERY, Delivery, Replay
from partita.kernel.rejections import Rejection
from partita.modules.webhooks.office import WebhookOffice
from partita.surfaces.http.call import Call
from partita.surfaces.http.matters import LIST_CODES
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page, whole_number
from partita.surfaces.http.references import is_matter_id
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import webhook_deliveries as shapes

_URL = "/v1/webhook_deliveries"
_ONE = f"{_URL}/{{id:str}}"
_READS: dict[str, Any] = {"tag": "Webhooks"}
_WRITES: dict[str, Any] = {
    **_READS, "scope": Scope.WRITE, "key": KeyRule.NONE, "can_be_dry": False,
}  # fmt: skip


def _office(call: Call) -> WebhookOffice:
    return call.desk.application.webhooks(call.info)


@operation(
    "GET", _URL, summary="List webhook deliveries",
    description="Those of the newest events first. What was finished is forgotten after"
    " `PARTITA_WEBHOOK_RETENTION_DAYS`.",
    query=shapes.WebhookDeliveryQuery, reply=shapes.WebhookDeliveryList, codes=LIST_CODES,
    **_READS,
)  # fmt: skip
async def list_webhook_deliveries(call: Call) -> Reply:
    """List deliveries by filters."""
    wanted = page(_URL, call.query)
    before = None if wanted.after is None else _place(wanted)
    found = await call.read(
        _office(call).deliveries, shapes.wanted(call.query), before, wanted.limit + 1
    )
    kept, has_more = wanted.cut(found)
    return ok(
        shapes.WebhookDeliveryList(
            data=[shapes.delivery(each) for each in kept],
            has_more=has_more,
            next_cursor=wanted.cursor(_cursor(kept[-1])) if has_more else None,
            url=_URL,
        )
    )


def _cursor(last: Delivery) -> str:
    return f"{last.sequence}.{last.endpoint}"


def _place(wanted: Page) -> tuple[int, str]:
    sequence, mark, endpoint = (wanted.after or "").partition(".")
    if not mark or not endpoint.isascii() or not endpoint.isprintable():
        raise Refusal("invalid_cursor", "The cursor cannot be read.")
    return whole_number(sequence, "cursor"), endpoint


@operation("GET", _ONE, summary="Get a webhook delivery",
           description="With its tries: status, latency, and the first kilobyte of each answer.",
           reply=shapes.WebhookDeliveryReport, codes=("not_found",), **_READS)  # fmt: skip
async def get_webhook_delivery(call: Call) -> Reply:
    """Get one delivery with its tries."""
    return ok(await call.read(_report, call))


def _id(call: Call) -> str:
    """The id in the address; anything else than an id no store need be asked for."""
    text = call.path["id"]
    if not is_matter_id(text, DELIVERY):
        raise call.no_such("webhook delivery", text[:255])
    return text


def _report(call: Call) -> shapes.WebhookDeliveryReport:
    office, identifier = _office(call), _id(call)
    return shapes.report(office.delivery(identifier), office.attempts(identifier))


@operation("POST", f"{_ONE}/retry", summary="Retry a webhook delivery",
           description="Queues it again, at once and with all its tries before it, whatever became"
           " of it; the receiver knows it by the same `webhook-id`.",
           reply=shapes.WebhookDelivery, codes=("not_found", "invalid_state"),
           **_WRITES)  # fmt: skip
async def retry_webhook_delivery(call: Call) -> Reply:
    """Queue a delivery again."""
    found: Delivery = _granted(await call.read(_office(call).retry, _id(call)))
    return ok(shapes.delivery(found))


@operation(
    "POST", f"{_URL}/replay", summary="Replay a range of events",
    description="Brings the events of a range to one endpoint again, as far as its types want"
    " them, also those that it never got. It goes on beside what is new, as fast as that.",
    request=shapes.WebhookReplayRequest, reply=shapes.WebhookReplay,
    codes=("not_found", "invalid_state", "webhook_invalid"),
    example={"endpoint": "whe_01M7W7N0R2QFH4PZWZ85JVAPF2", "from_sequence": "1",
             "to_sequence": "100"},
    **_WRITES,
)  # fmt: skip
async def replay_webhook_deliveries(call: Call) -> Reply:
    """Bring a range again."""
    body: shapes.WebhookReplayRequest = call.body
    first, last = int(body.from_sequence), int(body.to_sequence)
    found: Replay = _granted(await call.read(_office(call).replay, body.endpoint, first, last))
    return ok(shapes.replay(found))


def _granted(found: Any) -> Any:
    """What was asked for, if the office did not refuse it."""
    if isinstance(found, Rejection):
        raise of_rejection(found)
    return found


OPERATIONS = (
    list_webhook_deliveries, get_webhook_delivery, retry_webhook_delivery,
    replay_webhook_deliveries,
)  # fmt: skip
