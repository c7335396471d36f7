"""How settlement is decided: what is payable, what is kept back, and what became of a payout."""

from typing import Any

import msgspec

from partita.engine.business import Deciders, Desk, Steps
from partita.kernel.account import Side
from partita.kernel.balance import balance
from partita.kernel.commands import ChangeMatter, PostTransaction
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code, Rejection
from partita.modules.payments.lifecycle import PaymentType, Status
from partita.modules.payments.payment import Payment, read_payment
from partita.modules.settlement import batch as batches
from partita.modules.settlement.batch import (
    TRANSITIONS,
    Batch,
    BatchStatus,
    BatchVerb,
    batch_body,
    read_batch,
)
from partita.modules.settlement.commands import (
    CloseBatch,
    FailBatch,
    FollowBatch,
    PausePlan,
    PayBatch,
    ReleaseReserve,
    ResumePlan,
    SetPlan,
)
from partita.modules.settlement.plan import (
    PLAN_ACTIONS,
    Plan,
    PlanStatus,
)
from partita.modules.settlement.planning import (
    find_plan,
    invalid,
    pause,
    places,
    plan_change,
    resume,
    set_plan,
)
from partita.modules.settlement.register import RELEASED_BY, SETTLED_BY

_OUTCOMES = {
    Status.SETTLED: BatchVerb.SETTLE,
    Status.FAILED: BatchVerb.FAIL,
    Status.CANCELED: BatchVerb.FAIL,
    Status.REVERSED: BatchVerb.FAIL,
}
"""What the common status of a withdrawal means for its batch; in any other it is under way."""


def close(desk: Desk, command: CloseBatch) -> Steps:
    """What the wallet had at the cut-off, as far as it is free, becomes payable and reserve."""
    found = find_plan(desk, command.plan)
    if isinstance(found, Rejection):
        return found
    matter, plan = found
    refused = _misfit(matter, plan, command)
    if refused is not None:
        return refused
    if command.cut_off > desk.now:
        detail = f"The cut-off of {matter.id} at {command.cut_off.text()} has not come."
        return Rejection(Code.INVALID_STATE, detail)
    payable = _payable(desk, plan, command)
    next_cut_off = plan.terms.cut_off_after(command.cut_off)
    if command.figures.is_quiet and not payable:
        # The cut-off passes without a batch; what there is will be in the next one.
        passed = msgspec.structs.replace(plan, next_cut_off=next_cut_off)
        yield plan_change("settlement_plan.passed", matter, passed, PlanStatus(matter.status))
        return None
    made = _batch(desk, matter, plan, command, payable)
    identifier = desk.identity(batches.PREFIX)
    moved = plan.moved_after(command.through_version)
    if made.payable:
        posted = yield _moving_out(identifier, made)
        made = msgspec.structs.replace(made, transaction=posted.id)
        version = next(e.version for e in posted.entries if e.account == made.account)
        moved = (*moved, (version, made.payable))
    after = msgspec.structs.replace(
        plan,
        next_cut_off=next_cut_off,
        settled_through=command.through_version,
        balance=command.figures.closing,
        batches=made.number,
        moved=moved,
    )
    yield plan_change("settlement_plan.closed", matter, after, PlanStatus(matter.status))
    yield ChangeMatter(
        type="settlement_batch.closed", kind=batches.KIND, id=identifier, is_new=True,
        **_kept(made),
    )  # fmt: skip
    return None


def _misfit(matter: Matter, plan: Plan, command: CloseBatch) -> Rejection | None:
    """Why a batch cannot be the plan's next one."""
    if matter.status != PlanStatus.ACTIVE.value:
        return invalid(
            f"The plan {matter.id}", matter.status, "close", PLAN_ACTIONS[PlanStatus(matter.status)]
        )
    figures = command.figures
    follows = command.after_version == plan.settled_through <= command.through_version
    if not follows or command.cut_off != plan.next_cut_off or figures.opening != plan.balance:
        detail = f"The plan {matter.id} has gone on: this is not what comes next in it."
        return Rejection(Code.VERSION_CONFLICT, detail)
    if not figures.ties:
        detail = "The figures do not add up to the closing balance."
        return Rejection(Code.UNBALANCED_TRANSACTION, detail)
    return None


def _payable(desk: Desk, plan: Plan, command: CloseBatch) -> int:
    """What was there at the cut-off, as far as it is free now: neither held nor spent since."""
    standing = desk.account(plan.account)
    if standing is None:
        return 0
    free = balance(standing.totals, standing.account.normal_side).available
    spoken_for = sum(amount for _, amount in plan.moved_after(command.through_version))
    return max(min(command.figures.closing - spoken_for, free), 0)


def _batch(desk: Desk, matter: Matter, plan: Plan, command: CloseBatch, payable: int) -> Batch:
    terms, figures = plan.terms, command.figures
    reserve = min(terms.reserved(figures.sales), payable)
    is_enough = payable - reserve >= terms.least_payout
    payables, reserve_account = places(desk, plan.customer, plan.asset)
    return Batch(
        plan=matter.id,
        number=plan.batches + 1,
        cut_off=command.cut_off,
        after_version=command.after_version,
        through_version=command.through_version,
        figures=figures,
        payable=payable if is_enough else 0,
        reserve=reserve if is_enough else 0,
        status=BatchStatus.CLOSED if is_enough else BatchStatus.CARRIED,
        pays_at=terms.pays_at(command.cut_off),
        account=plan.account,
        payables=payables,
        reserve_account=reserve_account,
        asset=plan.asset,
        rail=terms.rail,
        beneficiary=terms.beneficiary,
        releases_at=terms.releases_at(command.cut_off) if is_enough and reserve else None,
    )


def _moving_out(identifier: str, made: Batch) -> PostTransaction:
    """Out of the wallet: the reserve into the reserve, the rest to what is to be paid."""
    legs = [(made.account, Side.DEBIT, made.payable), (made.payables, Side.CREDIT, made.net)]
    if made.reserve:
        legs.append((made.reserve_account, Side.CREDIT, made.reserve))
    postings = tuple(Posting(path, side, amount, made.asset) for path, side, amount in legs)
    return PostTransaction(postings, type="settlement", metadata={SETTLED_BY: identifier})


def pay(desk: Desk, command: PayBatch) -> Steps:
    """A withdrawal of the net is under way."""
    found = _find_batch(desk, command.batch, BatchVerb.PAY)
    if isinstance(found, Rejection):
        return found
    matter, batch = found
    payment = _withdrawal(desk, command.withdrawal)
    if payment is None or payment.amount != batch.net or payment.asset != batch.asset:
        detail = f"{command.withdrawal!r} is no withdrawal of {batch.net} {batch.asset}."
        return Rejection(Code.PAYMENT_NOT_FOUND, detail)
    batch = msgspec.structs.replace(
        batch, status=BatchStatus.PAYING, withdrawal=payment.id, attempts=batch.attempts + 1
    )
    yield _batch_change("settlement_batch.paying", matter, batch)
    return None


def follow(desk: Desk, command: FollowBatch) -> Steps:
    """What became of the withdrawal."""
    matter = desk.matter(batches.KIND, command.batch)
    batch = None if matter is None else read_batch(matter.body)
    payment = None if batch is None else _withdrawal(desk, batch.withdrawal or "")
    verb = None if payment is None else _OUTCOMES.get(payment.status)
    found = _find_batch(desk, command.batch, verb or BatchVerb.SETTLE)
    if isinstance(found, Rejection):
        return found
    matter, batch = found
    if verb is None:
        detail = f"The payout of {matter.id} is under way."
        return Rejection(Code.INVALID_STATE, detail)
    assert payment is not None, "an outcome is that of a withdrawal"
    status = TRANSITIONS[batch.status][verb]
    is_paid = status is BatchStatus.PAID
    reason = None if is_paid else f"the withdrawal {payment.id} is {payment.state.value}"
    batch = msgspec.structs.replace(
        batch, status=status, paid_at=desk.now if is_paid else None, reason=reason
    )
    yield _batch_change(f"settlement_batch.{status.value}", matter, batch, reason=reason)
    return None


def fail(desk: Desk, command: FailBatch) -> Steps:
    """Nobody was paid, and nothing is under way."""
    found = _find_batch(desk, command.batch, BatchVerb.FAIL)
    if isinstance(found, Rejection):
        return found
    matter, batch = found
    if batch.status is not BatchStatus.CLOSED:
        return invalid(f"The batch {matter.id}", matter.status, "fail", ("follow",))
    batch = msgspec.structs.replace(batch, status=BatchStatus.FAILED, reason=command.reason)
    yield _batch_change("settlement_batch.failed", matter, batch, reason=command.reason)
    return None


def release(desk: Desk, command: ReleaseReserve) -> Steps:
    """The reserve back into the wallet, once its days are over."""
    matter = desk.matter(batches.KIND, command.batch)
    if matter is None:
        return _no_batch(command.batch)
    batch = read_batch(matter.body)
    if not batch.holds_reserve:
        return invalid(f"The batch {matter.id}", "without a reserve", "release", ())
    if batch.releases_at is None or batch.releases_at > desk.now:
        when = batch.releases_at or Moment(0)
        detail = f"The reserve of {matter.id} is held until {when.text()}."
        return Rejection(Code.INVALID_STATE, detail)
    posted = yield PostTransaction(
        (
            Posting(batch.reserve_account, Side.DEBIT, batch.reserve, batch.asset),
            Posting(batch.account, Side.CREDIT, batch.reserve, batch.asset),
        ),
        type="settlement",
        metadata={RELEASED_BY: matter.id},
    )
    batch = msgspec.structs.replace(batch, released_by=posted.id)
    yield _batch_change("settlement_batch.reserve_released", matter, batch)
    return None


def _find_batch(desk: Desk, identifier: str, verb: BatchVerb) -> tuple[Matter, Batch] | Rejection:
    matter = desk.matter(batches.KIND, identifier)
    if matter is None:
        return _no_batch(identifier)
    batch = read_batch(matter.body)
    if verb not in TRANSITIONS[batch.status]:
        return invalid(
            f"The batch {matter.id}", batch.status.value, verb.value, batch.allowed_actions
        )
    return matter, batch


def _no_batch(identifier: str) -> Rejection:
    detail = f"There is no settlement batch {identifier!r} in this ledger."
    return Rejection(Code.MATTER_NOT_FOUND, detail)


def _withdrawal(desk: Desk, identifier: str) -> Payment | None:
    matter = desk.matter(PaymentType.WITHDRAWAL.value, identifier)
    return None if matter is None else read_payment(matter.body)


def _batch_change(
    type: str, before: Matter, batch: Batch, *, reason: str | None = None
) -> ChangeMatter:
    return ChangeMatter(type=type, kind=batches.KIND, id=before.id, reason=reason, **_kept(batch))


def _kept(batch: Batch) -> dict[str, Any]:
    """What the ledger keeps of a batch beside its body."""
    return {
        "status": batch.status.value,
        "about": batch.plan,
        "body": batch_body(batch),
        "account_paths": (batch.account, batch.payables, batch.reserve_account),
        "related": () if batch.withdrawal is None else (batch.withdrawal,),
        "wakes_at": batch.wakes_at,
        "facts": {"payable": str(batch.payable), "reserve": str(batch.reserve)},
    }


DECIDERS: Deciders = {
    SetPlan: set_plan,
    PausePlan: pause,
    ResumePlan: resume,
    CloseBatch: close,
    PayBatch: pay,
    FollowBatch: follow,
    FailBatch: fail,
    ReleaseReserve: release,
}
"""How each command of settlement is decided."""
