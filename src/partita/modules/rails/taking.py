"""Taking in: what each message means for a payment in each state, as a table.

A message can come twice, late, before the one that precedes it in life, or contradict what is known.
The lifecycle's own table says which verbs a state allows; what it does not allow is one of two
things: old news, which is absorbed, or a contradiction, which a person has to see.
"""

from enum import Enum
from typing import NamedTuple

from partita.modules.payments.lifecycle import State, Verb
from partita.modules.payments.payment import Payment
from partita.modules.payments.rail import MessageType, RailMessage
from partita.modules.rails.dispatching import Stage
from partita.modules.rails.order import Order


class Effect(Enum):
    """What is done about a message; all but the last are statuses of the message kept."""

    APPLIED = "applied"
    ABSORBED = "absorbed"
    EXCEPTION = "exception"


class Judgement(NamedTuple):
    """What a message comes to: a verb for the payment, or why there is none."""

    effect: Effect
    verb: Verb | None = None
    reason: str | None = None


VERBS: dict[MessageType, Verb] = {
    MessageType.ACCEPTED: Verb.ACCEPT,
    MessageType.SETTLED: Verb.SETTLE,
    MessageType.REJECTED: Verb.FAIL,
    MessageType.CANCELED: Verb.FAIL,
    MessageType.RETURNED: Verb.RETURN,
}
"""What each message asks for."""

OLD_NEWS: dict[MessageType, frozenset[State]] = {
    MessageType.ACCEPTED: frozenset({State.ACCEPTED, State.SETTLED, State.RETURNED}),
    MessageType.SETTLED: frozenset({State.SETTLED, State.RETURNED}),
    MessageType.REJECTED: frozenset({State.FAILED}),
    MessageType.CANCELED: frozenset({State.FAILED, State.CANCELED}),
    MessageType.RETURNED: frozenset({State.RETURNED}),
}
"""The states in which a message tells nothing that is not known."""

STAGE_AFTER: dict[Verb, Stage] = {
    Verb.ACCEPT: Stage.TAKEN,
    Verb.SETTLE: Stage.CLOSED,
    Verb.FAIL: Stage.CLOSED,
    Verb.RETURN: Stage.CLOSED,
    Verb.RESUBMIT: Stage.ABANDONED,
}
"""Where a payment's order is after a step of the payment, whoever asked for it."""

_OF_NO_CONSEQUENCE = frozenset({MessageType.REJECTED, MessageType.CANCELED})


def judge(
    message: RailMessage, rail: str, order: Order | None, payment: Payment | None
) -> Judgement:
    """What a message comes to. An order without payment cannot be; neither is ours."""
    if order is None or payment is None:
        return _exception("it answers nothing that was sent from here")
    if (reason := _mismatch(message, rail, order)) is not None:
        return _exception(reason)
    if payment.submission != order.id:
        return _of_an_earlier_attempt(message)
    verb = VERBS.get(message.type)
    if verb is None:
        return _exception(f"{message.type.value} answers no order")
    if verb in payment.allowed:
        return Judgement(Effect.APPLIED, verb)
    if payment.state in OLD_NEWS[message.type]:
        return Judgement(Effect.ABSORBED, reason=f"the payment is {payment.state.value} already")
    return _exception(f"the payment is {payment.state.value}, and {message.type.value} was told")


def _mismatch(message: RailMessage, rail: str, order: Order) -> str | None:
    """Why a message cannot be about this order, if it cannot."""
    submission = order.submission
    if order.rail != rail:
        return f"the order went to {order.rail}"
    if (message.amount, message.asset) != (submission.amount, submission.asset):
        told = f"{message.amount} {message.asset}"
        return f"{told} were told, {submission.amount} {submission.asset} submitted"
    return None


def _of_an_earlier_attempt(message: RailMessage) -> Judgement:
    """It was given up because that rail certainly had not taken it: nothing but a no fits."""
    if message.type in _OF_NO_CONSEQUENCE:
        return Judgement(Effect.ABSORBED, reason="the payment went another way since")
    return _exception("the payment went another way, since this rail had not taken it")


def _exception(reason: str) -> Judgement:
    return Judgement(Effect.EXCEPTION, reason=reason)
