"""How a settlement plan is decided: set, paused, resumed; and where its money stands."""

import msgspec

from partita.engine.business import Desk, Steps
from partita.journal.encoding import value_decoder
from partita.kernel.book import Standing
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.in_force import chart_of
from partita.modules.settlement import plan as plans
from partita.modules.settlement.commands import (
    PausePlan,
    ResumePlan,
    SetPlan,
)
from partita.modules.settlement.plan import (
    PLAN_ACTIONS,
    Plan,
    PlanStatus,
    plan_body,
    plan_title,
    read_plan,
)
from partita.modules.wallets.wallet import HOUSE, WALLET, Wallet

_read_wallet = value_decoder(Wallet)


def set_plan(desk: Desk, command: SetPlan) -> Steps:
    """The plan of a wallet and asset: a new one begins with the register as it is."""
    matter = desk.matter(WALLET, command.wallet)
    if matter is None:
        return Rejection(Code.WALLET_NOT_FOUND, f"There is no wallet {command.wallet!r}.")
    wallet = _read_wallet(matter.body)
    if command.asset not in wallet.assets:
        detail = f"The wallet {wallet.id} has no {command.asset}."
        return Rejection(Code.ASSET_NOT_IN_WALLET, detail)
    # A chart without these places refuses the plan now, and not at its first cut-off.
    places(desk, wallet.customer or HOUSE, command.asset)
    known = desk.titled(plans.KIND, plan_title(command.wallet, command.asset))
    next_cut_off = command.terms.cut_off_after(desk.now)
    if known is None:
        standing = desk.account(wallet.account(command.asset))
        plan = Plan(
            settled_through=0 if standing is None else standing.version,
            balance=0 if standing is None else posted(standing),
            wallet=wallet.id,
            customer=wallet.customer or HOUSE,
            account=wallet.account(command.asset),
            asset=command.asset,
            terms=command.terms,
            next_cut_off=next_cut_off,
        )
        yield plan_change("settlement_plan.set", None, plan, PlanStatus.ACTIVE)
        return None
    plan = msgspec.structs.replace(
        read_plan(known.body), terms=command.terms, next_cut_off=next_cut_off
    )
    yield plan_change("settlement_plan.set", known, plan, PlanStatus(known.status))
    return None


def pause(desk: Desk, command: PausePlan) -> Steps:
    """No more batches."""
    return (
        yield from _switch(desk, command.plan, "pause", PlanStatus.PAUSED, reason=command.reason)
    )


def resume(desk: Desk, command: ResumePlan) -> Steps:
    """Batches again."""
    return (yield from _switch(desk, command.plan, "resume", PlanStatus.ACTIVE))


def _switch(
    desk: Desk, identifier: str, action: str, status: PlanStatus, *, reason: str | None = None
) -> Steps:
    found = find_plan(desk, identifier)
    if isinstance(found, Rejection):
        return found
    matter, plan = found
    allowed = PLAN_ACTIONS[PlanStatus(matter.status)]
    if action not in allowed:
        return invalid(f"The plan {matter.id}", matter.status, action, allowed)
    plan = msgspec.structs.replace(plan, next_cut_off=plan.terms.cut_off_after(desk.now))
    yield plan_change(f"settlement_plan.{action}d", matter, plan, status, reason=reason)
    return None


def find_plan(desk: Desk, identifier: str) -> tuple[Matter, Plan] | Rejection:
    """A plan with its matter, or that there is none."""
    matter = desk.matter(plans.KIND, identifier)
    if matter is None:
        detail = f"There is no settlement plan {identifier!r} in this ledger."
        return Rejection(Code.MATTER_NOT_FOUND, detail)
    return matter, read_plan(matter.body)


def plan_change(
    type: str, before: Matter | None, plan: Plan, status: PlanStatus, *, reason: str | None = None
) -> ChangeMatter:
    """The change by which a plan is as it is now."""
    return ChangeMatter(
        type=type,
        kind=plans.KIND,
        id=None if before is None else before.id,
        prefix=plans.PREFIX,
        status=status.value,
        title=plan_title(plan.wallet, plan.asset),
        about=plan.wallet,
        body=plan_body(plan),
        account_paths=(plan.account,),
        wakes_at=plan.next_cut_off if status is PlanStatus.ACTIVE else None,
        reason=reason,
    )


def places(desk: Desk, customer: str, asset: str) -> tuple[str, str]:
    """Where the chart has a customer's payables and reserve."""
    chart = chart_of(desk)
    return (
        chart.place("payables", customer=customer, asset=asset),
        chart.place("reserve", customer=customer, asset=asset),
    )


def posted(standing: Standing) -> int:
    """What stands to an account's credit, in minor units."""
    return standing.totals.posted_credits - standing.totals.posted_debits


def invalid(what: str, status: str, action: str, allowed: tuple[str, ...]) -> Rejection:
    """The objection of a transition table, which names what can be done instead."""
    facts = {"status": status, "allowed_actions": ",".join(allowed)}
    detail = f"{what} is {status}: it cannot be told to {action}."
    return Rejection(Code.INVALID_STATE, detail, None, facts)
