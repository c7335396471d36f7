"""Sinks: make, change, pause, set back and put them away; see how far they are, and what they refuse."""

import asyncio
from typing import Any

import msgspec

from partita.engine.access import Scope
from partita.engine.business import Act
from partita.engine.listing import ResourceFilter
from partita.kernel.matters import Matter
from partita.kernel.rejections import Rejection
from partita.modules.sinks.commands import (
    ArchiveSink,
    CreateSink,
    PauseSink,
    ResetSink,
    ResumeSink,
    UpdateSink,
)
from partita.modules.sinks.office import SinkOffice
from partita.modules.sinks.sink import KIND, PREFIX, SinkType, read_sink
from partita.surfaces.http.call import Call
from partita.surfaces.http.if_match import etag, version_seen
from partita.surfaces.http.matters import LIST_CODES, Things, changed, identifier, kept, listed
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import page
from partita.surfaces.http.refusal import of_rejection
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import sinks as shapes

_SINKS = Things(KIND, PREFIX, "/v1/event_sinks", "sink")
_ONE = f"{_SINKS.url}/{{id:str}}"
_PARKED = f"{_ONE}/parked"
_READS: dict[str, Any] = {"tag": "Sinks"}
_WRITES: dict[str, Any] = {
    **_READS, "scope": Scope.WRITE, "key": KeyRule.OPTIONAL, "reply": shapes.EventSink,
}  # fmt: skip
_SWITCHES: dict[str, Any] = {
    **_WRITES, "request": shapes.SinkReasonRequest, "example": {"reason": "the broker moves"},
    "codes": ("not_found", "matter_not_found", "invalid_state"),
}  # fmt: skip


def _office(call: Call) -> SinkOffice:
    return call.desk.application.sinks.office(call.info)


@operation(
    "POST", _SINKS.url, summary="Create a sink", status=201,
    description="Lets every event behind `after` go to a broker or a file, in order and at least"
    " once. Brokers must be allowed by the operator (`PARTITA_SINK_HOSTS`).",
    request=shapes.EventSinkRequest, codes=("sink_invalid",),
    example={"name": "warehouse", "type": "file", "where": "events.ndjson"}, **_WRITES,
)  # fmt: skip
async def create_event_sink(call: Call) -> Reply:
    """Let events go somewhere."""
    body: shapes.EventSinkRequest = call.body
    types = _sound(_office(call), body.type, body.where, body.types)
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    act = CreateSink(**given | {"types": types or (), "after": int(body.after)})
    return await _changed(call, act, location=_SINKS.url)


def _sound(
    office: SinkOffice, type_: SinkType, where: str | None, types: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """The types as they are kept; refused if there are no such, or nothing may be sent there."""
    plain = None if types is None else office.plain_types(types)
    objection = plain if isinstance(plain, Rejection) else None
    if where is not None:
        objection = office.objection(type_, where) or objection
    if objection is not None:
        raise of_rejection(objection)
    assert not isinstance(plain, Rejection), "it was raised"
    return plain


async def _changed(call: Call, act: Act, location: str | None = None) -> Reply:
    office, version = _office(call), 0

    def tell(matter: Matter) -> shapes.EventSink:
        nonlocal version
        version = matter.version
        return shapes.event_sink(office, matter)

    reply = await changed(call, act, tell, location)
    return reply._replace(headers=(*reply.headers, etag(version)))


@operation(
    "GET", _SINKS.url, summary="List sinks", description="Newest first, each with its lag.",
    query=shapes.EventSinkQuery, reply=shapes.EventSinkList, codes=LIST_CODES, **_READS,
)  # fmt: skip
async def list_event_sinks(call: Call) -> Reply:
    """List sinks by filters."""
    return ok(await call.read(_list, call))


def _list(call: Call) -> shapes.EventSinkList:
    query, office = call.query, _office(call)
    status = None if query.status is None else query.status.value
    which = ResourceFilter(KIND, state=status)
    found, rest = listed(call, page(_SINKS.url, query), which)
    data = [shapes.event_sink(office, each) for each in found]
    return shapes.EventSinkList(data=data, url=_SINKS.url, **rest)


@operation("GET", _ONE, summary="Get a sink", reply=shapes.EventSink, codes=("not_found",),
           **_READS)  # fmt: skip
async def get_event_sink(call: Call) -> Reply:
    """Get one sink."""
    return await call.read(_one, call)


def _one(call: Call) -> Reply:
    found = kept(call, _SINKS)
    reply = ok(shapes.event_sink(_office(call), found))
    return reply._replace(headers=(etag(found.version),))


@operation(
    "PATCH", _ONE, summary="Change a sink",
    description="Changes what is given. Needs `If-Match` with the `version` that you saw.",
    request=shapes.EventSinkChange, example={"types": ["payment.*"]},
    codes=("not_found", "matter_not_found", "invalid_state", "sink_invalid", "version_conflict",
           "precondition_required"),
    **_WRITES,
)  # fmt: skip
async def change_event_sink(call: Call) -> Reply:
    """Change a sink."""
    body: shapes.EventSinkChange = call.body
    sink = read_sink((await call.read(kept, call, _SINKS)).body)
    types = _sound(_office(call), sink.type, body.where, body.types)
    changes = msgspec.structs.asdict(body) | {"types": types}
    act = UpdateSink(sink=_id(call), if_version=version_seen(call), **changes)
    return await _changed(call, act)


def _id(call: Call) -> str:
    return identifier(call, _SINKS)


@operation("POST", f"{_ONE}/pause", summary="Pause a sink",
           description="Nothing is sent until it is resumed; nothing is lost meanwhile.",
           **_SWITCHES)  # fmt: skip
async def pause_event_sink(call: Call) -> Reply:
    """Send nothing for now."""
    return await _changed(call, PauseSink(sink=_id(call), reason=call.body.reason))


@operation("POST", f"{_ONE}/resume", summary="Resume a sink",
           description="Events are sent again, from where it stopped.", **_SWITCHES)  # fmt: skip
async def resume_event_sink(call: Call) -> Reply:
    """Send again."""
    return await _changed(call, ResumeSink(sink=_id(call), reason=call.body.reason))


@operation(
    "POST", f"{_ONE}/reset", summary="Reset a sink",
    description="The events behind `after` are sent (again), with the ids that they always had.",
    **_SWITCHES | {"request": shapes.ResetSinkRequest, "example": {"after": "0"}},
)  # fmt: skip
async def reset_event_sink(call: Call) -> Reply:
    """Send from another place on."""
    body: shapes.ResetSinkRequest = call.body
    act = ResetSink(sink=_id(call), after=int(body.after), reason=body.reason)
    return await _changed(call, act)


@operation("POST", f"{_ONE}/archive", summary="Archive a sink",
           description="Nothing is ever sent there again.", **_SWITCHES)  # fmt: skip
async def archive_event_sink(call: Call) -> Reply:
    """Put a sink away."""
    return await _changed(call, ArchiveSink(sink=_id(call), reason=call.body.reason))


@operation(
    "GET", _PARKED, summary="List a sink's parked events",
    description="What the broker would not take after five tries, in the journal's order.",
    query=shapes.ParkedEventQuery, reply=shapes.ParkedEventList,
    codes=("not_found", *LIST_CODES), **_READS,
)  # fmt: skip
async def list_parked_events(call: Call) -> Reply:
    """List what was set aside."""
    return ok(await call.read(_parked, call))


def _parked(call: Call) -> shapes.ParkedEventList:
    matter = kept(call, _SINKS)
    url = f"{_SINKS.url}/{matter.id}/parked"
    wanted = page(url, call.query)
    found = _office(call).parked(matter, wanted.number or 0, wanted.limit + 1)
    events, has_more = wanted.cut(found)
    return shapes.ParkedEventList(
        data=[shapes.parked_event(each) for each in events],
        has_more=has_more,
        next_cursor=wanted.cursor(events[-1].sequence) if has_more else None,
        url=url,
    )


@operation(
    "POST", f"{_PARKED}/{{sequence:str}}/retry", summary="Retry a parked event",
    description="Sends it once more; if the broker takes it, it is off the list.",
    **_READS, scope=Scope.WRITE, reply=shapes.ParkedOutcome,
    codes=("not_found", "broker_unavailable"),
)  # fmt: skip
async def retry_parked_event(call: Call) -> Reply:
    """Send an event once more."""
    matter = await call.read(kept, call, _SINKS)
    connect = call.desk.application.sinks.connect
    sequence = _sequence(call)
    error = await asyncio.to_thread(_office(call).retry, matter, sequence, connect)
    return ok(_outcome(sequence, error))


@operation(
    "POST", f"{_PARKED}/{{sequence:str}}/discard", summary="Discard a parked event",
    description="Takes it off the list without sending it; it stays in the journal, as all do.",
    **_READS, scope=Scope.WRITE, reply=shapes.ParkedOutcome, codes=("not_found",),
)  # fmt: skip
async def discard_parked_event(call: Call) -> Reply:
    """Take an event off the list."""
    matter = await call.read(kept, call, _SINKS)
    sequence = _sequence(call)
    if not await call.read(_office(call).discard, matter, sequence):
        raise call.no_such("parked event", str(sequence))
    return ok(_outcome(sequence, None))


def _sequence(call: Call) -> int:
    text = call.path["sequence"]
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise call.no_such("parked event", text[:60])
    return int(text)


def _outcome(sequence: int, error: str | None) -> shapes.ParkedOutcome:
    return shapes.ParkedOutcome(sequence=str(sequence), is_parked=error is not None, error=error)


OPERATIONS = (
    create_event_sink, list_event_sinks, get_event_sink, change_event_sink, pause_event_sink,
    resume_event_sink, reset_event_sink, archive_event_sink, list_parked_events,
    retry_parked_event, discard_parked_event,
)  # fmt: skip
