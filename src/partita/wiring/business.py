"""Every business command and how it is decided: the one list of modules."""

from partita.adapters.conditions.cel import CelConditions
from partita.engine.business import Business, Deciders
from partita.modules.chart import applying as chart_applying
from partita.modules.chart import in_force
from partita.modules.exports import deciding as exports_deciding
from partita.modules.fx import deciding as fx_deciding
from partita.modules.fx.quotes import QUOTES
from partita.modules.ledger_transfers import deciding as ledger_transfer_deciding
from partita.modules.loyalty import deciding as loyalty_deciding
from partita.modules.payments.deciding import deciders as payments
from partita.modules.payments.ruling import RuleCharger
from partita.modules.rails import deciding as rails_deciding
from partita.modules.rules import deciding as rules_deciding
from partita.modules.rules.rulebook import Rulebook
from partita.modules.sagas.deciding import deciders as sagas
from partita.modules.sagas.flows import FLOWS
from partita.modules.settlement import deciding as settlement_deciding
from partita.modules.sinks import deciding as sinks_deciding
from partita.modules.wallets import deciding as wallets_deciding
from partita.modules.wallets.expiring import POTS
from partita.modules.wallets.opening import sparing_wallets
from partita.modules.webhooks import deciding as webhooks_deciding
from partita.wiring.event_types import event_types

RULEBOOK = Rulebook(CelConditions())
"""Compiles the rules of all ledgers; a payment's decision runs those that are in force."""
PAYMENTS = payments(RuleCharger(RULEBOOK))
DECIDERS: Deciders = {
    **chart_applying.DECIDERS,
    **fx_deciding.DECIDERS,
    **PAYMENTS,
    **rails_deciding.deciders(PAYMENTS),  # steps of payments have their orders beside them
    **rules_deciding.DECIDERS,
    **settlement_deciding.DECIDERS,
    **wallets_deciding.DECIDERS,
    **loyalty_deciding.DECIDERS,
    **ledger_transfer_deciding.DECIDERS,
    **exports_deciding.DECIDERS,
    **sagas(FLOWS),
    **webhooks_deciding.DECIDERS,
    **sinks_deciding.DECIDERS,
}
"""Every business command of every module, and how it is decided: one line for each module."""
BUSINESS = Business(
    DECIDERS, sparing_wallets(in_force.opener), gate=in_force.gate, facts=event_types()
)


EXPIRING = (POTS, QUOTES, loyalty_deciding.ENDING)
"""What comes to a moment by itself, and ends."""
