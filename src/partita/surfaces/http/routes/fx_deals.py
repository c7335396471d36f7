"""Quotes and conversions: lock a rate, exchange by it, take it back."""

from collections.abc import Callable
from typing import Any

import msgspec

from partita.engine.access import Scope
from partita.engine.listing import ResourceFilter
from partita.kernel.matters import Matter
from partita.modules.fx import conversions, quotes
from partita.surfaces.http.call import Call
from partita.surfaces.http.matters import (
    LIST_CODES,
    Things,
    changed,
    identifier,
    kept,
    listed,
    timeline,
)
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import fx_replies as replies
from partita.surfaces.http.shapes import fx_requests as requests
from partita.surfaces.http.shapes.ledgers import PlainQuery
from partita.surfaces.http.shapes.matters import MatterTimeline

_encode = msgspec.json.Encoder().encode
_QUOTES = Things(quotes.KIND, quotes.PREFIX, "/v1/fx_quotes", "quote")
_CONVERSIONS = Things(conversions.KIND, conversions.PREFIX, "/v1/fx_conversions", "conversion")
_READS: dict[str, Any] = {"tag": "Foreign exchange"}
_WRITES: dict[str, Any] = {**_READS, "scope": Scope.WRITE}
_PRICED = (
    "rate_missing", "rate_invalid", "asset_not_found", "wallet_not_found", "asset_not_in_wallet", "not_found",
    "amount_out_of_range", "external_id_taken", "account_outside_chart", "invalid_amount",
    "invalid_metadata", "account_not_found", "wallet_closed",
)  # fmt: skip
_MOVED = (
    "account_frozen", "account_closed", "asset_mismatch",
    "insufficient_funds", "limit_exceeded", "period_closed", "velocity_exceeded",
)  # fmt: skip
_EXAMPLE = {
    "source": "customers:alice:EUR", "destination": "customers:alice:USD", "source_asset": "EUR",
    "target_asset": "USD", "amount": "10000", "provider": "bank", "day": "2024-12-31",
}  # fmt: skip


@operation(
    "POST", _QUOTES.url, summary="Create a quote", status=201, key=KeyRule.OPTIONAL,
    description="Locks the rate of now until the quote expires. Nothing is set aside for it.",
    request=requests.FxQuoteRequest, reply=replies.FxQuote, codes=_PRICED, example=_EXAMPLE,
    **_WRITES,
)  # fmt: skip
async def create_fx_quote(call: Call) -> Reply:
    """Lock a rate for a while."""
    return await changed(call, requests.create_quote(call.body), _quote(call), _QUOTES.url)


@operation(
    "GET", _QUOTES.url, summary="List quotes", description="The newest first.",
    query=requests.QuoteQuery, reply=replies.FxQuoteList, codes=LIST_CODES, **_READS,
)  # fmt: skip
async def list_fx_quotes(call: Call) -> Reply:
    """List quotes."""
    return Reply(200, await call.read(_list_quotes, call, page(_QUOTES.url, call.query)))


def _list_quotes(call: Call, wanted: Page) -> bytes:
    found, rest = listed(call, wanted, _which(call, _QUOTES))
    shown = list(map(_quote(call), found))
    return _encode(replies.FxQuoteList(data=shown, url=_QUOTES.url, **rest))


@operation(
    "GET", f"{_QUOTES.url}/{{id:str}}", summary="Get a quote", reply=replies.FxQuote,
    codes=("not_found",), **_READS,
)  # fmt: skip
async def get_fx_quote(call: Call) -> Reply:
    """Get one quote."""
    return ok(_quote(call)(await call.read(kept, call, _QUOTES)))


@operation(
    "POST", f"{_QUOTES.url}/{{id:str}}/accept", summary="Accept a quote", status=201,
    key=KeyRule.REQUIRED,
    description="Exchanges as the quote says, at its locked rate, if it is still good. The answer"
    " is the conversion.",
    request=requests.FxAcceptRequest, reply=replies.FxConversion, example={},
    codes=("not_found", "quote_not_found", "quote_expired", "invalid_state", "external_id_taken",
           "account_outside_chart", "account_not_found", "invalid_metadata", *_MOVED),
    **_WRITES,
)  # fmt: skip
async def accept_fx_quote(call: Call) -> Reply:
    """Exchange as a quote says."""
    act = requests.accept(identifier(call, _QUOTES), call.body)
    return await changed(call, act, replies.conversion, _CONVERSIONS.url)


@operation(
    "GET", f"{_QUOTES.url}/{{id:str}}/timeline", summary="List what happened to a quote",
    description="Oldest first.", query=PlainQuery, reply=MatterTimeline,
    codes=("not_found", *LIST_CODES), **_READS,
)  # fmt: skip
async def list_fx_quote_timeline(call: Call) -> Reply:
    """List the steps of a quote's life."""
    return await timeline(call, _QUOTES)


@operation(
    "POST", _CONVERSIONS.url, summary="Exchange", status=201, key=KeyRule.REQUIRED,
    description="One transaction over both assets, at the rate that the ledger keeps for the day."
    " With an `expected_rate` it is refused if the rate has moved further than is tolerated.",
    request=requests.FxConversionRequest, reply=replies.FxConversion, example=_EXAMPLE,
    codes=("rate_moved", "invalid_timestamp", *_PRICED, *_MOVED), **_WRITES,
)  # fmt: skip
async def create_fx_conversion(call: Call) -> Reply:
    """Exchange at the rate of now."""
    act = requests.convert(call.body)
    return await changed(call, act, replies.conversion, _CONVERSIONS.url)


@operation(
    "GET", _CONVERSIONS.url, summary="List conversions", description="The newest first.",
    query=requests.ConversionQuery, reply=replies.FxConversionList, codes=LIST_CODES, **_READS,
)  # fmt: skip
async def list_fx_conversions(call: Call) -> Reply:
    """List conversions."""
    return Reply(200, await call.read(_list_conversions, call, page(_CONVERSIONS.url, call.query)))


def _list_conversions(call: Call, wanted: Page) -> bytes:
    found, rest = listed(call, wanted, _which(call, _CONVERSIONS))
    shown = list(map(replies.conversion, found))
    return _encode(replies.FxConversionList(data=shown, url=_CONVERSIONS.url, **rest))


@operation(
    "GET", f"{_CONVERSIONS.url}/{{id:str}}", summary="Get a conversion",
    reply=replies.FxConversion, codes=("not_found",), **_READS,
)  # fmt: skip
async def get_fx_conversion(call: Call) -> Reply:
    """Get one conversion."""
    return ok(replies.conversion(await call.read(kept, call, _CONVERSIONS)))


@operation(
    "POST", f"{_CONVERSIONS.url}/{{id:str}}/reverse", summary="Reverse a conversion",
    key=KeyRule.OPTIONAL,
    description="Takes back its own transaction, leg by leg: at the original rate, whatever the"
    " rate is now.",
    request=requests.FxReversalRequest, reply=replies.FxConversion, example={"reason": "typing error"},
    codes=("not_found", "payment_not_found", "invalid_state", "already_reversed", *_MOVED),
    **_WRITES,
)  # fmt: skip
async def reverse_fx_conversion(call: Call) -> Reply:
    """Take a conversion back."""
    reason = None if call.body is None else call.body.reason
    act = conversions.ReverseConversion(identifier(call, _CONVERSIONS), reason)
    return await changed(call, act, replies.conversion)


@operation(
    "GET", f"{_CONVERSIONS.url}/{{id:str}}/timeline", query=PlainQuery, reply=MatterTimeline,
    summary="List what happened to a conversion", description="Oldest first.",
    codes=("not_found", *LIST_CODES), **_READS,
)  # fmt: skip
async def list_fx_conversion_timeline(call: Call) -> Reply:
    """List the steps of a conversion's life."""
    return await timeline(call, _CONVERSIONS)


def _which(call: Call, things: Things) -> ResourceFilter:
    query: requests.QuoteQuery | requests.ConversionQuery = call.query
    status = None if query.status is None else query.status.value
    return ResourceFilter(things.kind, state=status, about=query.wallet_id)


def _quote(call: Call) -> Callable[[Matter], replies.FxQuote]:
    """How a quote is told at this moment."""
    now = call.desk.clock.now()
    return lambda matter: replies.quote(matter, now)


OPERATIONS = (
    create_fx_quote, list_fx_quotes, get_fx_quote, accept_fx_quote, list_fx_quote_timeline,
    create_fx_conversion, list_fx_conversions, get_fx_conversion, reverse_fx_conversion,
    list_fx_conversion_timeline,
)  # fmt: skip
