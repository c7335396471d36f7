"""What can be asked about webhook endpoints; none of it carries a secret."""

from typing import ClassVar

from partita.engine.wanting import Act, Named
from partita.modules.webhooks.endpoint import USUAL_OVERLAP_SECONDS, ApiVersion, Order, Scheme


class CreateEndpoint(Act, frozen=True, kw_only=True, tag="webhook_endpoint.create"):
    """Bring events to an address from now on; or from behind sequence `after`."""

    operation: ClassVar[str] = "webhook_endpoints"

    url: str
    types: tuple[str, ...] = ()
    description: str | None = None
    scheme: Scheme = Scheme.HMAC
    order: Order = Order.LOOSE
    api_version: ApiVersion = ApiVersion.V1
    after: int | None = None


class _OfEndpoint(Act, frozen=True, kw_only=True):
    endpoint: str

    def names(self, named: Named) -> None:
        """Note the endpoint."""
        named.resources[self.endpoint] = None


class UpdateEndpoint(_OfEndpoint, frozen=True, kw_only=True, tag="webhook_endpoint.update"):
    """Change what is given, if the endpoint is still at `if_version`; an empty description goes."""

    operation: ClassVar[str] = "webhook_endpoints/update"

    url: str | None = None
    types: tuple[str, ...] | None = None
    description: str | None = None
    scheme: Scheme | None = None
    order: Order | None = None
    api_version: ApiVersion | None = None
    if_version: int | None = None


class RotateSecret(_OfEndpoint, frozen=True, kw_only=True, tag="webhook_endpoint.rotate_secret"):
    """Sign by a new secret, and by the old one too until the overlap has passed."""

    operation: ClassVar[str] = "webhook_endpoints/rotate_secret"

    overlap_seconds: int = USUAL_OVERLAP_SECONDS


class TryEndpoint(_OfEndpoint, frozen=True, kw_only=True, tag="webhook_endpoint.test"):
    """Record an event that is brought to this endpoint whatever its types."""

    operation: ClassVar[str] = "webhook_endpoints/test"


class EnableEndpoint(_OfEndpoint, frozen=True, kw_only=True, tag="webhook_endpoint.enable"):
    """Bring events again, from where it stopped."""

    operation: ClassVar[str] = "webhook_endpoints/enable"

    reason: str | None = None


class DisableEndpoint(_OfEndpoint, frozen=True, kw_only=True, tag="webhook_endpoint.disable"):
    """Bring nothing more for now; the ledger itself says so of one that is gone or fails for days."""

    operation: ClassVar[str] = "webhook_endpoints/disable"

    reason: str | None = None


class ArchiveEndpoint(_OfEndpoint, frozen=True, kw_only=True, tag="webhook_endpoint.archive"):
    """Never bring anything again."""

    operation: ClassVar[str] = "webhook_endpoints/archive"

    reason: str | None = None
