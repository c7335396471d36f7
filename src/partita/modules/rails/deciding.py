"""How the business commands of rails are decided.

Two laws live here, under the ledger's order, so that no process can break them whatever it believes:
an order is written down in the commit that takes the money, and a payment goes to another rail, or
fails by hand, only while its order certainly was not taken.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from partita.engine.business import Deciders, Desk, Look, Steps
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code, Rejection
from partita.modules.payments.acts import Advance, CreateDeposit, type_of
from partita.modules.payments.lifecycle import PaymentType, Verb
from partita.modules.payments.payment import Payment, read_payment
from partita.modules.payments.rail import MessageType
from partita.modules.rails import rail_state
from partita.modules.rails.acts import MoveCursor, NoteContact, SendAgain, SetRail, TakeMessage
from partita.modules.rails.dispatching import AFTER, CALLED_IN, MAY_FAIL_OVER, Stage
from partita.modules.rails.kept_message import KeptMessage, keep
from partita.modules.rails.order import (
    KIND,
    PREFIX,
    Order,
    change_of,
    read_order,
    stage_of,
    submission_for,
)
from partita.modules.rails.taking import STAGE_AFTER, Effect, Judgement, judge

Decider = Callable[[Desk, Any], Steps]
_ORDERING = frozenset({Verb.SUBMIT, Verb.RESUBMIT})
_CERTAIN = MAY_FAIL_OVER | {Stage.TAKEN, Stage.FAULTY}


def deciders(payments: Deciders) -> Deciders:
    """All of them; steps of payments are decided by `payments`, with their orders beside them."""
    advance = partial(advance_with_order, payments[Advance])
    begin = payments[CreateDeposit]
    return {
        Advance: advance,
        SendAgain: send_again,
        NoteContact: note_contact,
        TakeMessage: partial(take_message, begin, payments[Advance]),
        SetRail: set_rail,
        MoveCursor: move_cursor,
    }


# --- payments and their orders -------------------------------------------------------------------


def advance_with_order(advance: Decider, desk: Desk, act: Advance) -> Steps:
    """A step of a payment; what it means for the order that is on its way goes with it."""
    payment = _payment(desk, act.payment)
    if payment is None or act.verb not in payment.allowed:
        return (yield from advance(desk, act))
    matter = yield from _last_order(desk, payment)
    if matter is not None and (wrong := _doubtful(stage_of(matter), payment, act.verb)) is not None:
        return wrong
    if act.verb in _ORDERING and payment.type is PaymentType.WITHDRAWAL:
        return (yield from _ordered(advance, desk, payment, act, matter))
    yield from _stepped(desk, matter, act.verb)
    return (yield from advance(desk, act))


def _payment(desk: Desk, identifier: str) -> Payment | None:
    type_ = type_of(identifier)
    matter = None if type_ is None else desk.matter(type_.value, identifier)
    return None if matter is None else read_payment(matter.body)


def _last_order(desk: Desk, payment: Payment) -> Any:
    """The order of the last attempt, if it went through here; to be used with `yield from`."""
    if payment.submission is None or payment.type is not PaymentType.WITHDRAWAL:
        return None
    yield Look(resources=[payment.submission])
    return desk.matter(KIND, payment.submission)


def _doubtful(stage: Stage, payment: Payment, verb: Verb) -> Rejection | None:
    if verb is Verb.RESUBMIT and stage not in MAY_FAIL_OVER:
        detail = f"Order {payment.submission} is {stage.value}: it may have been taken."
    elif verb is Verb.FAIL and stage not in _CERTAIN:
        detail = f"Order {payment.submission} is {stage.value}: the rail may have taken it."
    else:
        return None
    facts = {"status": payment.state.value, "submission_status": stage.value}
    return Rejection(Code.INVALID_STATE, detail, None, facts)


def _ordered(
    advance: Decider, desk: Desk, payment: Payment, act: Advance, before: Matter | None
) -> Steps:
    """The order that a submission makes, then the payment's own step under its id.

    Whoever says when to look again is about to call the rail, and the order is under way. Whoever
    names the submission has handed it over already, and sees to it: no order is made.
    """
    tried: tuple[str, ...] = ()
    if before is not None:
        last = read_order(before)
        tried = last.rails
        yield change_of(last, Stage.ABANDONED, wakes_at=None)
    if act.submission is not None:
        return (yield from advance(desk, act))
    rail, identifier = act.rail or payment.rail or "", desk.identity(PREFIX)
    try:
        submission = submission_for(payment, identifier)
    except ValueError as error:
        return Rejection(Code.RAIL_REJECTED, f"No rail could carry it: {error}.")
    order = Order(submission, rail, desk.now, tried)
    stage = Stage.WAITING if act.wakes_at is None else Stage.SENDING
    yield change_of(order, stage, wakes_at=act.wakes_at or desk.now, is_new=True)
    told = msgspec.structs.replace(act, submission=identifier, rail=rail, wakes_at=None)
    return (yield from advance(desk, told))


def _stepped(desk: Desk, matter: Matter | None, verb: Verb) -> Any:
    """The order after a step of its payment; one that is at an end stays as it is."""
    stage = STAGE_AFTER.get(verb)
    if matter is None or stage is None or stage_of(matter) in {stage, Stage.CLOSED}:
        return
    wakes_at = matter.wakes_at if stage is Stage.TAKEN else None
    yield change_of(read_order(matter), stage, wakes_at=wakes_at)


# --- calls ---------------------------------------------------------------------------------------


def send_again(desk: Desk, act: SendAgain) -> Steps:
    """An order that waits goes out: from here on it may have been taken."""
    matter = desk.matter(KIND, act.submission)
    if matter is None:
        return _no_order(act.submission)
    order, stage = read_order(matter), stage_of(matter)
    if stage is not Stage.WAITING or order.contacts != act.contacts:
        return _moved_on(matter)
    yield change_of(order, Stage.SENDING, wakes_at=act.wakes_at)
    return None


def note_contact(desk: Desk, act: NoteContact) -> Steps:
    """What came of a call, if nothing else has happened to the order meanwhile."""
    matter = desk.matter(KIND, act.submission)
    if matter is None:
        return _no_order(act.submission)
    order, stage = read_order(matter), stage_of(matter)
    if stage not in CALLED_IN or order.contacts != act.contacts:
        return _moved_on(matter)
    after = AFTER[stage, act.certainty]
    order = msgspec.structs.replace(
        order,
        contacts=order.contacts + 1,
        failures=order.failures + 1 if after is stage or after is Stage.WAITING else 0,
        reference=act.reference or order.reference,
        code=act.code,
        detail=act.detail,
    )
    yield change_of(order, after, wakes_at=act.wakes_at)
    return None


def _no_order(identifier: str) -> Rejection:
    return Rejection(Code.MATTER_NOT_FOUND, f"There is no submission {identifier!r}.")


def _moved_on(matter: Matter) -> Rejection:
    detail = f"Submission {matter.id} is {matter.status}: somebody else went on with it."
    return Rejection(Code.INVALID_STATE, detail, None, {"status": matter.status})


# --- messages ------------------------------------------------------------------------------------


def take_message(begin: Decider, advance: Decider, desk: Desk, act: TakeMessage) -> Steps:
    """The step that a message means for its payment, and the message itself."""
    message = act.message
    if message.type is MessageType.RECEIVED and act.set_aside is None:
        return (yield from _receive(begin, desk, act))
    matter = None if message.submission is None else desk.matter(KIND, message.submission)
    order = None if matter is None else read_order(matter)
    payment = None if order is None else _payment(desk, order.submission.payment)
    judgement = judge(message, act.rail, order, payment)
    if act.set_aside is not None:
        judgement = Judgement(Effect.EXCEPTION, reason=act.set_aside)
    if judgement.verb is not None and payment is not None:
        yield from _stepped(desk, matter, judgement.verb)
        told = Advance(
            payment=payment.id, verb=judgement.verb, reference=message.reference,
            code=message.code, reason=_why(act),
        )  # fmt: skip
        refused = yield from advance(desk, told)
        if refused is not None:
            return refused
    whose = None if payment is None else payment.id
    yield keep(_kept(act, judgement, whose), judgement.effect)
    return None


def _why(act: TakeMessage) -> str | None:
    code = act.message.code
    return None if code is None else f"{act.rail} says {code}"


def _receive(begin: Decider, desk: Desk, act: TakeMessage) -> Steps:
    """Money that came unasked: to whom it names, or into suspense."""
    message, verb = act.message, Verb.SUSPEND if act.is_suspended else Verb.CREDIT
    deposit = CreateDeposit(
        amount=message.amount,
        asset=message.asset,
        destination=None if act.is_suspended else message.beneficiary,
        begin=verb,
        rail=act.rail,
        beneficiary=message.beneficiary,
        end_to_end_id=message.end_to_end_id,
        external_id=f"{act.rail}:{message.id}",
    )
    made: list[Matter] = []
    refused = yield from _watched(begin(desk, deposit), made)
    if refused is not None:
        return refused
    reason = "nobody here is named so" if act.is_suspended else None
    judgement = Judgement(Effect.APPLIED, verb, reason)
    yield keep(_kept(act, judgement, made[-1].id), Effect.APPLIED)
    return None


def _watched(steps: Steps, made: list[Matter]) -> Steps:
    """The same steps; the matters that they make are noted."""
    answer: Any = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            rejection: Rejection | None = end.value
            return rejection
        answer = yield step
        if isinstance(answer, MatterChanged):
            made.append(answer.matter)


def _kept(act: TakeMessage, judgement: Judgement, payment: str | None) -> KeptMessage:
    verb = None if judgement.verb is None else judgement.verb.value
    message = act.message
    return KeptMessage(act.rail, message, message.sha256, payment, verb, judgement.reason)


# --- rails ---------------------------------------------------------------------------------------


def set_rail(desk: Desk, act: SetRail) -> Steps:
    """A rail enabled or disabled, and what stands in for it."""
    if act.fallback == act.rail:
        return Rejection(Code.RAIL_NOT_FOUND, "A rail cannot stand in for itself.", "/fallback")
    matter = desk.titled(rail_state.KIND, act.rail)
    state = rail_state.read_state(matter)
    if act.fallback is not msgspec.UNSET:
        state = msgspec.structs.replace(state, fallback=act.fallback)
    status = rail_state.ENABLED if act.is_enabled else rail_state.DISABLED
    yield rail_state.change_of(act.rail, matter, state, happened=status, status=status)
    return None


def move_cursor(desk: Desk, act: MoveCursor) -> Steps:
    """Up to where a rail was read."""
    matter = desk.titled(rail_state.KIND, act.rail)
    state = msgspec.structs.replace(rail_state.read_state(matter), cursor=act.cursor)
    status = rail_state.ENABLED if matter is None else matter.status
    yield rail_state.change_of(act.rail, matter, state, happened="read", status=status)
    return None
