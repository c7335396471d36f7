"""Sagas: start a flow, see how far it is and which need somebody, and lend it a hand."""

from functools import partial
from typing import Any

from partita.engine.access import Scope
from partita.kernel.matters import Matter
from partita.modules.sagas.deciding import CompensateSaga, ResolveSaga, RetrySaga
from partita.modules.sagas.flows import FLOWS
from partita.modules.sagas.saga import KIND, PREFIX
from partita.modules.sagas.watching import Wanted
from partita.surfaces.http.authentication import ALL_LEDGERS
from partita.surfaces.http.call import Call
from partita.surfaces.http.matters import (
    LIST_CODES,
    Things,
    changed,
    identifier,
    kept,
    timeline,
)
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import sagas as shapes
from partita.surfaces.http.shapes.ledgers import PlainQuery
from partita.surfaces.http.shapes.matters import MatterTimeline

_SAGAS = Things(KIND, PREFIX, "/v1/sagas", "saga")
_FLOWS_URL = "/v1/saga_flows"
_ONE = f"{_SAGAS.url}/{{id:str}}"
_READS: dict[str, Any] = {"tag": "Sagas"}
_WRITES: dict[str, Any] = {**_READS, "scope": Scope.WRITE, "key": KeyRule.REQUIRED}
_CHANGE_CODES = ("not_found", "saga_not_found", "saga_invalid", "invalid_state")


@operation(
    "POST", _SAGAS.url, summary="Start a saga", status=201,
    description="Begins a flow of several steps across ledgers and rails. Its steps are taken by"
    " the server, each once, whatever happens in between; if one fails, those before it are taken"
    " back. A flow over other ledgers needs a key for all of them (`*`).",
    request=shapes.SagaRequest, reply=shapes.Saga,
    codes=("saga_invalid", "external_id_taken"),
    example={"flow": "collect_and_pay", "arguments": {
        "payer": "customers:alice", "merchant": "merchants:inn", "asset": "USD", "amount": "1200",
        "rail": "simulator", "end_to_end_id": "order-8812"}},
    **_WRITES,
)  # fmt: skip
async def start_saga(call: Call) -> Reply:
    """Begin a flow."""
    flow = FLOWS.get(call.body.flow)
    if flow is not None and flow.is_across:
        _demand_all_ledgers(call)
    return await changed(call, shapes.start(call.body, call.info.name), _telling(call), _SAGAS.url)


def _demand_all_ledgers(call: Call) -> None:
    if call.api_key is None or call.api_key.ledger != ALL_LEDGERS:
        detail = "This flow moves money of several ledgers: it needs a key for all of them (`*`)."
        raise Refusal("permission_denied", detail)


def _telling(call: Call) -> Any:
    return partial(shapes.saga_of, now=call.desk.clock.now())


@operation(
    "GET", _SAGAS.url, summary="List sagas",
    description="Newest first. `overdue=true` lists those that are late or stuck.",
    query=shapes.SagaQuery, reply=shapes.SagaList, codes=LIST_CODES, **_READS,
)  # fmt: skip
async def list_sagas(call: Call) -> Reply:
    """List sagas by filters."""
    return ok(await call.read(_list, call, page(_SAGAS.url, call.query)))


def _list(call: Call, wanted: Page) -> shapes.SagaList:
    query: shapes.SagaQuery = call.query
    overdue = None if query.overdue is None else query.overdue == "true"
    which, before = Wanted(query.status, overdue), wanted.number
    found = call.desk.application.sagas.newest(call.info, which, before, wanted.limit + 1)
    sagas, has_more = wanted.cut(found)
    now = call.desk.clock.now()
    return shapes.SagaList(
        data=[shapes.saga(each, now) for each in sagas],
        has_more=has_more,
        next_cursor=wanted.cursor(sagas[-1].sequence) if has_more else None,
        url=_SAGAS.url,
    )


@operation(
    "GET", _ONE, summary="Get a saga", reply=shapes.Saga, codes=("not_found",), **_READS,
)  # fmt: skip
async def get_saga(call: Call) -> Reply:
    """Get one saga by its id."""
    matter: Matter = await call.read(kept, call, _SAGAS)
    return ok(_telling(call)(matter))


@operation(
    "GET", f"{_ONE}/timeline", summary="List what happened to a saga",
    description="Oldest first: each step, each refusal, each alarm.",
    query=PlainQuery, reply=MatterTimeline, codes=("not_found", *LIST_CODES), **_READS,
)  # fmt: skip
async def list_saga_timeline(call: Call) -> Reply:
    """List the steps of a saga's life."""
    return await timeline(call, _SAGAS)


@operation(
    "POST", f"{_ONE}/retry", summary="Have a saga go on now",
    description="With a new deadline. Of a stuck one, once what stopped it is mended.",
    request=shapes.SagaChangeRequest, reply=shapes.Saga, codes=_CHANGE_CODES,
    example={"reason": "the rail is back"}, **_WRITES,
)  # fmt: skip
async def retry_saga(call: Call) -> Reply:
    """Go on now."""
    act = RetrySaga(identifier(call, _SAGAS), call.body.reason)
    return await changed(call, act, _telling(call))


@operation(
    "POST", f"{_ONE}/compensate", summary="Give a saga up",
    description="Takes back what was done, the last step first. A step whose answer is not known"
    " yet is waited for, and then taken back too.",
    request=shapes.SagaChangeRequest, reply=shapes.Saga, codes=_CHANGE_CODES,
    example={"reason": "the customer left"}, **_WRITES,
)  # fmt: skip
async def compensate_saga(call: Call) -> Reply:
    """Take it back."""
    act = CompensateSaga(identifier(call, _SAGAS), call.body.reason)
    return await changed(call, act, _telling(call))


@operation(
    "POST", f"{_ONE}/resolve", summary="Resolve a stuck saga",
    description="Says that the step which could not be taken back was taken back by other means;"
    " it goes on with the step before.",
    request=shapes.SagaResolveRequest, reply=shapes.Saga, codes=_CHANGE_CODES,
    example={"reason": "paid back by hand, txn_…"}, **_WRITES,
)  # fmt: skip
async def resolve_saga(call: Call) -> Reply:
    """Go on with the step before."""
    act = ResolveSaga(identifier(call, _SAGAS), call.body.reason)
    return await changed(call, act, _telling(call))


@operation(
    "GET", _FLOWS_URL, summary="List flows", description="What can be started, and what it needs.",
    reply=shapes.SagaFlowList, **_READS,
)  # fmt: skip
async def list_saga_flows(call: Call) -> Reply:
    """List the flows that can be started."""
    flows = [shapes.flow(each) for each in call.desk.application.sagas.flows()]
    return ok(shapes.SagaFlowList(data=flows, has_more=False, next_cursor=None, url=_FLOWS_URL))


OPERATIONS = (
    start_saga, list_sagas, get_saga, list_saga_timeline, retry_saga, compensate_saga,
    resolve_saga, list_saga_flows,
)  # fmt: skip
