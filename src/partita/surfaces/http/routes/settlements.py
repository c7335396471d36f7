"""Merchant settlement: plans, what has accrued, batches with their statements, payouts."""

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.journal.record import Record
from partita.kernel.asset import BUILT_IN
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.settlement import batch as batches
from partita.modules.settlement import plan as plans
from partita.modules.settlement.batch import BatchVerb, read_batch
from partita.modules.settlement.commands import PausePlan, ResumePlan
from partita.modules.settlement.process import SettlementProcess
from partita.modules.settlement.reading import Settlements
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import page
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import settlements as shapes

_encode = msgspec.json.Encoder().encode
_PLANS, _URL = "/v1/settlement_plans", "/v1/settlements"
_PLAN, _ONE = f"{_PLANS}/{{id:str}}", f"{_URL}/{{id:str}}"
_WRITES = {"tag": "Settlement", "scope": Scope.WRITE, "key": KeyRule.OPTIONAL}
_READS = {"tag": "Settlement"}
_PAGED = ("invalid_cursor", "cursor_mismatch")


@operation(
    "POST", _PLANS, summary="Set a settlement plan", status=201, status_if_there=200,
    description="From now on a merchant's wallet is settled at each cut-off: what was captured, less"
    " fees and refunds, becomes payable, a part of it kept in reserve. A plan that is there gets"
    " these terms.",
    request=shapes.PlanRequest, reply=shapes.SettlementPlan,
    codes=("wallet_not_found", "asset_not_in_wallet", "invalid_amount"),
    example={"wallet": "wal_01M7W7N0R2QFH4PZWZ85JVAPF2", "asset": "USD", "cut_off": "17:00",
             "timezone": "Europe/Zurich", "reserve_basis_points": 500, "reserve_days": 90},
    **_WRITES,
)  # fmt: skip
async def set_settlement_plan(call: Call) -> Reply:
    """Settle a wallet by these terms."""
    outcome = _accepted(await call.submit(shapes.set_plan(call.body)))
    kept = _matter(outcome.record)
    body = _encode(shapes.plan(kept))
    if kept.version > 1:
        return written(200, body, outcome.record, replayed=outcome.replayed)
    return written(
        201, body, outcome.record, replayed=outcome.replayed, location=f"{_PLANS}/{kept.id}"
    )


def _accepted(outcome: Outcome) -> Accepted:
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    return outcome


def _matter(record: Record) -> Matter:
    assert isinstance(record.event, MatterChanged), "what happens in settlement leaves a matter"
    return record.event.matter


def _settlements(call: Call) -> Settlements:
    return call.desk.application.settlements(call.info)


def _scales(call: Call) -> dict[str, int]:
    """The scale of every asset that is known here; asks the store."""
    return {a.code: a.scale for a in (*BUILT_IN.values(), *call.desk.store.assets(call.info))}


@operation(
    "GET", _PLANS, summary="List settlement plans", description="Newest first.",
    query=shapes.PlanQuery, reply=shapes.SettlementPlanList, codes=_PAGED, **_READS,
)  # fmt: skip
async def list_settlement_plans(call: Call) -> Reply:
    """List plans by filters."""
    return ok(await call.read(_list_plans, call))


def _list_plans(call: Call) -> shapes.SettlementPlanList:
    wanted, query = page(_PLANS, call.query), call.query
    status = None if query.status is None else query.status.value
    found = _settlements(call).page(
        plans.KIND, wanted.number, wanted.limit + 1, status=status, about=query.wallet
    )
    kept, has_more = wanted.cut(found)
    return shapes.SettlementPlanList(
        data=[shapes.plan(each) for each in kept],
        has_more=has_more,
        next_cursor=wanted.cursor(kept[-1].number) if has_more else None,
        url=_PLANS,
    )


@operation("GET", _PLAN, summary="Get a settlement plan", reply=shapes.SettlementPlan,
           codes=("not_found",), **_READS)  # fmt: skip
async def get_settlement_plan(call: Call) -> Reply:
    """Get one plan."""
    return ok(shapes.plan(await call.read(_plan, call)))


def _plan(call: Call) -> Matter:
    return _settlements(call).find(plans.KIND, call.path["id"])


@operation("GET", f"{_PLAN}/accrued", summary="See what has accrued",
           description="What has gathered in the wallet since the last cut-off, line by line.",
           reply=shapes.AccruedReply, codes=("not_found",), **_READS)  # fmt: skip
async def get_settlement_accrued(call: Call) -> Reply:
    """See what has gathered since the last cut-off."""
    found = await call.read(_settlements(call).accrued, call.path["id"])
    return ok(shapes.accrued(call.path["id"], found, await call.read(_scales, call)))


@operation("POST", f"{_PLAN}/pause", summary="Pause a settlement plan",
           description="No more batches are cut off until it is resumed.",
           request=shapes.PauseRequest, example={"reason": "a review"},
           reply=shapes.SettlementPlan, codes=("not_found", "matter_not_found", "invalid_state"),
           **_WRITES)  # fmt: skip
async def pause_settlement_plan(call: Call) -> Reply:
    """Make no more batches."""
    kept = await call.read(_plan, call)
    return await _changed(call, PausePlan(plan=kept.id, reason=call.body.reason))


@operation("POST", f"{_PLAN}/resume", summary="Resume a settlement plan",
           description="From the next cut-off on; that takes in what accrued meanwhile.",
           reply=shapes.SettlementPlan, codes=("not_found", "matter_not_found", "invalid_state"),
           **_WRITES)  # fmt: skip
async def resume_settlement_plan(call: Call) -> Reply:
    """Make batches again."""
    kept = await call.read(_plan, call)
    return await _changed(call, ResumePlan(plan=kept.id))


async def _changed(call: Call, act: PausePlan | ResumePlan) -> Reply:
    outcome = _accepted(await call.submit(act))
    body = _encode(shapes.plan(_matter(outcome.record)))
    return written(200, body, outcome.record, replayed=outcome.replayed)


@operation(
    "GET", _URL, summary="List settlements", description="Batches, newest first.",
    query=shapes.SettlementQuery, reply=shapes.SettlementList, codes=_PAGED, **_READS,
)  # fmt: skip
async def list_settlements(call: Call) -> Reply:
    """List batches by filters."""
    return ok(await call.read(_list, call))


def _list(call: Call) -> shapes.SettlementList:
    wanted, query = page(_URL, call.query), call.query
    status = None if query.status is None else query.status.value
    found = _settlements(call).page(
        batches.KIND, wanted.number, wanted.limit + 1, status=status, about=query.plan
    )
    kept, has_more = wanted.cut(found)
    scales = _scales(call)
    return shapes.SettlementList(
        data=[shapes.batch(each, scales) for each in kept],
        has_more=has_more,
        next_cursor=wanted.cursor(kept[-1].number) if has_more else None,
        url=_URL,
    )


@operation("GET", _ONE, summary="Get a settlement", reply=shapes.Settlement,
           codes=("not_found",), **_READS)  # fmt: skip
async def get_settlement(call: Call) -> Reply:
    """Get one batch."""
    kept = await call.read(_batch, call)
    return ok(shapes.batch(kept, await call.read(_scales, call)))


def _batch(call: Call) -> Matter:
    return _settlements(call).find(batches.KIND, call.path["id"])


@operation("GET", f"{_ONE}/statement", summary="Get a settlement's statement",
           description="The batch with every line of the wallet's register that it sums up, read"
           " again and compared.",
           reply=shapes.SettlementStatement, codes=("not_found",), **_READS)  # fmt: skip
async def get_settlement_statement(call: Call) -> Reply:
    """Get a batch with its lines."""
    found = await call.read(_settlements(call).statement, call.path["id"])
    return ok(shapes.statement(found, await call.read(_scales, call)))


@operation("POST", f"{_ONE}/pay", summary="Pay a settlement again",
           description="Makes a new withdrawal for a batch whose payout failed, or that waits for"
           " its day. The same attempt is made once, however often it is asked for.",
           reply=shapes.Settlement, tag="Settlement", scope=Scope.WRITE, key=KeyRule.NONE,
           codes=("not_found", "invalid_state"), can_be_dry=False)  # fmt: skip
async def pay_settlement(call: Call) -> Reply:
    """Have a batch paid out."""
    kept = await call.read(_batch, call)
    body = read_batch(kept.body)
    if BatchVerb.PAY.value not in body.allowed_actions:
        detail = f"The batch {kept.id} is {kept.status}: it cannot be told to pay."
        raise Refusal("invalid_state", detail)
    await call.read(_process(call).pay, kept, body)
    return ok(shapes.batch(await call.read(_batch, call), await call.read(_scales, call)))


def _process(call: Call) -> SettlementProcess:
    return call.desk.application.settlement_process(call.info.name)


@operation("POST", f"{_URL}/run", summary="Settle what is due",
           description="Does now what goes on by itself anyway: cuts off, pays, follows up and"
           " releases what is due, once.",
           reply=shapes.RunReply, tag="Settlement", scope=Scope.WRITE, key=KeyRule.NONE,
           can_be_dry=False)  # fmt: skip
async def run_settlement(call: Call) -> Reply:
    """Do what is due."""
    done = await call.read(_process(call).run_once, call.desk.clock.now())
    return ok(shapes.RunReply("settlement_run", done))


OPERATIONS = (
    set_settlement_plan, list_settlement_plans, get_settlement_plan, get_settlement_accrued,
    pause_settlement_plan, resume_settlement_plan, list_settlements, get_settlement,
    get_settlement_statement, pay_settlement, run_settlement,
)  # fmt: skip
