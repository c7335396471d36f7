"""Daily volumes and fees, top movers, and the days of one account: out of trailing views."""

import msgspec

from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import page
from partita.surfaces.http.references import standing_of
from partita.surfaces.http.reply import Reply
from partita.surfaces.http.shapes import volumes as shapes
from partita.surfaces.http.trailing import LIST_CODES, fresh, place_in, rows_of
from partita.views.movers import MOVERS
from partita.views.reading.movers import movers
from partita.views.reading.volumes import account_days, volumes
from partita.views.volumes import VOLUMES

_encode = msgspec.json.Encoder().encode
_VOLUMES, _MOVERS = "/v1/reports/volumes", "/v1/reports/movers"
_DAYS = "/v1/accounts/{account:str}/activity/days"


@operation(
    "GET", _VOLUMES, tag="Reports", summary="List daily volumes and fees",
    description="By day of UTC, asset and type of transaction, newest first; reversals count as"
    " transactions of their own. By effective time, or with `basis=recorded` by recorded time.",
    query=shapes.VolumeQuery, reply=shapes.DailyVolumeList, codes=LIST_CODES,
)  # fmt: skip
async def list_daily_volumes(call: Call) -> Reply:
    """List what was moved day by day."""
    query: shapes.VolumeQuery = call.query
    which, wanted = query.which, page(_VOLUMES, query)
    after = place_in(wanted, str, str, str)
    place = await fresh(call, VOLUMES)
    found = await call.read(volumes, place, which, after, wanted.limit + 1)
    kept, beside = rows_of(wanted, found, _VOLUMES, lambda row: row.place)
    data = await call.read(
        lambda: [shapes.daily_volume(row, call.scale(row.asset)) for row in kept]
    )
    return Reply(200, _encode(shapes.DailyVolumeList(data=data, **beside)))


@operation(
    "GET", _MOVERS, tag="Reports", summary="List the accounts that moved most",
    description="Of one asset, on a day of UTC or from one to another (366 at most), by effective"
    " time: the accounts through which most went, both sides together.",
    query=shapes.MoverQuery, reply=shapes.MoverList, codes=LIST_CODES,
)  # fmt: skip
async def list_movers(call: Call) -> Reply:
    """List the busiest accounts."""
    query: shapes.MoverQuery = call.query
    which, wanted = query.which, page(_MOVERS, query)
    after = place_in(wanted, int, str)
    place = await fresh(call, MOVERS)
    found = await call.read(movers, place, which, after, wanted.limit + 1)
    kept, beside = rows_of(wanted, found, _MOVERS, lambda row: row.place)
    scale = await call.read(call.scale, which.asset) if kept else 0
    data = [shapes.mover(row, which.asset, scale) for row in kept]
    return Reply(200, _encode(shapes.MoverList(data=data, **beside)))


@operation(
    "GET", _DAYS, tag="Accounts", summary="List an account's days",
    description="The days of UTC on which anything went through it, newest first: how many entries,"
    " and how much on each side. By effective time, or with `basis=recorded` by recorded time.",
    query=shapes.AccountDayQuery, reply=shapes.AccountDayList, codes=("not_found", *LIST_CODES),
)  # fmt: skip
async def list_account_days(call: Call) -> Reply:
    """List the days on which an account moved."""
    query: shapes.AccountDayQuery = call.query
    url = f"/v1/accounts/{call.path['account']}/activity/days"
    days, wanted = query.days, page(url, query)
    after = place_in(wanted, str)
    account = (await call.read(standing_of, call, call.path["account"])).account
    place = await fresh(call, VOLUMES)
    before = None if after is None else after[0]
    found = await call.read(account_days, place, account.path, days, before, wanted.limit + 1)
    kept, beside = rows_of(wanted, found, url, lambda row: (row.day,))
    scale = await call.read(call.scale, account.asset)
    data = [shapes.account_day(row, account.asset, scale) for row in kept]
    return Reply(200, _encode(shapes.AccountDayList(data=data, **beside)))


OPERATIONS = (list_daily_volumes, list_movers, list_account_days)
