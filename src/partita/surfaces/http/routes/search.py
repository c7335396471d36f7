"""Search: transactions by anything that is known of them, out of a trailing view."""

import msgspec

from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.references import standing_of
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Reply
from partita.surfaces.http.routes.transactions import as_they_are
from partita.surfaces.http.shapes import search as shapes
from partita.surfaces.http.trailing import LIST_CODES, fresh, rows_of
from partita.surfaces.trailing import searched
from partita.views.reading.search import search
from partita.views.search import SEARCH

_encode = msgspec.json.Encoder().encode
_URL = "/v1/search/transactions"


@operation(
    "GET", _URL, tag="Transactions", summary="Search transactions",
    description="Newest first, by any combination of filters: all must hold. `metadata[k]=v` looks at"
    " one key of the metadata, up to 16 of them. Out of a trailing view: `as_of_sequence` tells up to"
    " where nothing is missing.",
    query=shapes.SearchQuery, reply=shapes.FoundList,
    codes=("not_found", "invalid_amount", "invalid_timestamp", "search_too_slow", *LIST_CODES),
)  # fmt: skip
async def search_transactions(call: Call) -> Reply:
    """Search transactions by filters."""
    wanted = page(_URL, call.query)
    if call.query.account is not None and call.query.account_prefix is not None:
        raise Refusal("invalid_request", "account and account_prefix exclude each other.")
    await fresh(call, SEARCH)
    return Reply(200, await call.read(_found, call, wanted))


def _found(call: Call, wanted: Page) -> bytes:
    query: shapes.SearchQuery = call.query
    account = None if query.account is None else standing_of(call, query.account).account.path
    place = searched(call.desk.application, call.info)
    asked = shapes.question(query, account)
    found = search(place, asked, wanted.number, wanted.limit + 1)
    kept, beside = rows_of(wanted, found, _URL, lambda record: (record.sequence,))
    return _encode(shapes.FoundList(data=as_they_are(call, kept), **beside))


OPERATIONS = (search_transactions,)
