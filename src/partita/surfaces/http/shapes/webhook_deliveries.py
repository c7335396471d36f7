"""Deliveries of webhooks on the wire: what is owed, what was tried, what is asked for again."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from partita.engine import delivery_ports as kept
from partita.engine.delivery_ports import DeliveryFilter, DeliveryStatus
from partita.surfaces.http.shapes.fields import ListShape, QueryShape, RequestShape, Timestamp
from partita.surfaces.http.shapes.webhooks import Sequence

EndpointId = Annotated[
    str,
    Meta(pattern=r"^whe_[0-9A-Z]{26}$(?!\n)", description="A webhook endpoint's id."),
]


EventId = Annotated[
    str, Meta(pattern=r"^evt_[0-9A-Z]{26}$(?!\n)", description="An event's id: the `webhook-id`.")
]


class WebhookAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try: what came back, and the beginning of what it said. Without a `status` nothing came."""

    at: Timestamp
    milliseconds: int
    status: int | None
    error: str | None
    reply: str


class WebhookDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event owed to an endpoint. `reason` is why the last try failed.

    `tries` count from when it was queued, or queued again. A `parked` one is tried again if it is
    asked for.
    """

    id: str
    object: Literal["webhook_delivery"] = "webhook_delivery"
    status: DeliveryStatus
    endpoint: str
    event: str
    event_type: str
    sequence: str
    tries: int
    created_at: Timestamp
    next_attempt_at: Timestamp | None
    finished_at: Timestamp | None
    reason: str | None


class WebhookDeliveryReport(WebhookDelivery, frozen=True, kw_only=True):
    """A delivery with its last 100 tries, the newest first."""

    attempts: list[WebhookAttempt]


class WebhookDeliveryList(ListShape, frozen=True, kw_only=True):
    """A page of deliveries, those of the newest events first."""

    data: list[WebhookDelivery]


class WebhookDeliveryQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    endpoint: EndpointId | None = None
    status: DeliveryStatus | None = None
    event: EventId | None = None
    limit: str | None = None
    cursor: str | None = None


class WebhookReplayRequest(RequestShape, frozen=True, kw_only=True):
    """A range of sequences, both ends included, for one endpoint."""

    endpoint: EndpointId
    from_sequence: Sequence
    to_sequence: Sequence


class WebhookReplay(msgspec.Struct, frozen=True, kw_only=True):
    """A range that is brought again."""

    id: str
    object: Literal["webhook_replay"] = "webhook_replay"
    endpoint: str
    from_sequence: str
    to_sequence: str
    requested_at: Timestamp


def wanted(query: WebhookDeliveryQuery) -> DeliveryFilter:
    """The filter that a query asks for."""
    return DeliveryFilter(endpoint=query.endpoint, status=query.status, event_id=query.event)


def delivery(found: kept.Delivery) -> WebhookDelivery:
    """A delivery as it is kept."""
    return WebhookDelivery(**_fields(found))


def report(found: kept.Delivery, attempts: list[kept.Attempt]) -> WebhookDeliveryReport:
    """A delivery with what was tried."""
    shown = [
        WebhookAttempt(
            at=each.at.text(), milliseconds=each.milliseconds, status=each.status,
            error=each.error, reply=each.reply,
        )
        for each in attempts
    ]  # fmt: skip
    return WebhookDeliveryReport(**_fields(found), attempts=shown)


def _fields(found: kept.Delivery) -> dict[str, Any]:
    is_pending = found.status is DeliveryStatus.PENDING
    return {
        "id": found.id,
        "status": found.status,
        "endpoint": found.endpoint,
        "event": found.event_id,
        "event_type": found.type,
        "sequence": str(found.sequence),
        "tries": found.tries,
        "created_at": found.created_at.text(),
        "next_attempt_at": found.next_attempt_at.text() if is_pending else None,
        "finished_at": None if found.finished_at is None else found.finished_at.text(),
        "reason": found.reason,
    }


def replay(found: kept.Replay) -> WebhookReplay:
    """A range as it was asked for."""
    return WebhookReplay(
        id=found.id,
        endpoint=found.endpoint,
        from_sequence=str(found.after + 1),
        to_sequence=str(found.through),
        requested_at=found.requested_at.text(),
    )
