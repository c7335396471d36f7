"""Accounting periods: name a span of time, close it softly or for good, open it again."""

import msgspec

from partita.engine.access import Scope
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, Refused
from partita.journal.record import Record
from partita.kernel.commands import ChangePeriod, ClosePeriod, ReopenPeriod, SoftClosePeriod
from partita.kernel.commands import OpenPeriod as OpenPeriodCommand
from partita.kernel.events import resource_in
from partita.kernel.periods import Period
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.references import is_period_id
from partita.surfaces.http.refusal import of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import periods as shapes

_encode = msgspec.json.Encoder().encode
_URL = "/v1/periods"
_ONE = f"{_URL}/{{id:str}}"
_WRITES = {"tag": "Periods", "scope": Scope.WRITE, "key": KeyRule.OPTIONAL}
_CHANGE = {
    "request": shapes.PeriodChangeRequest, "reply": shapes.Period,
    "codes": ("period_not_found", "not_found", "invalid_state"),
    "example": {"reason": "figures reported"}, **_WRITES,
}  # fmt: skip


@operation(
    "POST", _URL, summary="Open a period", status=201,
    description="Names a span of effective time, so that it can be closed. Periods share no moment;"
    " moments that are in none are open.",
    request=shapes.PeriodRequest, reply=shapes.Period,
    codes=("period_overlaps", "invalid_timestamp", "invalid_metadata"),
    example={"title": "1999-12", "begins_at": "1999-12-01T00:00:00Z",
             "ends_at": "2000-01-01T00:00:00Z"},
    **_WRITES,
)  # fmt: skip
async def open_period(call: Call) -> Reply:
    """Name a span of effective time."""
    outcome = await _submit(call, shapes.open_period(call.body))
    record = outcome.record
    body, location = _encode(_after(record)), f"{_URL}/{record.event.id}"
    return written(201, body, record, replayed=outcome.replayed, location=location)


async def _submit(call: Call, command: OpenPeriodCommand | ChangePeriod) -> Accepted:
    outcome = await call.submit(command)
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    return outcome


def _after(record: Record) -> shapes.Period:
    """The period as a record left it."""
    kept = resource_in(record.event)
    assert isinstance(kept, Period), "what happens to a period leaves a period"
    return shapes.period(kept)


@operation(
    "GET", _URL, tag="Periods", summary="List periods", description="The last one opened first.",
    query=shapes.PeriodQuery, reply=shapes.PeriodList,
    codes=("invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_periods(call: Call) -> Reply:
    """List periods by filters."""
    return Reply(200, await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, wanted: Page) -> bytes:
    query: shapes.PeriodQuery = call.query
    state = None if query.status is None else query.status.value
    which = ResourceFilter(Period.kind, None, state, query.title)
    found = call.desk.store.resources(call.info, which, wanted.number, wanted.limit + 1)
    kept, has_more = wanted.cut([each for each in found if isinstance(each, Period)])
    return _encode(
        shapes.PeriodList(
            data=[shapes.period(each) for each in kept],
            has_more=has_more,
            next_cursor=wanted.cursor(kept[-1].number) if has_more else None,
            url=_URL,
        )
    )


@operation(
    "GET", _ONE, tag="Periods", summary="Get a period", reply=shapes.Period, codes=("not_found",),
)  # fmt: skip
async def get_period(call: Call) -> Reply:
    """Get one period by its id."""
    return ok(await call.read(_period, call))


def _period(call: Call) -> shapes.Period:
    found = call.desk.store.resource(call.info, Period.kind, _id(call))
    if not isinstance(found, Period):
        raise call.no_such("period", call.path["id"])
    return shapes.period(found)


def _id(call: Call) -> str:
    """The id in the address.

    Raises:
        Refusal: 404, it is none, so there is nothing that the rules could be asked about.
    """
    identifier = call.path["id"]
    if not is_period_id(identifier):
        raise call.no_such("period", identifier[:255])
    return identifier


@operation(
    "POST", f"{_ONE}/soft_close", summary="Close a period softly",
    description="It takes nothing but transactions that are sent with `late` `adjust`.", **_CHANGE,
)  # fmt: skip
async def soft_close_period(call: Call) -> Reply:
    """Let nothing but adjustments into a period."""
    return await _change(call, SoftClosePeriod)


@operation(
    "POST", f"{_ONE}/reopen", summary="Reopen a period",
    description="A softly closed one takes everything again.", **_CHANGE,
)  # fmt: skip
async def reopen_period(call: Call) -> Reply:
    """Open a softly closed period again."""
    return await _change(call, ReopenPeriod)


@operation(
    "POST", f"{_ONE}/close", summary="Close a period for good",
    description="Nothing gets into it any more, and it can never be opened again.", **_CHANGE,
)  # fmt: skip
async def close_period(call: Call) -> Reply:
    """Let nothing into a period, for ever."""
    return await _change(call, ClosePeriod)


async def _change(call: Call, kind: type[ChangePeriod]) -> Reply:
    outcome = await _submit(call, kind(_id(call), call.body.reason))
    body = _encode(_after(outcome.record))
    return written(200, body, outcome.record, replayed=outcome.replayed)


OPERATIONS = (
    open_period, list_periods, get_period, soft_close_period, reopen_period, close_period,
)  # fmt: skip
