"""Holds: place one, spend it in parts, add to it, let it go, and see what became of it."""

from collections.abc import Sequence

import msgspec

from partita.engine.access import Scope
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, Refused
from partita.journal.record import Record
from partita.kernel.commands import ChangeHold, PlaceHold
from partita.kernel.events import entries_in, resource_in
from partita.kernel.holds import Hold
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.references import is_hold_id, standing_of
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import holds as shapes
from partita.surfaces.http.shapes.transactions import transaction

_encode = msgspec.json.Encoder().encode
_URL = "/v1/holds"
_ONE = f"{_URL}/{{id:str}}"
_FUNDS_CODES = (
    "amount_out_of_range", "account_closed", "account_frozen", "insufficient_funds",
    "invalid_amount", "velocity_exceeded",
)  # fmt: skip
_CHANGE_CODES = ("hold_not_found", "invalid_state")
_WRITES = {"tag": "Holds", "scope": Scope.WRITE, "key": KeyRule.REQUIRED}


@operation(
    "POST", _URL, summary="Place a hold", status=201,
    description="Sets money of an account aside: it is no longer available, and not yet spent.",
    request=shapes.HoldRequest, reply=shapes.Hold,
    codes=(*_FUNDS_CODES, "account_not_found", "asset_mismatch", "external_id_taken",
           "invalid_expiry", "invalid_timestamp", "invalid_metadata"),
    example={"account": "customers:alice", "amount": "5000", "asset": "USD",
             "expires_at": "2099-12-31T00:00:00Z", "external_id": "auth-7781"},
    **_WRITES,
)  # fmt: skip
async def place_hold(call: Call) -> Reply:
    """Set money aside."""
    outcome = await _submit(call, shapes.place(call.body))
    body = _encode(await _hold_after(call, outcome.record))
    location = f"{_URL}/{outcome.record.event.id}"
    return written(201, body, outcome.record, replayed=outcome.replayed, location=location)


async def _submit(call: Call, command: PlaceHold | ChangeHold) -> Accepted:
    outcome = await call.submit(command)
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    return outcome


async def _hold_after(call: Call, record: Record) -> shapes.Hold:
    """The hold as a record left it."""
    kept, books = resource_in(record.event), call.opened
    assert isinstance(kept, Hold), "what happens to a hold leaves a hold"
    account = books.ledger.account_in_memory(kept.account)
    scale = books.scales.get(kept.asset)
    if account is None or scale is None:
        return (await call.read(hold_shapes, call, [kept]))[0]
    return shapes.hold(kept, account, scale)


@operation(
    "GET", _URL, tag="Holds", summary="List holds", description="Newest first.",
    query=shapes.HoldQuery, reply=shapes.HoldList,
    codes=("not_found", "invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_holds(call: Call) -> Reply:
    """List holds by filters."""
    return Reply(200, await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, wanted: Page) -> bytes:
    query: shapes.HoldQuery = call.query
    number = None if query.account is None else standing_of(call, query.account).account.number
    state = None if query.status is None else query.status.value
    which = ResourceFilter(Hold.kind, number, state, query.external_id)
    found = call.desk.store.resources(call.info, which, wanted.number, wanted.limit + 1)
    kept, has_more = wanted.cut([each for each in found if isinstance(each, Hold)])
    return _encode(
        shapes.HoldList(
            data=hold_shapes(call, kept),
            has_more=has_more,
            next_cursor=wanted.cursor(kept[-1].number) if has_more else None,
            url=_URL,
        )
    )


def hold_shapes(call: Call, kept: Sequence[Hold]) -> list[shapes.Hold]:
    """Holds as they go out, their accounts asked for at once; asks the store."""
    accounts = call.opened.accounts({each.account for each in kept})
    return [shapes.hold(each, accounts[each.account], _scale(call, each.asset)) for each in kept]


def _scale(call: Call, asset: str) -> int:
    scale = call.opened.scale(asset)
    assert scale is not None, "an account's asset is known"
    return scale


@operation(
    "GET", _ONE, tag="Holds", summary="Get a hold", reply=shapes.Hold, codes=("not_found",),
)  # fmt: skip
async def get_hold(call: Call) -> Reply:
    """Get one hold by its id."""
    return ok(await call.read(_hold, call))


def _hold(call: Call) -> shapes.Hold:
    return hold_shapes(call, [kept_hold(call)])[0]


def kept_hold(call: Call) -> Hold:
    """The hold that the address names; asks the store.

    Raises:
        Refusal: 404, there is none.
    """
    identifier, found = call.path["id"], None
    if is_hold_id(identifier):
        found = call.desk.store.resource(call.info, Hold.kind, identifier)
    if not isinstance(found, Hold):
        raise call.no_such("hold", identifier[:255])
    return found


@operation(
    "POST", f"{_ONE}/capture", summary="Capture a hold",
    description="Spends held money: to one `destination`, or by `postings`. May be done several"
    " times. What goes beyond the hold, as far as its tolerance allows, must be available.",
    request=shapes.CaptureRequest, reply=shapes.Capture,
    codes=(*_FUNDS_CODES, *_CHANGE_CODES, "capture_exceeds_hold", "account_not_found",
           "asset_mismatch", "same_account", "unbalanced_transaction", "too_few_postings",
           "too_many_postings", "limit_exceeded", "period_closed", "external_id_taken", "invalid_timestamp",
           "invalid_metadata", "asset_scale_mismatch"),
    example={"destination": "bank:main", "amount": "1200"}, **_WRITES,
)  # fmt: skip
async def capture_hold(call: Call) -> Reply:
    """Spend held money."""
    request: shapes.CaptureRequest = call.body
    scales = await call.know_scales(request.postings or ())
    command = shapes.capture(_id(call), request, scales)
    try:
        outcome = await _submit(call, command)
    except Refusal as refusal:
        if request.postings is None:
            refusal.pointer = _CAPTURE_POINTERS.get(refusal.pointer or "", refusal.pointer)
        raise
    record = outcome.record
    shown = transaction(record, await call.facts(entries_in(record.event)))
    body = _encode(shapes.Capture(hold=await _hold_after(call, record), transaction=shown))
    location = f"/v1/transactions/{shown.id}"
    return written(200, body, record, replayed=outcome.replayed, location=location)


_CAPTURE_POINTERS = {
    "/postings": "/amount",
    "/postings/0/amount": "/amount",
    "/postings/0/account": "/destination",
    "/postings/0": "/destination",
}
"""Where a rule's objection to the one leg leads, in a body that only names its destination."""


def _id(call: Call) -> str:
    """The id in the address.

    Raises:
        Refusal: 404, it is none, so there is nothing that the rules could be asked about.
    """
    identifier = call.path["id"]
    if not is_hold_id(identifier):
        raise call.no_such("hold", identifier[:255])
    return identifier


@operation(
    "POST", f"{_ONE}/increment", summary="Increment a hold", description="Holds so much more.",
    request=shapes.IncrementRequest, reply=shapes.Hold,
    codes=(*_FUNDS_CODES, *_CHANGE_CODES), example={"amount": "500"}, **_WRITES,
)  # fmt: skip
async def increment_hold(call: Call) -> Reply:
    """Hold more."""
    return await _change(call, shapes.increment(_id(call), call.body))


@operation(
    "POST", f"{_ONE}/release", summary="Release a hold",
    description="Lets held money go: some of it, or all that remains.",
    request=shapes.ReleaseRequest, reply=shapes.Hold,
    codes=(*_CHANGE_CODES, "release_exceeds_hold", "amount_out_of_range", "invalid_amount"),
    example={"reason": "order cancelled"}, **_WRITES,
)  # fmt: skip
async def release_hold(call: Call) -> Reply:
    """Let held money go."""
    return await _change(call, shapes.release(_id(call), call.body))


@operation(
    "POST", f"{_ONE}/extend", summary="Extend a hold",
    description="Has it expire at another moment, or never.",
    request=shapes.ExtendRequest, reply=shapes.Hold,
    codes=(*_CHANGE_CODES, "invalid_expiry", "invalid_timestamp"),
    example={"expires_at": "2100-01-31T00:00:00Z"}, **_WRITES,
)  # fmt: skip
async def extend_hold(call: Call) -> Reply:
    """Have a hold expire at another moment."""
    return await _change(call, shapes.extend(_id(call), call.body))


async def _change(call: Call, command: ChangeHold) -> Reply:
    outcome = await _submit(call, command)
    body = _encode(await _hold_after(call, outcome.record))
    return written(200, body, outcome.record, replayed=outcome.replayed)


OPERATIONS = (
    place_hold, list_holds, get_hold, capture_hold, increment_hold, release_hold, extend_hold,
)  # fmt: skip
