"""How each business command of payments is decided: every type begins and goes on the same way."""

from collections.abc import Callable
from functools import partial

from partita.engine.business import Deciders, Desk, Steps
from partita.kernel.rejections import Code, Rejection
from partita.modules.payments.acts import BEGINNINGS, Advance, Begin, CreateTransfer
from partita.modules.payments.advancing import advance
from partita.modules.payments.charging import Charger
from partita.modules.payments.drafting import draft
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.parties import take_in
from partita.modules.payments.stepping import Step, take
from partita.modules.payments.transferring import transfer


def begin(charger: Charger, desk: Desk, act: Begin) -> Steps:
    """Have a payment begin by the verb that the act says."""
    payment = draft(desk, act)
    if isinstance(payment, Rejection) and payment.code is Code.ASSET_NOT_IN_WALLET:
        yield from take_in(desk, act)
        payment = draft(desk, act)
    if isinstance(payment, Rejection):
        return payment
    if desk.asset(payment.asset) is None and payment.parent is None:
        detail = f"There is no asset {payment.asset[:60]!r} in this ledger."
        return Rejection(Code.ASSET_NOT_FOUND, detail, "/asset")
    row = LIFECYCLES[act.type].transition(None, act.begin)
    assert row is not None, "a draft begins by a row of its table"
    step = Step(payment, row, payment.amount, is_new=True, reason=act.reason)
    return (yield from take(charger, desk, step))


def deciders(charger: Charger) -> Deciders:
    """All of them; `charger` says what is added to each step."""
    start: Callable[[Desk, Begin], Steps] = partial(begin, charger)
    return {
        **dict.fromkeys(BEGINNINGS.values(), start),
        CreateTransfer: partial(transfer, start),
        Advance: partial(advance, charger),
    }
