"""Stepping: one transition of one payment, from the row of its table to the facts of one commit.

    row ─► rules ─► holds let go ─► money moved, held or captured ─► payment it is about ─► payment

It is the same for every type and verb, whoever asks: what differs stands in the tables.
"""

from collections.abc import Generator
from typing import Any, NamedTuple

import msgspec

from partita.engine.business import Desk, Look, Steps
from partita.kernel import commands
from partita.kernel.account import AccountStatus
from partita.kernel.balance import balance
from partita.kernel.moment import Moment
from partita.kernel.rejections import Rejection
from partita.modules.chart.chart import Chart
from partita.modules.payments import moving
from partita.modules.payments.charging import Charged, Charger
from partita.modules.payments.legs import Leg
from partita.modules.payments.lifecycle import (
    Case,
    HoldStep,
    Lifecycle,
    PaymentType,
    Status,
    Tally,
    Transition,
    Verb,
)
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.payment import Payment, body_of, read_payment
from partita.modules.payments.places import chart_in_force

_COMES_TO_NOTHING = frozenset({Status.FAILED, Status.CANCELED})
_WITH_HOLD = {Case.ALWAYS: Case.HELD, Case.PART: Case.PART_HELD}
_ENDED = frozenset({Status.SETTLED, Status.FAILED, Status.REVERSED, Status.CANCELED})


class Step(NamedTuple):
    """A transition about to be taken: of which payment, by which row, and how much it is about."""

    payment: Payment
    row: Transition
    amount: int
    is_new: bool = False
    reason: str | None = None
    wakes_at: Moment | None = None
    external_id: str | None = None


def take(charger: Charger, desk: Desk, step: Step) -> Steps:
    """Take it: everything that it moves, and the payment as it is afterwards."""
    charged = yield from charger(desk, step.payment, step.row, step.amount)
    if isinstance(charged, Rejection):
        return charged
    chart = chart_in_force(desk)
    row = _row_with_holds(step, charged.holds_until, desk.now)
    moved = yield from _move(desk, chart, step._replace(row=row), charged)
    if isinstance(moved, Rejection):
        return moved
    after = _after(moved, step, row, charged)
    if row.tallies:
        refused = yield from _tally(desk, after, row.tallies, step.amount)
        if refused is not None:
            return refused
    yield _change(after, step, row, charged)
    return None


def _row_with_holds(step: Step, holds_until: Moment | None, now: Moment) -> Transition:
    """The row for money that is not available at once, where the table has one and it is not."""
    payment, row = step.payment, step.row
    wanted = _WITH_HOLD.get(row.case)
    later = holds_until or payment.available_at
    if wanted is None or later is None or later <= now:
        return row
    if row.hold is HoldStep.RELEASE and not payment.proceeds:
        return row
    state = None if step.is_new else payment.state
    return LIFECYCLES[payment.type].transition(state, row.verb, wanted) or row


def _move(desk: Desk, chart: Chart, step: Step, charged: Charged) -> moving.Moving:
    """Let go what is needed, and do what the row says of money."""
    payment, row, amount, *_others = step
    yield from _let_go(desk, payment, row, amount)
    if row.undoes:
        return (yield from _undo(desk, payment, step.reason))
    if row.hold is HoldStep.PLACE:
        payment = yield from moving.place_hold(desk, payment)
    legs = moving.own_legs(payment, chart, row, amount)
    own = len(legs)
    legs += charged.legs
    if LIFECYCLES[payment.type].states[row.to_state] in _COMES_TO_NOTHING:
        legs += yield from _given_back(desk, payment)
    moved: Payment | Rejection = payment
    if row.hold is HoldStep.CAPTURE:
        is_final = row.case not in {Case.PART, Case.PART_HELD}
        moved = yield from moving.capture(payment, legs, own, is_final=is_final)
    elif legs:
        moved = yield from moving.post(payment, chart, row, legs, own)
    if isinstance(moved, Rejection) or row.proceeds is not HoldStep.PLACE:
        return moved
    until = max(each for each in (charged.holds_until, moved.available_at) if each is not None)
    return (yield from moving.hold_proceeds(moved, legs, until))


def _let_go(
    desk: Desk, payment: Payment, row: Transition, amount: int
) -> Generator[Any, Any, None]:
    """What was set aside and is needed now: by this step, or by a refund of what is held yet."""
    if row.hold is HoldStep.RELEASE and payment.hold is not None:
        yield from moving.release(desk, (payment.hold,))
    if row.proceeds is HoldStep.RELEASE:
        yield from moving.release(desk, payment.proceeds)
    if payment.parent is not None and any(tally.sign > 0 for tally in row.tallies):
        parent = desk.matter(PaymentType.PAYMENT.value, payment.parent)
        assert parent is not None, "what it is about was looked up before"
        yield from moving.release(desk, read_payment(parent.body).proceeds, amount)


def _undo(desk: Desk, payment: Payment, reason: str | None) -> moving.Moving:
    """Take back all that it did, the newest first; a transfer by a transfer the other way."""
    made = list(payment.transactions)
    yield Look(resources=made)
    reversals: list[str] = []
    for transaction in reversed(made):
        event = yield commands.ReverseTransaction(
            transaction, reason=reason, metadata={moving.LINK: payment.id}
        )
        reversals.append(event.id)
    if payment.type is PaymentType.TRANSFER:
        back = _transfer_back(desk, payment, tuple(reversals), reason)
        yield _change_of(back, "transfer.posted", is_new=True, reason=reason)
        payment = msgspec.structs.replace(payment, reversed_by=back.id)
    return msgspec.structs.replace(payment, transactions=(*made, *reversals))


def _transfer_back(
    desk: Desk, payment: Payment, reversals: tuple[str, ...], reason: str | None
) -> Payment:
    return Payment(
        id=desk.identity(LIFECYCLES[payment.type].prefix),
        type=payment.type,
        state=payment.state,
        amount=payment.amount,
        asset=payment.asset,
        source=payment.destination,
        destination=payment.source,
        transactions=reversals,
        parent=payment.id,
        reason=reason,
        created_at=desk.now,
    )


def _given_back(desk: Desk, payment: Payment) -> Generator[Any, Any, list[Leg]]:
    """What rules moved for a payment that comes to nothing, the other way, as far as that goes.

    That it comes to nothing must not hang on it: what was given and is spent, and what would go to
    somebody who is frozen, stays where it is.
    """
    legs = [Leg(c.credit, c.debit, c.amount, c.asset) for c in payment.charges]
    if legs:
        yield Look(accounts=[account for leg in legs for account in (leg.debit, leg.credit)])
    return [leg for leg in legs if _can_go(desk, leg)]


def _can_go(desk: Desk, leg: Leg) -> bool:
    for path in (leg.debit, leg.credit):
        standing = desk.account(path)
        if standing is None or standing.status is not AccountStatus.OPEN:
            return False
    giver = desk.account(leg.debit)
    assert giver is not None, "looked at above"
    left = balance(giver.totals, giver.account.normal_side).available
    return not giver.has_floor or left >= leg.amount


def _after(payment: Payment, step: Step, row: Transition, charged: Charged) -> Payment:
    """The payment after the step, whose money has been moved."""
    lifecycle = LIFECYCLES[payment.type]
    changes: dict[str, Any] = {"state": row.to_state}
    if payment.type is PaymentType.PAYMENT and row.verb in {Verb.CAPTURE, Verb.PAY}:
        changes["captured"] = payment.captured + step.amount
    if charged.charges:
        changes["charges"] = (*payment.charges, *charged.charges)
    changes["wakes"] = step.wakes_at or _next_wake(lifecycle, payment, row)
    return msgspec.structs.replace(payment, **changes)


def _next_wake(lifecycle: Lifecycle, payment: Payment, row: Transition) -> Moment | None:
    """When the clock takes the next step by itself, if it does."""
    verb = lifecycle.waits_for_clock.get(row.to_state)
    return None if verb is None else WAKES[verb](payment)


WAKES = {
    Verb.EXECUTE: lambda payment: payment.scheduled_at,
    Verb.RELEASE: lambda payment: payment.available_at,
    Verb.SETTLE: lambda payment: payment.available_at,
    Verb.EXPIRE: lambda payment: payment.expires_at,
    Verb.LAPSE: lambda payment: payment.deadline,
    Verb.SUBMIT: lambda payment: payment.created_at,
}
"""Which moment each verb of the clock waits for."""


def _tally(
    desk: Desk, child: Payment, tallies: tuple[Tally, ...], amount: int
) -> Generator[Any, Any, Rejection | None]:
    """Count it on the payment that it is about, which is another than before by that."""
    assert child.parent is not None, "what is tallied is about a payment"
    matter = desk.matter(PaymentType.PAYMENT.value, child.parent)
    assert matter is not None, "it is loaded with what is about it"
    parent = read_payment(matter.body)
    sums = {t.field: getattr(parent, t.field) + t.sign * amount for t in tallies}
    assert min(sums.values()) >= 0, f"{parent.id}: more would be given back than was taken"
    parent = msgspec.structs.replace(parent, **sums)
    assert parent.refundable >= 0, f"{parent.id}: more would be refunded than was captured"
    yield _change_of(parent, f"payment.{child.type.value}_{child.state.value}")
    return None


def _change(after: Payment, step: Step, row: Transition, charged: Charged) -> commands.ChangeMatter:
    facts = {"verb": row.verb.value, "amount": str(step.amount)}
    if not step.is_new:
        facts["from"] = step.payment.state.value
    if charged.versions:
        facts["rules"] = charged.versions
    return _change_of(
        after, f"{after.type.value}.{row.event}", facts,
        is_new=step.is_new, reason=step.reason,
    )  # fmt: skip


def _change_of(
    payment: Payment, type_name: str, facts: dict[str, str] | None = None, *,
    is_new: bool = False, reason: str | None = None,
) -> commands.ChangeMatter:  # fmt: skip
    is_over = LIFECYCLES[payment.type].states[payment.state] in _ENDED
    return commands.ChangeMatter(
        type=type_name,
        kind=payment.type.value,
        id=payment.id,
        is_new=is_new,
        status=payment.shown_state,
        about=_about(payment),
        external_id=payment.external_id if is_new else None,
        body=body_of(payment),
        account_paths=_accounts(payment),
        related=_related(payment, is_over=is_over),
        wakes_at=payment.wakes,
        reason=reason,
        facts=facts or {},
    )


def _about(payment: Payment) -> str | None:
    """What it is found by: the payment that it is about, else the wallet whose payment it is."""
    if payment.parent is not None:
        return payment.parent
    whose = payment.source or payment.destination
    return None if whose is None else whose.wallet


def _accounts(payment: Payment) -> tuple[str, ...]:
    parties = (payment.source, payment.destination)
    return tuple(party.account for party in parties if party is not None)


def _related(payment: Payment, *, is_over: bool) -> tuple[str, ...]:
    """The ids of what the next step will need."""
    wanted: list[str | None] = [payment.parent, *payment.proceeds]
    if not is_over:
        wanted += [payment.hold]
        wanted += [p.wallet for p in (payment.source, payment.destination) if p is not None]
    return tuple(each for each in wanted if each is not None)
