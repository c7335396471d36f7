"""What can happen to payments of each type, read out of the tables of their lives."""

from collections.abc import Mapping

from partita.engine.event_types import Happenings
from partita.modules.payments.lifecycle import Lifecycle, PaymentType
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.payment import Payment

_SAYS = {
    "accepted": "was accepted by the other side",
    "authorized": "was authorized: money of the payer is set aside",
    "canceled": "was canceled, and nothing of it stays",
    "captured": "was captured, all of it or a part: the money has moved",
    "charged_back": "took the money back for the cardholder",
    "contested": "was contested with evidence",
    "created": "came to be, nothing is authorized yet",
    "escalated": "went on to the next instance",
    "evidenced": "got more evidence",
    "expired": "came to its moment before it was captured",
    "failed": "failed; what had been set aside or moved is back",
    "inquired": "began as an inquiry, no money has moved",
    "lost": "was lost: the money stays with the cardholder",
    "posted": "moved its money",
    "received": "was announced, the money is not there yet",
    "released": "became available: what was held of it is free",
    "reserved": "set its money aside",
    "rest_canceled": "was captured in part, and the rest was let go",
    "rest_expired": "was captured in part, and the rest came to its moment",
    "resubmitted": "was handed to a rail once more",
    "returned": "came back after it had been settled",
    "reversed": "was taken back, by transactions of its own",
    "scheduled": "waits for its moment",
    "settled": "is settled: the money is there for good",
    "submitted": "was handed to a rail; the money has left the payer",
    "succeeded": "succeeded: the money is back with the payer",
    "suspended": "came in for nobody that is known, and waits in suspense",
    "withdrawn": "was withdrawn by who had begun it",
    "won": "was won: the money stays with the payee",
}
"""What each event of the lifecycles says of a payment."""


def _article(type_: PaymentType) -> str:
    return "An" if type_.value[0] in "aeiou" else "A"


def _words(life: Lifecycle) -> Mapping[str, str]:
    """Every event of a lifecycle, in the order of its rows."""
    named = f"{_article(life.type)} {life.type.value}"
    return {row.event: f"{named} {_SAYS[row.event]}." for row in life.transitions}


def _tallied() -> Mapping[str, str]:
    """What refunds and disputes do to the payment that they are about, told as its own facts."""
    return {
        f"{type_.value}_{row.to_state.value}": (
            f"What is refunded or disputed of a payment changed:"
            f" {_article(type_).lower()} {type_.value} of it is in state {row.to_state.value}."
        )
        for type_, life in LIFECYCLES.items()
        for row in life.transitions
        if row.tallies
    }


def _happenings(type_: PaymentType, life: Lifecycle) -> Happenings:
    words = dict(_words(life))
    if type_ is PaymentType.PAYMENT:
        words |= _tallied()
    return Happenings(type_.value, Payment, words)


HAPPENINGS = tuple(_happenings(type_, life) for type_, life in LIFECYCLES.items())
"""The facts of each type of payment: its kind of matter is the type."""
