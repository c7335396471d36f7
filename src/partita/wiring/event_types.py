"""All types of events of this installation: the kernel's own, and what its modules declared."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from partita.engine.event_types import EventType, Happenings, collect, declare_steps
from partita.engine.feed import EventFilter, event_filter
from partita.modules.chart.happenings import HAPPENINGS as CHART
from partita.modules.exports.happenings import HAPPENINGS as EXPORTS
from partita.modules.fx.happenings import HAPPENINGS as FX
from partita.modules.ledger_transfers.happenings import HAPPENINGS as LEDGER_TRANSFERS
from partita.modules.loyalty.happenings import HAPPENINGS as LOYALTY
from partita.modules.payments.happenings import HAPPENINGS as PAYMENTS
from partita.modules.rails.happenings import HAPPENINGS as RAILS
from partita.modules.rules.happenings import HAPPENINGS as RULES
from partita.modules.sagas.happenings import HAPPENINGS as SAGAS
from partita.modules.settlement.happenings import HAPPENINGS as SETTLEMENT
from partita.modules.sinks.happenings import HAPPENINGS as SINKS
from partita.modules.wallets.happenings import HAPPENINGS as WALLETS
from partita.modules.webhooks.happenings import HAPPENINGS as WEBHOOKS

HAPPENINGS: tuple[Happenings, ...] = (
    *CHART,
    *EXPORTS,
    *FX,
    *LEDGER_TRANSFERS,
    *LOYALTY,
    *PAYMENTS,
    *RAILS,
    *RULES,
    *SAGAS,
    *SETTLEMENT,
    *WALLETS,
    *WEBHOOKS,
    *SINKS,
)
"""What can happen to matters of every kind: one line for each module."""

declare_steps(HAPPENINGS)


@lru_cache(maxsize=1)
def event_types() -> Mapping[str, EventType]:
    """Every type of fact that a journal of ours can hold, by its name (`payment.settled`)."""
    return collect(HAPPENINGS)


def wanted_events(types: Sequence[str], subjects: Sequence[str] = ()) -> EventFilter:
    """A filter of events as somebody outside asks for it.

    Raises:
        ValueError: there is no such type of event.
    """
    return event_filter(types, subjects, event_types())
