"""What happens when money goes from one ledger to another: one fact in each of the two."""

from partita.engine.event_types import Happenings
from partita.modules.ledger_transfers.transfer import KIND, Body, Side

HAPPENINGS = (
    Happenings(
        KIND,
        Body,
        {
            Side.SENT.value: "Money went to another ledger.",
            Side.RECEIVED.value: "Money came from another ledger.",
        },
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
