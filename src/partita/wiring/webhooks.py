"""Webhooks put together: the process, with the courier that the settings allow."""

from collections.abc import Callable
from typing import NamedTuple

from partita.adapters.couriers.http import HttpCourier
from partita.engine.ports import Clock, Entropy
from partita.modules.webhooks.dispatching import Tools
from partita.modules.webhooks.intake import DeliveryStore
from partita.modules.webhooks.office import Rules
from partita.modules.webhooks.process import Books, WebhookProcess
from partita.modules.webhooks.signing import SigningKeys


class World(NamedTuple):
    """Time, chance, and the installation's secret."""

    clock: Clock
    entropy: Entropy
    secret: bytes


def webhook_process(
    store: DeliveryStore, books: Books, world: World, rules: Callable[[], Rules]
) -> WebhookProcess:
    """The process; what the rules allow is asked when the first event is sent."""
    keys = SigningKeys(world.secret)
    tools = Tools(lambda: HttpCourier(may_be_private=rules().may_be_private), keys, world.clock)
    return WebhookProcess(
        store, books, tools, world.entropy, retention_days=lambda: rules().retention_days
    )
