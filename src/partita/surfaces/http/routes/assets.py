"""Assets: register, list, get. The currencies of ISO 4217 are there from the start."""

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Refused
from partita.kernel.asset import BUILT_IN
from partita.kernel.asset import Asset as AssetOfKernel
from partita.kernel.events import AssetRegistered
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.refusal import of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import ledgers as shapes

_encode = msgspec.json.Encoder().encode
_URL = "/v1/assets"


@operation(
    "POST",
    _URL,
    tag="Assets",
    summary="Register an asset",
    status=201,
    request=shapes.AssetRequest,
    reply=shapes.Asset,
    scope=Scope.WRITE,
    key=KeyRule.OPTIONAL,
    codes=("asset_exists", "invalid_metadata"),
    example={"code": "POINTS", "scale": 0, "type": "points"},
)
async def register_asset(call: Call) -> Reply:
    """Make an asset known to the ledger."""
    outcome = await call.submit(shapes.asset_command(call.body))
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    record = outcome.record
    assert isinstance(record.event, AssetRegistered), "registering is answered by being registered"
    known = record.event.asset
    body, location = _encode(shapes.asset(known)), f"{_URL}/{known.code}"
    return written(201, body, record, replayed=outcome.replayed, location=location)


@operation(
    "GET",
    _URL,
    tag="Assets",
    summary="List assets",
    description="Built-in and registered ones, by code.",
    query=shapes.AssetQuery,
    reply=shapes.AssetList,
    codes=("invalid_cursor", "cursor_mismatch"),
)
async def list_assets(call: Call) -> Reply:
    """List all assets that the ledger knows."""
    return ok(await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, wanted: Page) -> shapes.AssetList:
    kind, after = call.query.type, wanted.after or ""
    known = _known(call)
    matching = [known[c] for c in sorted(known) if c > after and kind in (None, known[c].kind)]
    found, has_more = wanted.cut(matching)
    return shapes.AssetList(
        data=[shapes.asset(asset) for asset in found],
        has_more=has_more,
        next_cursor=wanted.cursor(found[-1].code) if has_more else None,
        url=_URL,
    )


def _known(call: Call) -> dict[str, AssetOfKernel]:
    return BUILT_IN | {asset.code: asset for asset in call.desk.store.assets(call.info)}


@operation(
    "GET",
    f"{_URL}/{{code:str}}",
    tag="Assets",
    summary="Get an asset",
    reply=shapes.Asset,
    codes=("not_found",),
)
async def get_asset(call: Call) -> Reply:
    """Get one asset by its code."""
    code = call.path["code"]
    known = BUILT_IN.get(code) or (await call.read(_known, call)).get(code)
    if known is None:
        raise call.no_such("asset", code[:255])
    return ok(shapes.asset(known))


OPERATIONS = (register_asset, list_assets, get_asset)
