"""Which facts move posted money, and what type they have: what several trailing views look for."""

from partita.kernel.events import (
    MONEY_EVENTS,
    Event,
    HoldCaptured,
    TransactionPosted,
    TransactionReversed,
    TransactionSettled,
)

MOVING = frozenset({TransactionPosted, HoldCaptured, TransactionSettled, TransactionReversed})
"""The facts each of whose entries has an amount; all others only set money aside or let it go."""
WITH_ENTRIES = frozenset(MONEY_EVENTS)
"""The facts that have entries at all."""
UNTYPED = ""
"""The type of transactions that have none: a column of a key always has a value."""


def type_of(event: Event) -> str:
    """The type of the transaction that one of those facts posted."""
    if type(event) is TransactionSettled:
        return event.transaction.type or UNTYPED
    return event.type or UNTYPED  # type: ignore[union-attr]  # the others of MOVING have it
