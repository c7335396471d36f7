"""Account activity and dormant accounts: out of a trailing view."""

import msgspec

from partita.kernel.moment import Moment
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import page
from partita.surfaces.http.references import standing_of
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import activity as shapes
from partita.surfaces.http.trailing import CODES, LIST_CODES, fresh, place_in, rows_of
from partita.views.activity import ACTIVITY
from partita.views.reading.activity import activity, dormant

_encode = msgspec.json.Encoder().encode
_ONE, _DORMANT = "/v1/accounts/{account:str}/activity", "/v1/reports/dormant_accounts"


@operation(
    "GET", _ONE, tag="Accounts", summary="Get an account's activity",
    description="Its first entry and its last, how many there were, and how much on each side.",
    query=shapes.ActivityQuery, reply=shapes.AccountActivity, codes=("not_found", *CODES),
)  # fmt: skip
async def get_account_activity(call: Call) -> Reply:
    """Get what an account did so far."""
    account = (await call.read(standing_of, call, call.path["account"])).account
    place = await fresh(call, ACTIVITY)
    found = await call.read(activity, place, account)
    scale = await call.read(call.scale, account.asset)
    return ok(shapes.account_activity(found.answer, found.sequence, scale))


@operation(
    "GET", _DORMANT, tag="Reports", summary="List dormant accounts",
    description="Those in which nothing was recorded from `since` on, the longest at rest first;"
    " never used ones rest since they were opened. Closed ones are left out.",
    query=shapes.DormantQuery, reply=shapes.DormantList,
    codes=("invalid_timestamp", *LIST_CODES),
)  # fmt: skip
async def list_dormant_accounts(call: Call) -> Reply:
    """List the accounts that rest."""
    query: shapes.DormantQuery = call.query
    which, wanted = query.which, page(_DORMANT, query)
    after = place_in(wanted, Moment, str)
    place = await fresh(call, ACTIVITY)
    found = await call.read(dormant, place, which, after, wanted.limit + 1)
    kept, beside = rows_of(wanted, found, _DORMANT, lambda row: (int(row.since), row.place[1]))
    data = await call.read(
        lambda: [shapes.dormant_account(row, call.scale(row.activity.asset)) for row in kept]
    )
    return Reply(200, _encode(shapes.DormantList(data=data, **beside)))


OPERATIONS = (get_account_activity, list_dormant_accounts)
