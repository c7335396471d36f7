"""Rails: what there is and how it is, what was told to them and by them; and the sandbox's hand."""

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Refused
from partita.kernel.matters import Matter
from partita.modules.rails.office import Office
from partita.modules.rails.simulation import SimulatedEvent
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import page
from partita.surfaces.http.refusal import of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import rails as shapes

_encode = msgspec.json.Encoder().encode
_URL, _MESSAGES = "/v1/rails", "/v1/rail_messages"
_ONE = f"{_URL}/{{rail:str}}"
_SIMULATIONS = "/v1/sandbox/simulations"
_CHANGE = {
    "tag": "Rails", "scope": Scope.WRITE, "key": KeyRule.OPTIONAL, "request": shapes.RailRequest,
    "reply": shapes.Rail, "codes": ("not_found", "rail_not_found"),
}  # fmt: skip


def _office(call: Call) -> Office:
    return call.desk.application.rails_office(call.info.name)


@operation(
    "GET", _URL, tag="Rails", summary="List rails", reply=shapes.RailList,
    description="Payment networks, in the order in which they are wired; what each can do, whether"
    " orders are handed to it, and what is under way.",
)  # fmt: skip
async def list_rails(call: Call) -> Reply:
    """List all rails."""
    reports = await call.read(_office(call).reports)
    rails = [shapes.rail(report) for report in reports]
    return ok(shapes.RailList(data=rails, has_more=False, next_cursor=None, url=_URL))


@operation(
    "GET", _ONE, tag="Rails", summary="Get a rail", reply=shapes.Rail, codes=("not_found",)
)  # fmt: skip
async def get_rail(call: Call) -> Reply:
    """Get one rail by its name."""
    return ok(shapes.rail(await call.read(_office(call).report, call.path["rail"])))


@operation(
    "POST", f"{_ONE}/enable", summary="Enable a rail",
    description="Orders are handed to it again, those first that waited for it.",
    example={"fallback": "book"}, **_CHANGE,
)  # fmt: skip
async def enable_rail(call: Call) -> Reply:
    """Hand orders to a rail."""
    return await _set(call, is_enabled=True)


@operation(
    "POST", f"{_ONE}/disable", summary="Disable a rail",
    description="Nothing more is handed to it: orders wait, or go to the rail that stands in. What"
    " it has taken it still tells of.",
    example={}, **_CHANGE,
)  # fmt: skip
async def disable_rail(call: Call) -> Reply:
    """Hand nothing more to a rail."""
    return await _set(call, is_enabled=False)


async def _set(call: Call, *, is_enabled: bool) -> Reply:
    name, office, body = call.path["rail"], _office(call), call.body
    command = office.setting(name, is_enabled=is_enabled, fallback=body.fallback)
    outcome = await call.submit(command)
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    shown = shapes.rail(await call.read(office.report, name))
    if call.is_dry:
        status = "enabled" if is_enabled else "disabled"
        shown = msgspec.structs.replace(shown, status=status)
    return written(200, _encode(shown), outcome.record, replayed=outcome.replayed)


@operation(
    "GET", _MESSAGES, tag="Rails", summary="List rail messages",
    description="What rails told, newest first, or with `direction=out` what was handed to them."
    " With `status=exception` those that somebody has to look at.",
    query=shapes.RailMessageQuery, reply=shapes.RailMessageList,
    codes=("invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_rail_messages(call: Call) -> Reply:
    """List messages by filters."""
    return ok(await call.read(_list, call))


def _list(call: Call) -> shapes.RailMessageList:
    query: shapes.RailMessageQuery = call.query
    wanted, office = page(_MESSAGES, query), _office(call)
    read = office.orders if query.direction == "out" else office.messages
    found = read(
        status=query.status,
        payment=query.payment,
        before=wanted.number,
        limit=wanted.limit + 1,
    )
    kept, has_more = wanted.cut(found)
    return shapes.RailMessageList(
        data=[shapes.message(each) for each in kept],
        has_more=has_more,
        next_cursor=wanted.cursor(kept[-1].number) if has_more else None,
        url=_MESSAGES,
    )


@operation(
    "GET", f"{_MESSAGES}/{{id:str}}", tag="Rails", summary="Get a rail message",
    description="By its id (`rmg_…`), or the submission's (`sub_…`) of what was handed over.",
    reply=shapes.RailMessageShape, codes=("not_found",),
)  # fmt: skip
async def get_rail_message(call: Call) -> Reply:
    """Get one message."""
    found: Matter = await call.read(_office(call).message, call.path["id"])
    return ok(shapes.message(found))


@operation(
    "POST", f"{_SIMULATIONS}/{{rail:str}}/{{event:str}}", tag="Sandbox", scope=Scope.WRITE,
    summary="Have something happen on a simulated rail", can_be_dry=False,
    description="Events: " + ", ".join(f"`{event.value}`" for event in SimulatedEvent) + "."
    " Only where the server is a sandbox. The ledger hears of it as of anything that happens"
    " out there: by a message, taken in by its process.",
    request=shapes.SimulationRequest, reply=shapes.Simulation,
    example={"amount": "500", "asset": "EUR", "beneficiary": "customers:alice:wallets:main:EUR"},
    codes=("not_found", "sandbox_only", "invalid_request", "invalid_amount"),
)  # fmt: skip
async def simulate(call: Call) -> Reply:
    """Steer the simulated world."""
    return ok(await call.read(_simulate, call))


def _simulate(call: Call) -> shapes.Simulation:
    name, word, office = call.path["rail"], call.path["event"], _office(call)
    office.check_sandbox()
    if word not in {event.value for event in SimulatedEvent}:
        raise call.no_such("event", word[:64])
    event, request = SimulatedEvent(word), call.body
    wanted = shapes.instruction(event, request)
    if request.payment is not None:
        submission = office.submission_of(request.payment)
        wanted = msgspec.structs.replace(wanted, submission=submission)
    told = office.simulate(name, wanted)
    message = None if told is None else told.id
    return shapes.Simulation(rail=name, event=event, message_id=message)


OPERATIONS = (
    list_rails,
    get_rail,
    enable_rail,
    disable_rail,
    list_rail_messages,
    get_rail_message,
    simulate,
)
