"""Velocity limits: put one in force, change it, take it out of force, see who is near."""

import re

import msgspec

from partita.engine.access import Scope
from partita.engine.listing import ResourceFilter
from partita.engine.nearness import Wanted, ledger_now, nearest
from partita.engine.outcome import Accepted, Refused
from partita.journal.record import Record
from partita.kernel.commands import ArchiveLimit, SetLimit
from partita.kernel.events import resource_in
from partita.kernel.velocity_limits import Limit
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page, whole_number
from partita.surfaces.http.references import is_limit_id
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import limits as shapes

_encode = msgspec.json.Encoder().encode
_URL = "/v1/limits"
_ONE = f"{_URL}/{{id:str}}"
_WRITES = {"tag": "Limits", "scope": Scope.WRITE, "key": KeyRule.OPTIONAL}
_PLACE = re.compile(r"(-?[0-9]{1,60}) (.*)", re.DOTALL)


@operation(
    "POST", _URL, summary="Set a velocity limit", status=201, status_if_there=200,
    description="Puts a limit in force. The same title again changes it; what was used stays used."
    " Every later transaction and hold is judged by it, in the same commit.",
    request=shapes.LimitRequest, reply=shapes.Limit,
    codes=("asset_not_found", "invalid_amount", "invalid_metadata", "invalid_state"),
    example={"title": "card per day", "scope": "account", "subject": "customers:*",
             "asset": "USD", "window": {"kind": "day"}, "max_amount": "50000", "max_count": 20},
    **_WRITES,
)  # fmt: skip
async def set_limit(call: Call) -> Reply:
    """Put a limit in force, or change it."""
    outcome = await _submit(call, shapes.set_limit(call.body))
    record = outcome.record
    shown = await call.read(_limit_after, call, record)
    if shown.version > 1:
        return written(200, _encode(shown), record, replayed=outcome.replayed)
    location = f"{_URL}/{shown.id}"
    return written(
        201, _encode(shown), record, replayed=outcome.replayed, location=location
    )  # fmt: skip


async def _submit(call: Call, command: SetLimit | ArchiveLimit) -> Accepted:
    outcome = await call.submit(command)
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    return outcome


def _limit_after(call: Call, record: Record) -> shapes.Limit:
    """The limit as a record left it; asks the store."""
    kept = resource_in(record.event)
    assert isinstance(kept, Limit), "what happens to a limit leaves a limit"
    return _shape(call, kept)


def _shape(call: Call, kept: Limit) -> shapes.Limit:
    return shapes.limit(kept, _scale(call, kept))


def _scale(call: Call, kept: Limit) -> int:
    scale = call.opened.scale(kept.asset)
    assert scale is not None, "a limit's asset is known"
    return scale


@operation(
    "GET", _URL, tag="Limits", summary="List velocity limits", description="Newest first.",
    query=shapes.LimitQuery, reply=shapes.LimitList,
    codes=("invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_limits(call: Call) -> Reply:
    """List limits by filters."""
    return Reply(200, await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, wanted: Page) -> bytes:
    query: shapes.LimitQuery = call.query
    state = None if query.status is None else query.status.value
    which = ResourceFilter(Limit.kind, None, state, query.title)
    found = call.desk.store.resources(call.info, which, wanted.number, wanted.limit + 1)
    kept, has_more = wanted.cut([each for each in found if isinstance(each, Limit)])
    return _encode(
        shapes.LimitList(
            data=[_shape(call, each) for each in kept],
            has_more=has_more,
            next_cursor=wanted.cursor(kept[-1].number) if has_more else None,
            url=_URL,
        )
    )


@operation(
    "GET", _ONE, tag="Limits", summary="Get a velocity limit", reply=shapes.Limit,
    codes=("not_found",),
)  # fmt: skip
async def get_limit(call: Call) -> Reply:
    """Get one limit by its id."""
    kept = await call.read(_kept, call)
    return ok(await call.read(_shape, call, kept))


def _kept(call: Call) -> Limit:
    """The limit that the address names; asks the store.

    Raises:
        Refusal: 404, there is none.
    """
    identifier, found = call.path["id"], None
    if is_limit_id(identifier):
        found = call.desk.store.resource(call.info, Limit.kind, identifier)
    if not isinstance(found, Limit):
        raise call.no_such("limit", identifier[:255])
    return found


@operation(
    "POST", f"{_ONE}/archive", summary="Archive a velocity limit",
    description="Takes it out of force. Its title is free again, for a limit that begins anew.",
    reply=shapes.Limit, codes=("not_found", "limit_not_found"), **_WRITES,
)  # fmt: skip
async def archive_limit(call: Call) -> Reply:
    """Take a limit out of force."""
    kept = await call.read(_kept, call)
    outcome = await _submit(call, ArchiveLimit(kept.id))
    shown = await call.read(_limit_after, call, outcome.record)
    return written(200, _encode(shown), outcome.record, replayed=outcome.replayed)


@operation(
    "GET", f"{_ONE}/usage", tag="Limits", summary="See who is near a limit",
    description="Who has used something of it within the window as it is now, the nearest first.",
    query=shapes.LimitUsageQuery, reply=shapes.LimitUsageList,
    codes=("not_found", "invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_limit_usages(call: Call) -> Reply:
    """List who is near a limit."""
    return Reply(200, await call.read(_usages, call))


def _usages(call: Call) -> bytes:
    query: shapes.LimitUsageQuery = call.query
    percent = 0 if query.near is None else whole_number(query.near, "near")
    kept = _kept(call)
    url = f"{_URL}/{kept.id}/usage"
    wanted, store = page(url, query), call.desk.store
    now = ledger_now(store, call.info, call.desk.clock.now())
    whom = Wanted(percent, _place(wanted), wanted.limit + 1)
    rows, has_more = wanted.cut(nearest(store, call.info, kept, now, whom))
    scale = _scale(call, kept)
    cursor = wanted.cursor(f"{rows[-1].place[0]} {rows[-1].subject}") if has_more else None
    return _encode(
        shapes.LimitUsageList(
            data=[shapes.usage(each, kept, scale) for each in rows],
            has_more=has_more,
            next_cursor=cursor,
            url=url,
        )
    )


def _place(wanted: Page) -> tuple[int, str] | None:
    """The place in the list of the nearest that a cursor names."""
    if wanted.after is None:
        return None
    match = _PLACE.fullmatch(wanted.after)
    if match is None:
        raise Refusal("invalid_cursor", "The cursor cannot be read.")
    return int(match[1]), match[2]


OPERATIONS = (set_limit, list_limits, get_limit, archive_limit, list_limit_usages)
