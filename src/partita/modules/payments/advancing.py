"""Advancing: one generic way by which any payment is taken a step further by any verb.

What the table does not allow in a state is `invalid_state`, with the allowed actions. What a verb
needs besides (an amount to capture, whose a deposit in suspense is) is read here.
"""

from collections.abc import Callable, Mapping

import msgspec

from partita.engine.business import Desk, Steps
from partita.kernel.rejections import Code, Rejection
from partita.modules.payments.acts import Advance, type_of
from partita.modules.payments.charging import Charger
from partita.modules.payments.lifecycle import Case, PaymentType, Role, State, Verb
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.parties import party_of
from partita.modules.payments.payment import Attempt, Payment, read_payment
from partita.modules.payments.places import chart_in_force, place
from partita.modules.payments.stepping import Step, take

Ready = Payment | Rejection


def advance(charger: Charger, desk: Desk, act: Advance) -> Steps:
    """Take a payment a step further, if its table allows it now."""
    payment = _find(desk, act.payment)
    if isinstance(payment, Rejection):
        return payment
    if act.verb not in payment.allowed:
        return refused(payment, act.verb)
    ready = _READY.get(act.verb, _as_it_is)(desk, payment, act)
    if isinstance(ready, Rejection):
        return ready
    amount, case = _how_much(ready, act)
    if isinstance(amount, Rejection):
        return amount
    row = LIFECYCLES[ready.type].transition(payment.state, act.verb, case)
    assert row is not None, f"{payment.type} has no row for {act.verb} {case} in {payment.state}"
    if act.reason is not None:
        ready = msgspec.structs.replace(ready, reason=act.reason)
    step = Step(ready, row, amount, reason=act.reason, wakes_at=act.wakes_at)
    return (yield from take(charger, desk, step))


def _find(desk: Desk, identifier: str) -> Payment | Rejection:
    type_ = type_of(identifier)
    matter = None if type_ is None else desk.matter(type_.value, identifier)
    if matter is not None:
        return read_payment(matter.body)
    what = "payment" if type_ is None else type_.value
    detail = f"There is no {what} {identifier!r} in this ledger."
    return Rejection(Code.PAYMENT_NOT_FOUND, detail)


def refused(payment: Payment, verb: Verb) -> Rejection:
    """The objection of the table, which names what can be done instead."""
    allowed = ",".join(each.value for each in payment.allowed)
    detail = (
        f"The {payment.type.value} is {payment.state.value}: it cannot be told to {verb.value}."
    )
    facts = {"status": payment.state.value, "allowed_actions": allowed}
    return Rejection(Code.INVALID_STATE, detail, None, facts)


def _how_much(payment: Payment, act: Advance) -> tuple[int | Rejection, Case]:
    """How much the step is about, and which case of its verb it is: a part, or all that is left."""
    if act.verb is not Verb.CAPTURE:
        return payment.amount, Case.ALWAYS
    amount = payment.uncaptured if act.amount is None else act.amount
    if amount < 1:
        detail = f"The amount is {amount}; it must be 1 at least."
        return Rejection(Code.AMOUNT_OUT_OF_RANGE, detail, "/amount"), Case.ALWAYS
    if amount > payment.uncaptured:
        detail = f"{amount} {payment.asset} would be captured; {payment.uncaptured} can be."
        facts = {"capturable": str(payment.uncaptured), "captured": str(payment.captured)}
        return Rejection(Code.CAPTURE_EXCEEDS_HOLD, detail, "/amount", facts), Case.ALWAYS
    is_rest = act.final or amount == payment.uncaptured
    return amount, Case.ALWAYS if is_rest else Case.PART


# --- what each verb needs besides ----------------------------------------------------------------


def _as_it_is(_desk: Desk, payment: Payment, _act: Advance) -> Ready:
    return payment


def _to_capture(desk: Desk, payment: Payment, act: Advance) -> Ready:
    if payment.expires_at is None or payment.expires_at > desk.now:
        later = act.available_at or payment.available_at
        return msgspec.structs.replace(payment, available_at=later)
    detail = f"The authorisation expired at {payment.expires_at.text()}."
    facts = {"status": payment.state.value, "allowed_actions": Verb.EXPIRE.value}
    return Rejection(Code.INVALID_STATE, detail, None, facts)


def _to_authorize(desk: Desk, payment: Payment, act: Advance) -> Ready:
    until = act.expires_at or payment.expires_at
    if until is not None and until <= desk.now:
        detail = f"It would expire at {until.text()}, and it is {desk.now.text()} already."
        return Rejection(Code.INVALID_EXPIRY, detail, "/expires_at")
    return msgspec.structs.replace(payment, expires_at=until)


def _to_submit(desk: Desk, payment: Payment, act: Advance) -> Ready:
    """The order is written down, with its id, before any rail hears of it."""
    rail = act.rail or payment.rail or ""
    attempt = Attempt(act.submission or desk.identity("sub_"), rail, desk.now, act.reference)
    payment = msgspec.structs.replace(payment, rail=rail, attempts=(*payment.attempts, attempt))
    if payment.in_transit is not None:
        return payment
    return msgspec.structs.replace(
        payment, in_transit=place(payment, chart_in_force(desk), Role.IN_TRANSIT)
    )


def _told(_desk: Desk, payment: Payment, act: Advance) -> Ready:
    """What a rail said of the last attempt."""
    if not payment.attempts or (act.reference is None and act.code is None):
        return payment
    last = payment.attempts[-1]
    told = msgspec.structs.replace(
        last, reference=act.reference or last.reference, code=act.code or last.code
    )
    return msgspec.structs.replace(payment, attempts=(*payment.attempts[:-1], told))


def _to_settle(desk: Desk, payment: Payment, act: Advance) -> Ready:
    if payment.type is PaymentType.DEPOSIT and act.available_at is not None:
        payment = msgspec.structs.replace(payment, available_at=act.available_at)
    return _told(desk, payment, act)


def _to_release(desk: Desk, payment: Payment, act: Advance) -> Ready:
    if payment.state is not State.SUSPENSE:
        return payment
    if act.destination is None:
        if payment.destination is not None:
            return payment
        detail = "Nobody knows yet whose it is: name the wallet that it is for."
        return Rejection(Code.WALLET_NOT_FOUND, detail, "/destination")
    party = party_of(desk, act.destination, payment.asset, "/destination")
    if isinstance(party, Rejection):
        return party
    return msgspec.structs.replace(payment, destination=party)


def _to_charge_back(_desk: Desk, payment: Payment, act: Advance) -> Ready:
    """The stage that begins has a deadline of its own, or none: the one that passed is over."""
    credited = payment.amount if act.is_credited else payment.credited
    return msgspec.structs.replace(payment, credited=credited, deadline=act.deadline)


def _to_contest(desk: Desk, payment: Payment, act: Advance) -> Ready:
    late = payment.deadline is not None and payment.deadline <= desk.now
    if late and act.verb is Verb.CONTEST:
        detail = f"It could be contested until {payment.deadline.text()}."  # type: ignore[union-attr]
        return Rejection(Code.DEADLINE_PASSED, detail)
    payment = msgspec.structs.replace(payment, deadline=act.deadline)
    return _with_evidence(payment, act.evidence)


def _with_evidence(payment: Payment, evidence: str | None) -> Payment:
    if evidence is None:
        return payment
    return msgspec.structs.replace(payment, evidence=(*payment.evidence, evidence))


def _to_evidence(_desk: Desk, payment: Payment, act: Advance) -> Ready:
    if act.evidence is None:
        detail = "Evidence is a text: say what there is, and where it is kept."
        return Rejection(Code.REASON_MISSING, detail, "/evidence")
    return _with_evidence(payment, act.evidence)


def _to_reverse(_desk: Desk, payment: Payment, act: Advance) -> Ready:
    if payment.type is PaymentType.ADJUSTMENT and not act.reason:
        detail = "An adjustment corrects the books, and so does taking it back: say why."
        return Rejection(Code.REASON_MISSING, detail, "/reason")
    return payment


_READY: Mapping[Verb, Callable[[Desk, Payment, Advance], Ready]] = {
    Verb.CAPTURE: _to_capture,
    Verb.AUTHORIZE: _to_authorize,
    Verb.SUBMIT: _to_submit,
    Verb.RESUBMIT: _to_submit,
    Verb.ACCEPT: _told,
    Verb.SETTLE: _to_settle,
    Verb.FAIL: _told,
    Verb.RETURN: _told,
    Verb.RELEASE: _to_release,
    Verb.CHARGE_BACK: _to_charge_back,
    Verb.LAPSE: _to_charge_back,
    Verb.CONTEST: _to_contest,
    Verb.ESCALATE: _to_contest,
    Verb.EVIDENCE: _to_evidence,
    Verb.REVERSE: _to_reverse,
}
