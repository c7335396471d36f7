"""Drafting: from what somebody asked for to the payment as it would begin, or why it cannot."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from partita.engine.business import Desk
from partita.kernel.amount import LARGEST
from partita.kernel.rejections import Code, Rejection
from partita.modules.payments import acts
from partita.modules.payments.lifecycle import PaymentType, Verb
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.parties import party_of
from partita.modules.payments.payment import Attempt, Party, Payment, Split, read_payment
from partita.modules.payments.rail import uetr_from


class _Money(NamedTuple):
    """Between whom, and how much of what: what all drafts share."""

    source: Party | None
    destination: Party | None
    amount: int
    asset: str


def draft(desk: Desk, act: acts.Begin) -> Payment | Rejection:
    """The payment that an act begins, in the first state of its way; nothing has moved yet."""
    money = _DRAFTS[type(act)](desk, act)
    if isinstance(money, Rejection):
        return money
    if (wrong := _objection(desk, act, money)) is not None:
        return wrong
    lifecycle = LIFECYCLES[act.type]
    row = next(row for row in lifecycle.transitions if row.is_birth and row.verb is act.begin)
    payment = Payment(
        id=desk.identity(lifecycle.prefix),
        type=act.type,
        state=row.to_state,
        amount=money.amount,
        asset=money.asset,
        source=money.source,
        destination=money.destination,
        reason=act.reason,
        metadata=act.metadata,
        external_id=act.external_id,
        created_at=desk.now,
    )
    return _DETAILS.get(act.type, _as_it_is)(desk, payment, act)


def _objection(desk: Desk, act: acts.Begin, money: _Money) -> Rejection | None:
    if not 1 <= money.amount <= LARGEST:
        detail = f"The amount is {money.amount}; it must be 1 at least, and of at most 38 digits."
        return Rejection(Code.AMOUNT_OUT_OF_RANGE, detail, "/amount")
    if act.type is PaymentType.ADJUSTMENT and not act.reason:
        detail = "An adjustment corrects the books: say why."
        return Rejection(Code.REASON_MISSING, detail, "/reason")
    if act.begin not in LIFECYCLES[act.type].births:
        births = ",".join(verb.value for verb in LIFECYCLES[act.type].births)
        detail = f"A {act.type.value} does not begin with {act.begin.value}."
        return Rejection(Code.INVALID_STATE, detail, None, {"allowed_actions": births})
    return None


# --- between whom, by type -----------------------------------------------------------------------


def _both(desk: Desk, act: Any) -> _Money | Rejection:
    source = party_of(desk, act.source, act.asset, "/source")
    if isinstance(source, Rejection):
        return source
    destination = party_of(desk, act.destination, act.asset, "/destination")
    if isinstance(destination, Rejection):
        return destination
    return _Money(source, destination, act.amount, act.asset)


def _one(desk: Desk, act: Any) -> _Money | Rejection:
    """Only a source, or only a destination."""
    side = "source" if hasattr(act, "source") else "destination"
    reference = getattr(act, side)
    if reference is None:
        return _nobody(act)
    party = party_of(desk, reference, act.asset, f"/{side}")
    if isinstance(party, Rejection):
        return party
    return _Money(
        party if side == "source" else None, None if side == "source" else party,
        act.amount, act.asset,
    )  # fmt: skip


def _nobody(act: Any) -> _Money | Rejection:
    """Money that nobody is named for: it can wait in suspense, and nowhere else."""
    if act.begin is Verb.SUSPEND:
        return _Money(None, None, act.amount, act.asset)
    detail = "A deposit goes to a wallet, or into suspense: name a destination, or suspend it."
    return Rejection(Code.WALLET_NOT_FOUND, detail, "/destination")


def _back(desk: Desk, act: Any) -> _Money | Rejection:
    """What was captured of a payment, the other way."""
    matter = desk.matter(PaymentType.PAYMENT.value, act.payment)
    if matter is None:
        detail = f"There is no payment {act.payment!r} in this ledger."
        return Rejection(Code.PAYMENT_NOT_FOUND, detail, "/payment")
    parent = read_payment(matter.body)
    amount = parent.refundable if act.amount is None else act.amount
    if amount > parent.refundable or not parent.refundable:
        return _too_much(act.type, parent, amount)
    return _Money(parent.destination, parent.source, amount, parent.asset)


def _too_much(type_: PaymentType, parent: Payment, amount: int) -> Rejection:
    is_refund = type_ is PaymentType.REFUND
    code = Code.REFUND_EXCEEDS_CAPTURED if is_refund else Code.DISPUTE_EXCEEDS_CAPTURED
    detail = (
        f"{amount} {parent.asset} would go back; of {parent.captured} captured,"
        f" {parent.refundable} are left: {parent.refunded} were refunded, {parent.disputed} are"
        f" disputed, {parent.charged_back} were charged back."
    )
    facts = {
        "captured": str(parent.captured),
        "refunded": str(parent.refunded),
        "disputed": str(parent.disputed),
        "charged_back": str(parent.charged_back),
        "refundable": str(parent.refundable),
    }
    return Rejection(code, detail, "/amount", facts)


_DRAFTS: Mapping[type[acts.Begin], Callable[[Desk, Any], _Money | Rejection]] = {
    acts.CreateTransfer: _both,
    acts.CreateDeposit: _one,
    acts.CreateWithdrawal: _one,
    acts.CreatePayment: _both,
    acts.CreateRefund: _back,
    acts.OpenDispute: _back,
    acts.ChargeFee: _one,
    acts.ChargeTax: _one,
    acts.GiveReward: _one,
    acts.Adjust: _both,
}


# --- what each type has of its own ---------------------------------------------------------------


def _as_it_is(_desk: Desk, payment: Payment, _act: Any) -> Payment | Rejection:
    return payment


def _transfer(desk: Desk, payment: Payment, act: acts.CreateTransfer) -> Payment | Rejection:
    if act.begin is Verb.SCHEDULE and (act.scheduled_at is None or act.scheduled_at <= desk.now):
        detail = "A transfer is scheduled for a moment that is still to come."
        return Rejection(Code.INVALID_EXPIRY, detail, "/scheduled_at")
    if not act.splits and act.scheduled_at is None:
        return payment
    payment = msgspec.structs.replace(payment, scheduled_at=act.scheduled_at)
    return _with_splits(desk, payment, act.splits)


def _with_splits(desk: Desk, payment: Payment, parts: tuple[acts.Part, ...]) -> Payment | Rejection:
    splits = []
    for n, part in enumerate(parts):
        party = party_of(desk, part.destination, payment.asset, f"/splits/{n}/destination")
        if isinstance(party, Rejection):
            return party
        if part.amount < 1:
            detail = f"Part {n} is {part.amount}; it must be 1 at least."
            return Rejection(Code.AMOUNT_OUT_OF_RANGE, detail, f"/splits/{n}/amount")
        splits.append(Split(party, part.amount))
    shared = sum(split.amount for split in splits)
    if shared > payment.amount:
        detail = f"The parts come to {shared}, and the whole is {payment.amount}."
        return Rejection(Code.AMOUNT_OUT_OF_RANGE, detail, "/splits")
    return msgspec.structs.replace(payment, splits=tuple(splits))


def _deposit(desk: Desk, payment: Payment, act: acts.CreateDeposit) -> Payment:
    attempts: tuple[Attempt, ...] = ()
    if act.submission is not None:
        attempts = (Attempt(act.submission, act.rail, desk.now),)
    return msgspec.structs.replace(
        payment,
        rail=act.rail,
        beneficiary=act.beneficiary,
        end_to_end_id=act.end_to_end_id,
        uetr=act.uetr,
        available_at=act.available_at,
        attempts=attempts,
    )


def _withdrawal(desk: Desk, payment: Payment, act: acts.CreateWithdrawal) -> Payment:
    return msgspec.structs.replace(
        payment,
        rail=act.rail,
        beneficiary=act.beneficiary,
        end_to_end_id=act.end_to_end_id or payment.id,
        uetr=act.uetr or uetr_from(_random_bytes(desk)),
        deadline=act.deadline,
    )


def _random_bytes(desk: Desk) -> bytes:
    """Sixteen random bytes: what is random in two ids that name nothing."""
    letters = desk.identity("")[_TIME_LETTERS:] + desk.identity("")[_TIME_LETTERS:]
    return (int(letters.translate(_DIGITS), 32) & (1 << 128) - 1).to_bytes(16)


_TIME_LETTERS = 10
_DIGITS = str.maketrans("ABCDEFGHJKMNPQRSTVWXYZ", "ABCDEFGHIJKLMNOPQRSTUV")
"""Crockford's letters as digits of base 32, as Python counts."""


def _payment(desk: Desk, payment: Payment, act: acts.CreatePayment) -> Payment | Rejection:
    if act.expires_at is not None and act.expires_at <= desk.now:
        detail = f"It would expire at {act.expires_at.text()}, and it is {desk.now.text()} already."
        return Rejection(Code.INVALID_EXPIRY, detail, "/expires_at")
    payment = msgspec.structs.replace(
        payment, rail=act.rail, expires_at=act.expires_at, available_at=act.available_at
    )
    return _with_splits(desk, payment, act.splits) if act.splits else payment


def _child(_desk: Desk, payment: Payment, act: acts.CreateRefund | acts.OpenDispute) -> Payment:
    payment = msgspec.structs.replace(payment, parent=act.payment)
    if isinstance(act, acts.CreateRefund):
        return payment
    credited = payment.amount if act.is_credited else 0
    return msgspec.structs.replace(payment, credited=credited, deadline=act.deadline)


def _of_a_kind(_desk: Desk, payment: Payment, act: acts.ChargeFee | acts.ChargeTax) -> Payment:
    return msgspec.structs.replace(payment, kind=act.kind)


_DETAILS: Mapping[PaymentType, Callable[[Desk, Payment, Any], Payment | Rejection]] = {
    PaymentType.TRANSFER: _transfer,
    PaymentType.DEPOSIT: _deposit,
    PaymentType.WITHDRAWAL: _withdrawal,
    PaymentType.PAYMENT: _payment,
    PaymentType.REFUND: _child,
    PaymentType.DISPUTE: _child,
    PaymentType.FEE: _of_a_kind,
    PaymentType.TAX: _of_a_kind,
}
