"""Webhook endpoints on the wire: where events are brought, which, by what they are signed, how it goes."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.webhooks.endpoint import (
    LONGEST_OVERLAP_SECONDS,
    USUAL_OVERLAP_SECONDS,
    ApiVersion,
    EndpointStatus,
    Order,
    Scheme,
    allowed_verbs,
    read_endpoint,
)
from partita.modules.webhooks.office import Standing, WebhookOffice
from partita.surfaces.http.shapes.fields import (
    ListShape,
    QueryShape,
    Reason,
    RequestShape,
    Timestamp,
)

Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2_000,
        description="https, to a public address. It stands in the journal: put no secret in it.",
        examples=["https://shop.example.com/hooks/partita"],
    ),
]
Types = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=120)], ...],
    Meta(max_length=100, description="`payment.settled`, `payment.*`; none means every event."),
]
Description = Annotated[str, Meta(max_length=500)]
Sequence = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,17})$(?!\n)")]


class WebhookEndpointRequest(RequestShape, frozen=True, kw_only=True):
    """Where events are to be brought. `after` also brings earlier ones, behind that sequence."""

    url: Url
    types: Types = ()
    description: Description | None = None
    scheme: Scheme = Scheme.HMAC
    order: Order = Order.LOOSE
    api_version: ApiVersion = ApiVersion.V1
    after: Sequence | None = None


class WebhookEndpointChange(RequestShape, frozen=True, kw_only=True):
    """What is given is changed; an empty description goes away."""

    url: Url | None = None
    types: Types | None = None
    description: Description | None = None
    scheme: Scheme | None = None
    order: Order | None = None
    api_version: ApiVersion | None = None


class RotateSecretRequest(RequestShape, frozen=True, kw_only=True):
    """How long the old secret signs as well."""

    overlap_seconds: Annotated[int, Meta(ge=0, le=LONGEST_OVERLAP_SECONDS)] = USUAL_OVERLAP_SECONDS


class WebhookReasonRequest(RequestShape, frozen=True, kw_only=True):
    """Why; the whole body may be left out."""

    reason: Reason | None = None


class RetiringSecret(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier secret that still signs."""

    generation: int
    until: Timestamp


class WebhookHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How it goes: tries in all, failures since the last success, what waits and what is set aside."""

    delivered: int
    failed: int
    failures: int
    failing_since: Timestamp | None
    last_success_at: Timestamp | None
    last_failure_at: Timestamp | None
    last_error: str | None
    pending: int
    oldest_pending_at: Timestamp | None
    parked: int


class WebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as it is now.

    `secret` (`whsec_…`, for v1) is told by the answers that made it, and by no other; `public_key`
    (`whpk_…`, for v1a) always. `health` is told where it is read, not where it is changed.
    """

    id: str
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    status: EndpointStatus
    version: int
    url: str
    types: tuple[str, ...]
    description: str | None
    scheme: Scheme
    order: Order
    api_version: ApiVersion
    generation: int
    retiring: list[RetiringSecret]
    public_key: str
    secret: str | None
    after: str | None
    enabled_at: Timestamp
    disabled_because: str | None
    sequence: str
    health: WebhookHealth | None
    allowed_actions: list[str]


class WebhookEndpointList(ListShape, frozen=True, kw_only=True):
    """A page of endpoints, newest first."""

    data: list[WebhookEndpoint]


class WebhookEndpointQuery(QueryShape, frozen=True, kw_only=True):
    """Filters."""

    status: EndpointStatus | None = None
    limit: str | None = None
    cursor: str | None = None


def _text(moment: Moment | None) -> str | None:
    return None if moment is None else moment.text()


def _health(standing: Standing) -> WebhookHealth:
    health, backlog = standing
    return WebhookHealth(
        delivered=health.delivered,
        failed=health.failed,
        failures=health.failures,
        failing_since=_text(health.failing_since),
        last_success_at=_text(health.last_success_at),
        last_failure_at=_text(health.last_failure_at),
        last_error=health.last_error,
        pending=0 if backlog is None else backlog.pending,
        oldest_pending_at=None if backlog is None else backlog.oldest_at.text(),
        parked=health.parked,
    )


def endpoint(
    office: WebhookOffice,
    matter: Matter,
    standing: Standing | None = None,
    *,
    shows_secret: bool = False,
) -> WebhookEndpoint:
    """The endpoint that a matter keeps."""
    kept, status = read_endpoint(matter.body), EndpointStatus(matter.status)
    return WebhookEndpoint(
        id=matter.id,
        status=status,
        version=matter.version,
        url=kept.url,
        types=kept.types,
        description=kept.description,
        scheme=kept.scheme,
        order=kept.order,
        api_version=kept.api_version,
        generation=kept.generation,
        retiring=[
            RetiringSecret(generation=each.generation, until=each.until.text())
            for each in kept.retiring
        ],
        public_key=office.public_key(matter),
        secret=office.secret(matter) if shows_secret else None,
        after=None if kept.after is None else str(kept.after),
        enabled_at=kept.enabled_at.text(),
        disabled_because=kept.disabled_because,
        sequence=str(matter.number),
        health=None if standing is None else _health(standing),
        allowed_actions=[verb.value for verb in allowed_verbs(status)],
    )
