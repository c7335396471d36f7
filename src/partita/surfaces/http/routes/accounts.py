"""Accounts: open, list, get, and change their status."""

from collections.abc import Sequence

import msgspec

from partita.engine.access import Scope
from partita.engine.listing import AccountFilter
from partita.engine.outcome import Accepted, Refused
from partita.journal.record import Record
from partita.kernel.account import FreezeFlow, Totals
from partita.kernel.book import Standing
from partita.kernel.commands import ChangeAccount, CloseAccount, FreezeAccount, UnfreezeAccount
from partita.kernel.events import AccountChanged, AccountOpened
from partita.surfaces.held import held_now
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.references import last_entry, standing_of
from partita.surfaces.http.refusal import of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import accounts as shapes

_encode = msgspec.json.Encoder().encode
_URL = "/v1/accounts"
_ONE = f"{_URL}/{{account:str}}"


@operation(
    "POST", _URL, tag="Accounts", summary="Open an account", status=201,
    request=shapes.AccountRequest, reply=shapes.Account, scope=Scope.WRITE, key=KeyRule.OPTIONAL,
    codes=("path_taken", "asset_not_found", "invalid_amount", "invalid_metadata",
           "account_outside_chart"),
    example={
        "path": "customers:alice", "asset": "USD", "type": "liability",
        "constraints": {"min_available": "0"},
    },
)  # fmt: skip
async def open_account(call: Call) -> Reply:
    """Open one account."""
    outcome = await call.submit(shapes.command(call.body))
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    record = outcome.record
    assert isinstance(record.event, AccountOpened), "an opened account answers the wish to open it"
    opened, books = record.event.account, call.opened
    scale = books.scales.get(opened.asset) or await call.read(books.scale, opened.asset)
    body = _encode(shapes.account(Standing(opened), scale or 0))
    location = f"{_URL}/{opened.id}"
    return written(201, body, record, replayed=outcome.replayed, location=location)


@operation(
    "GET", _URL, tag="Accounts", summary="List accounts", description="Newest first.",
    query=shapes.AccountQuery, reply=shapes.AccountList,
    codes=("invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_accounts(call: Call) -> Reply:
    """List accounts by filters."""
    query: shapes.AccountQuery = call.query
    kind = None if query.type is None else query.type.value
    which = AccountFilter(query.path_prefix, query.asset, kind, query.status)
    return Reply(200, await call.read(_list, call, which, page(_URL, query)))


def _list(call: Call, which: AccountFilter, wanted: Page) -> bytes:
    found = call.desk.store.accounts(call.info, which, wanted.number, wanted.limit + 1)
    standings, has_more = wanted.cut(found)
    return _encode(
        shapes.AccountList(
            data=_shapes(call, standings),
            has_more=has_more,
            next_cursor=wanted.cursor(standings[-1].account.number) if has_more else None,
            url=_URL,
        )
    )


def _shapes(call: Call, standings: Sequence[Standing]) -> list[shapes.Account]:
    """Accounts as they stand now, with what is held of them."""
    found = ((each.account, each.totals) for each in standings)
    held = held_now(call.desk.store, call.info, found)
    return [_shape(call, each, held.get(each.account.number)) for each in standings]


def _shape(call: Call, standing: Standing, held: int | None = None) -> shapes.Account:
    scale = call.opened.scale(standing.account.asset)
    assert scale is not None, "an account's asset is known"
    return shapes.account(standing, scale, held)


@operation(
    "GET", _ONE, tag="Accounts", summary="Get an account", reply=shapes.Account,
    codes=("not_found",),
)  # fmt: skip
async def get_account(call: Call) -> Reply:
    """Get one account, by id or path."""
    return ok(await call.read(_account, call))


def _account(call: Call) -> shapes.Account:
    return _shapes(call, [standing_of(call, call.path["account"])])[0]


_CHANGE_CODES = ("not_found", "invalid_state")
_CHANGE = {
    "tag": "Accounts", "request": shapes.ReasonRequest, "reply": shapes.Account,
    "scope": Scope.WRITE, "key": KeyRule.OPTIONAL, "example": {"reason": "asked by the customer"},
}  # fmt: skip


@operation("POST", f"{_ONE}/freeze", summary="Freeze an account",
           description="It takes no postings until unfrozen: none at all, or with a `flow` of `in` or"
           " `out`, none that would raise or lower its balance. A freeze over a freeze adds to it.",
           codes=_CHANGE_CODES, **_CHANGE | {"request": shapes.FreezeRequest})  # fmt: skip
async def freeze_account(call: Call) -> Reply:
    """Stop an account from taking postings."""
    return await _change(call, FreezeAccount, call.body.flow)


@operation("POST", f"{_ONE}/unfreeze", summary="Unfreeze an account",
           codes=_CHANGE_CODES, **_CHANGE)  # fmt: skip
async def unfreeze_account(call: Call) -> Reply:
    """Let a frozen account take postings again."""
    return await _change(call, UnfreezeAccount)


@operation("POST", f"{_ONE}/close", summary="Close an account",
           description="It must be empty, and stays closed for ever.",
           codes=(*_CHANGE_CODES, "account_not_empty"), **_CHANGE)  # fmt: skip
async def close_account(call: Call) -> Reply:
    """Close an empty account."""
    return await _change(call, CloseAccount)


async def _change(call: Call, kind: type[ChangeAccount], *how: FreezeFlow) -> Reply:
    # An account that the address names and that is not there is 404 and leaves no trace; if it
    # were left to the rules, the key would be burnt. Accounts never vanish, so this cannot race.
    standing = await call.read(standing_of, call, call.path["account"])
    outcome = await call.submit(kind(standing.account.path, call.body.reason, *how))
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    body = await call.read(_as_of_change, call, standing, outcome.record)
    return written(200, body, outcome.record, replayed=outcome.replayed)


def _as_of_change(call: Call, standing: Standing, record: Record) -> bytes:
    """The account as it stood when its status changed: the same for every replay."""
    assert isinstance(record.event, AccountChanged), "a change is answered by having changed"
    row = last_entry(call, standing.account.number, record.sequence)
    then = Standing(
        standing.account,
        record.event.status,
        0 if row is None else row.entry.version,
        Totals() if row is None else row.entry.after,
    )
    return _encode(_shape(call, then))


OPERATIONS = (
    open_account, list_accounts, get_account, freeze_account, unfreeze_account, close_account,
)  # fmt: skip
