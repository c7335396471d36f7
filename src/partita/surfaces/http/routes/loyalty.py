"""Loyalty: what points are worth, grants, what there is and when it ends, payments that draw on it."""

from partita.engine.access import Scope
from partita.engine.listing import ResourceFilter
from partita.kernel.matters import Matter
from partita.modules.loyalty.lots import POINTS
from partita.modules.loyalty.program import PROGRAM, PROGRAM_PREFIX
from partita.modules.loyalty.spending import SPENDING, SPENDING_PREFIX
from partita.modules.wallets.wallet import WALLET, WALLET_PREFIX
from partita.surfaces.http.call import Call
from partita.surfaces.http.matters import LIST_CODES, Things, changed, identifier, kept, listed
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import page
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import loyalty as shapes
from partita.surfaces.http.shapes.ledgers import PlainQuery

_TAG = "Loyalty"
_WALLET = "/v1/wallets/{id:str}"
_PROGRAMS = Things(PROGRAM, PROGRAM_PREFIX, "/v1/loyalty_programs", "loyalty program")
_SPENDINGS = Things(SPENDING, SPENDING_PREFIX, "/v1/spendings", "spending")
_WALLETS = Things(WALLET, WALLET_PREFIX, "/v1/wallets", "wallet")
_MONEY = {"tag": _TAG, "scope": Scope.WRITE, "key": KeyRule.REQUIRED}
_MONEY_CODES = (
    "not_found", "wallet_not_found", "wallet_closed", "asset_not_found", "asset_not_in_wallet",
    "account_outside_chart", "account_not_found", "account_frozen", "account_closed",
    "asset_mismatch", "amount_out_of_range", "invalid_amount", "invalid_metadata",
    "external_id_taken", "limit_exceeded", "velocity_exceeded",
)  # fmt: skip


@operation(
    "POST", _PROGRAMS.url, tag=_TAG, summary="Set a loyalty program", status=201,
    description="What the points of an asset are worth, from now on. An asset has one program;"
    " setting it again changes its terms.",
    request=shapes.ProgramRequest, reply=shapes.Program, scope=Scope.WRITE, key=KeyRule.OPTIONAL,
    codes=("asset_not_found", "amount_out_of_range", "invalid_expiry"),
    example={"asset": "USD", "money": "USD", "expires_after_days": 365},
)  # fmt: skip
async def set_loyalty_program(call: Call) -> Reply:
    """Say what points are worth."""
    return await changed(call, shapes.set_program(call.body), shapes.program, _PROGRAMS.url)


@operation(
    "GET", _PROGRAMS.url, tag=_TAG, summary="List loyalty programs", description="Newest first.",
    query=PlainQuery, reply=shapes.ProgramList, codes=LIST_CODES,
)  # fmt: skip
async def list_loyalty_programs(call: Call) -> Reply:
    """List programs."""
    found = page(_PROGRAMS.url, call.query)
    matters, rest = await call.read(listed, call, found, ResourceFilter(PROGRAM))
    data = [shapes.program(each) for each in matters]
    return ok(shapes.ProgramList(data=data, url=_PROGRAMS.url, **rest))


@operation(
    "GET", f"{_PROGRAMS.url}/{{id:str}}", tag=_TAG, summary="Get a loyalty program",
    reply=shapes.Program, codes=("not_found",),
)  # fmt: skip
async def get_loyalty_program(call: Call) -> Reply:
    """Get one program."""
    return ok(shapes.program(await call.read(kept, call, _PROGRAMS)))


@operation(
    "POST", f"{_WALLET}/grants", summary="Grant points or a voucher",
    description="To a loyalty wallet, at the issuer's cost. They end at `expires_at`, or as their"
    " program says; what is not spent by then becomes breakage.",
    request=shapes.GrantRequest, reply=shapes.Points,
    codes=(*_MONEY_CODES, "invalid_expiry", "invalid_timestamp"),
    example={"asset": "USD", "amount": "500", "expires_at": "2099-01-01T00:00:00Z"}, **_MONEY,
)  # fmt: skip
async def grant_points(call: Call) -> Reply:
    """Give points to a loyalty wallet."""
    act = shapes.grant(identifier(call, _WALLETS), call.body)
    return await changed(call, act, shapes.points)


@operation(
    "GET", f"{_WALLET}/points", tag=_TAG, summary="List the points of a wallet",
    description="Points and vouchers in it and in all below it, with the lots that end together.",
    reply=shapes.PointsList, codes=("not_found",),
)  # fmt: skip
async def list_wallet_points(call: Call) -> Reply:
    """List what a wallet has that ends."""
    return ok(await call.read(_points, call))


def _points(call: Call) -> shapes.PointsList:
    matter = kept(call, _WALLETS)
    reader, info = call.desk.store, call.info
    found = [
        each
        for wallet in (matter.id, *matter.related)
        for each in reader.resources(info, ResourceFilter(POINTS, about=wallet), None, 100)
        if isinstance(each, Matter)
    ]
    url = f"/v1/wallets/{matter.id}/points"
    data = [shapes.points(each) for each in found]
    return shapes.PointsList(data=data, has_more=False, next_cursor=None, url=url)


@operation(
    "POST", f"{_WALLET}/spend", summary="Pay from several sources",
    description="Draws on the wallet and what is below it in order, points at what they are worth,"
    " until the sum is there; one transaction, or nothing.",
    request=shapes.SpendRequest, reply=shapes.Spending, status=201,
    codes=(*_MONEY_CODES, "insufficient_funds"),
    example={"destination": "income:fees", "asset": "USD", "amount": "100"}, **_MONEY,
)  # fmt: skip
async def spend_from_wallet(call: Call) -> Reply:
    """Pay one sum from several sources."""
    act = shapes.spend(identifier(call, _WALLETS), call.body)
    return await changed(call, act, shapes.spending, _SPENDINGS.url)


@operation(
    "GET", f"{_WALLET}/spendings", tag=_TAG, summary="List payments from several sources",
    description="Those of a wallet, newest first.",
    query=PlainQuery, reply=shapes.SpendingList, codes=("not_found", *LIST_CODES),
)  # fmt: skip
async def list_wallet_spendings(call: Call) -> Reply:
    """List what was paid out of a wallet's sources."""
    matter = await call.read(kept, call, _WALLETS)
    url = f"/v1/wallets/{matter.id}/spendings"
    which = ResourceFilter(SPENDING, about=matter.id)
    matters, rest = await call.read(listed, call, page(url, call.query), which)
    data = [shapes.spending(each) for each in matters]
    return ok(shapes.SpendingList(data=data, url=url, **rest))


@operation(
    "GET", f"{_SPENDINGS.url}/{{id:str}}", tag=_TAG, summary="Get a payment from several sources",
    reply=shapes.Spending, codes=("not_found",),
)  # fmt: skip
async def get_spending(call: Call) -> Reply:
    """Get one payment out of several sources."""
    return ok(shapes.spending(await call.read(kept, call, _SPENDINGS)))


OPERATIONS = (
    set_loyalty_program, list_loyalty_programs, get_loyalty_program, grant_points,
    list_wallet_points, spend_from_wallet, list_wallet_spendings, get_spending,
)  # fmt: skip
