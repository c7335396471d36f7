"""Balances, now and in any past: of one account, of many, and how they came about."""

from collections.abc import Iterable

import msgspec

from partita.engine import history
from partita.engine.history import Interval, Span
from partita.engine.listing import AccountFilter
from partita.kernel.account import Account, Totals
from partita.kernel.moment import Moment
from partita.surfaces.held import Held, held_now
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.pasts import past_of, span_of
from partita.surfaces.http.references import standing_of
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import balances as shapes
from partita.surfaces.http.shapes.fields import moment, moment_or_none

_encode = msgspec.json.Encoder().encode
_ALL, _ONE = "/v1/balances", "/v1/accounts/{account:str}/balances"
_PAST = (
    "Now; or as of a recorded moment (included) or a sequence of the journal; or, with"
    " `basis=effective`, over all entries effective by `as_of`, as known now, at `known_at` or at"
    " `known_at_sequence`."
)
_SPAN = (
    "From `from` up to but not including `to` (left out: now), by recorded time; or, with"
    " `basis=effective`, by effective time, as known now, at `known_at` or at `known_at_sequence`."
)


@operation(
    "GET", _ONE, tag="Balances", summary="Get an account's balance", description=_PAST,
    query=shapes.BalancesQuery, reply=shapes.Balances, codes=("not_found", "invalid_timestamp"),
)  # fmt: skip
async def get_balances(call: Call) -> Reply:
    """Get what an account holds, or held."""
    return ok(await call.read(_balances, call))


def _balances(call: Call) -> shapes.Balances:
    account = standing_of(call, call.path["account"]).account
    past = past_of(call, call.query)
    (found,) = call.desk.store.totals_as_of(call.info, (account.number,), past.as_of)
    held = _held(call, [(account, found.totals)])
    return shapes.balances(account, found, _scale(call, account), past, held.get(account.number))


def _held(call: Call, found: Iterable[tuple[Account, Totals]]) -> Held:
    """What is held, if the question is about now."""
    query: shapes.BalancesQuery = call.query
    asked = (query.as_of, query.as_of_sequence, query.known_at, query.known_at_sequence)
    if query.basis != "recorded" or any(text is not None for text in asked):
        return {}
    return held_now(call.desk.store, call.info, found)


@operation(
    "GET", _ALL, tag="Balances", summary="List balances",
    description=f"Of all accounts that there were then, newest account first. {_PAST}",
    query=shapes.BalanceListQuery, reply=shapes.BalanceList,
    codes=("invalid_timestamp", "invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_balances(call: Call) -> Reply:
    """List what accounts hold, or held."""
    return Reply(200, await call.read(_list, call, page(_ALL, call.query)))


def _list(call: Call, wanted: Page) -> bytes:
    query: shapes.BalanceListQuery = call.query
    store, past = call.desk.store, past_of(call, query)
    # An account's number is the sequence that opened it: later ones were not there.
    before = past.sequence + 1 if wanted.number is None else min(wanted.number, past.sequence + 1)
    which = AccountFilter(query.path_prefix, query.asset)
    rows, has_more = wanted.cut(store.accounts(call.info, which, before, wanted.limit + 1))
    accounts = [standing.account for standing in rows]
    found = store.totals_as_of(call.info, [account.number for account in accounts], past.as_of)
    held = _held(call, zip(accounts, (each.totals for each in found), strict=True))
    return _encode(
        shapes.BalanceList(
            data=[
                shapes.balances(
                    account, each, _scale(call, account), past, held.get(account.number)
                )
                for account, each in zip(accounts, found, strict=True)
            ],
            has_more=has_more,
            next_cursor=wanted.cursor(accounts[-1].number) if has_more else None,
            url=_ALL,
        )
    )


@operation(
    "GET", f"{_ONE}/difference", tag="Balances", summary="Get what went through an account",
    description=_SPAN, query=shapes.DifferenceQuery, reply=shapes.BalanceDifference,
    codes=("not_found", "invalid_timestamp"),
)  # fmt: skip
async def get_balance_difference(call: Call) -> Reply:
    """Get the difference of an account's balance between two moments."""
    return ok(await call.read(_difference, call))


def _difference(call: Call) -> shapes.BalanceDifference:
    account, span = _asked(call, call.query)
    side = (account.number, account.normal_side)
    turnover = history.difference(call.desk.store, call.info, side, span)
    return shapes.difference(account, turnover, _scale(call, account), span.basis, _known(span))


@operation(
    "GET", f"{_ONE}/history", tag="Balances", summary="Get an account's history by intervals",
    description=f"Hours, days or months of a time zone, the earliest first. {_SPAN}",
    query=shapes.HistoryQuery, reply=shapes.BalanceHistory,
    codes=("not_found", "invalid_timestamp", "invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def get_balance_history(call: Call) -> Reply:
    """Get an account's turnovers, interval by interval."""
    url = f"/v1/accounts/{call.path['account']}/balances/history"
    return Reply(200, await call.read(_history, call, url, page(url, call.query)))


def _history(call: Call, url: str, wanted: Page) -> bytes:
    query: shapes.HistoryQuery = call.query
    account, span = _asked(call, query)
    try:
        where = history.zone(query.timezone)
    except ValueError as error:
        raise Refusal("invalid_request", f"timezone: {error}.") from None
    if wanted.after is not None:
        span = msgspec.structs.replace(span, start=_place(wanted.after))
    ends = history.page_of(Interval(query.interval), where, span, wanted.limit)
    side, scale = (account.number, account.normal_side), _scale(call, account)
    turnovers = history.history(call.desk.store, call.info, side, span, ends)
    has_more = ends[-1] < span.end
    return _encode(
        shapes.BalanceHistory(
            data=[
                shapes.difference(account, turnover, scale, span.basis, _known(span))
                for turnover in turnovers
            ],
            has_more=has_more,
            next_cursor=wanted.cursor(int(ends[-1])) if has_more else None,
            url=url,
        )
    )


def _place(text: str) -> Moment:
    try:
        return Moment(int(text)).checked()
    except ValueError:
        raise Refusal("invalid_cursor", "The cursor cannot be read.") from None


def _asked(call: Call, query: shapes.DifferenceQuery) -> tuple[Account, Span]:
    """The account and the span that are asked about."""
    if query.start is None:
        raise Refusal("invalid_request", "The parameter `from` is missing: where the span begins.")
    start, end = moment(query.start), moment_or_none(query.end)
    account = standing_of(call, call.path["account"]).account
    now = call.desk.clock.now()
    return account, span_of(call, query, start, max(now, start) if end is None else end)


def _known(span: Span) -> int:
    assert span.sequence is not None, "this surface always says what is known"
    return span.sequence


def _scale(call: Call, account: Account) -> int:
    scale = call.opened.scale(account.asset)
    assert scale is not None, "an account's asset is known"
    return scale


OPERATIONS = (get_balances, get_balance_difference, get_balance_history, list_balances)
