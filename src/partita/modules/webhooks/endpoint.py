"""A webhook endpoint: where events are brought, which, signed how, and what may be done with it."""

from enum import Enum

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.moment import Moment

KIND, PREFIX = "webhook_endpoint", "whe_"
LONGEST_OVERLAP_SECONDS = 7 * 86_400
USUAL_OVERLAP_SECONDS = 86_400
MOST_GENERATIONS = 4
"""Secrets that are good at once, at most: each adds a signature or two to every delivery."""


class EndpointStatus(Enum):
    """Whether events are brought there."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    ARCHIVED = "archived"


class EndpointVerb(Enum):
    """What can be done with an endpoint."""

    UPDATE = "update"
    ROTATE_SECRET = "rotate_secret"  # noqa: S105 - a verb, not a secret
    TEST = "test"
    ENABLE = "enable"
    DISABLE = "disable"
    ARCHIVE = "archive"


TRANSITIONS: dict[tuple[EndpointStatus, EndpointVerb], EndpointStatus] = {
    (EndpointStatus.ENABLED, EndpointVerb.UPDATE): EndpointStatus.ENABLED,
    (EndpointStatus.ENABLED, EndpointVerb.ROTATE_SECRET): EndpointStatus.ENABLED,
    (EndpointStatus.ENABLED, EndpointVerb.TEST): EndpointStatus.ENABLED,
    (EndpointStatus.ENABLED, EndpointVerb.DISABLE): EndpointStatus.DISABLED,
    (EndpointStatus.ENABLED, EndpointVerb.ARCHIVE): EndpointStatus.ARCHIVED,
    (EndpointStatus.DISABLED, EndpointVerb.UPDATE): EndpointStatus.DISABLED,
    (EndpointStatus.DISABLED, EndpointVerb.ROTATE_SECRET): EndpointStatus.DISABLED,
    (EndpointStatus.DISABLED, EndpointVerb.ENABLE): EndpointStatus.ENABLED,
    (EndpointStatus.DISABLED, EndpointVerb.ARCHIVE): EndpointStatus.ARCHIVED,
}
"""What leads where; what is not here is refused."""

FACTS = {
    EndpointVerb.UPDATE: "webhook_endpoint.updated",
    EndpointVerb.ROTATE_SECRET: "webhook_endpoint.secret_rotated",
    EndpointVerb.TEST: "webhook_endpoint.tested",
    EndpointVerb.ENABLE: "webhook_endpoint.enabled",
    EndpointVerb.DISABLE: "webhook_endpoint.disabled",
    EndpointVerb.ARCHIVE: "webhook_endpoint.archived",
}
"""The type of the record that each verb becomes."""
CREATED = "webhook_endpoint.created"


class Scheme(Enum):
    """How deliveries are signed: v1 is HMAC-SHA-256, v1a is Ed25519 (Standard Webhooks)."""

    HMAC = "v1"
    ED25519 = "v1a"
    BOTH = "both"


class Order(Enum):
    """Whether a later event may arrive while an earlier one is tried again."""

    LOOSE = "loose"
    STRICT = "strict"


class ApiVersion(Enum):
    """The form of the events that are sent."""

    V1 = "v1"


class Retiring(msgspec.Struct, frozen=True):
    """An earlier generation of the secret, good until a moment."""

    generation: int
    until: Moment


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An endpoint as it is now. `types` are patterns (`payment.*`); none means every event.

    Events count from the one behind sequence `after`; None: from the endpoint's own beginning. The
    secrets are not here: they follow from the installation's secret and `generation`.
    """

    url: str
    types: tuple[str, ...] = ()
    description: str | None = None
    scheme: Scheme = Scheme.HMAC
    order: Order = Order.LOOSE
    api_version: ApiVersion = ApiVersion.V1
    generation: int = 1
    retiring: tuple[Retiring, ...] = ()
    after: int | None = None
    enabled_at: Moment
    disabled_because: str | None = None

    def generations(self, now: Moment) -> tuple[int, ...]:
        """The generations of the secret that are good at a moment, the newest first."""
        older = (each.generation for each in self.retiring if now < each.until)
        return (self.generation, *sorted(older, reverse=True))

    def rotated(self, now: Moment, overlap_seconds: int) -> "Endpoint":
        """With a new generation; the one before stays good for a while, if at all."""
        until = Moment(now + overlap_seconds * 1_000_000)
        held = (*self.retiring, Retiring(self.generation, until))
        good = tuple(each for each in held if now < each.until)[-(MOST_GENERATIONS - 1) :]
        return msgspec.structs.replace(self, generation=self.generation + 1, retiring=good)


def allowed_verbs(status: EndpointStatus) -> tuple[EndpointVerb, ...]:
    """What may be done with an endpoint in this status."""
    return tuple(verb for verb in EndpointVerb if (status, verb) in TRANSITIONS)


endpoint_body = encode_value
"""The text that the ledger keeps of an endpoint."""
read_endpoint = value_decoder(Endpoint)
"""The endpoint that such a text says."""
