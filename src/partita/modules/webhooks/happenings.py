"""What can happen to webhook endpoints."""

from partita.engine.event_types import Happenings
from partita.modules.webhooks.endpoint import KIND, Endpoint

HAPPENINGS = (
    Happenings(
        KIND,
        Endpoint,
        {
            "created": "Events are brought to an address from now on.",
            "updated": "The address of an endpoint, its types or how it is served was changed.",
            "secret_rotated": "Deliveries are signed by a new secret, and for a while by the old one.",
            "tested": "Somebody tries whether deliveries arrive; nothing else happened.",
            "enabled": "Events are brought to an endpoint again, from where it stopped.",
            "disabled": "Nothing is brought to an endpoint: somebody said so, or it failed for days.",
            "archived": "Nothing will ever be brought to an endpoint again.",
        },
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
