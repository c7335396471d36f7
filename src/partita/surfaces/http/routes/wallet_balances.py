"""Balances of wallets by owner and asset: out of a trailing view."""

import msgspec

from partita.surfaces.http.call import Call
from partita.surfaces.http.matters import kept as kept_matter
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import page
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.routes.customers import THINGS
from partita.surfaces.http.shapes import wallet_balances as shapes
from partita.surfaces.http.trailing import CODES, LIST_CODES, fresh, place_in, rows_of
from partita.views.reading import wallets as reading
from partita.views.wallet_balances import WALLET_BALANCES

_encode = msgspec.json.Encoder().encode
_URL, _CUSTOMER = "/v1/wallet_balances", "/v1/customers/{id:str}/balances"


@operation(
    "GET", _URL, tag="Wallets", summary="List balances of wallets",
    description="Of a `customer` or of one `wallet`, by asset; or with `asset` alone, of all"
    " wallets, the biggest first.",
    query=shapes.WalletBalanceQuery, reply=shapes.OwnedBalanceList, codes=LIST_CODES,
)  # fmt: skip
async def list_wallet_balances(call: Call) -> Reply:
    """List what wallets hold, by owner or by size."""
    query: shapes.WalletBalanceQuery = call.query
    owner, wanted = query.owner, page(_URL, query)
    after = place_in(wanted, *owner.place_kinds)
    place = await fresh(call, WALLET_BALANCES)
    found = await call.read(reading.wallet_balances, place, owner, after, wanted.limit + 1)
    kept, beside = rows_of(wanted, found, _URL, owner.place_of)
    data = await call.read(
        lambda: [shapes.owned_balance(row, call.scale(row.asset)) for row in kept]
    )
    return Reply(200, _encode(shapes.OwnedBalanceList(data=data, **beside)))


@operation(
    "GET", _CUSTOMER, tag="Customers", summary="Get what a customer holds",
    description="Over all wallets, by asset.",
    query=shapes.CustomerBalanceQuery, reply=shapes.CustomerBalances, codes=("not_found", *CODES),
)  # fmt: skip
async def get_customer_balances(call: Call) -> Reply:
    """Get what a customer holds over all wallets."""
    customer = (await call.read(kept_matter, call, THINGS)).id
    place = await fresh(call, WALLET_BALANCES)
    found = await call.read(reading.customer_balances, place, customer)
    data = await call.read(
        lambda: [shapes.customer_balance(row, call.scale(row.asset)) for row in found.answer]
    )
    sequence = str(found.sequence)
    return ok(shapes.CustomerBalances(customer_id=customer, data=data, as_of_sequence=sequence))


OPERATIONS = (list_wallet_balances, get_customer_balances)
