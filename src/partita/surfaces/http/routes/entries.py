"""Entries of an account: its register, each entry with the balance after it."""

import msgspec

from partita.engine.listing import EntryRow
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.references import standing_of
from partita.surfaces.http.reply import Reply
from partita.surfaces.http.shapes import entries as shapes
from partita.surfaces.http.shapes.ledgers import PlainQuery

_encode = msgspec.json.Encoder().encode
_ONE = "/v1/accounts/{account:str}"


@operation(
    "GET",
    f"{_ONE}/entries",
    tag="Accounts",
    summary="List an account's entries",
    description="Its register, newest first, each entry with the balance after it.",
    query=PlainQuery,
    reply=shapes.EntryList,
    codes=("not_found", "invalid_cursor", "cursor_mismatch"),
)
async def list_entries(call: Call) -> Reply:
    """List an account's entries."""
    url = f"/v1/accounts/{call.path['account']}/entries"
    return Reply(200, await call.read(_entries, call, url, page(url, call.query)))


def _entries(call: Call, url: str, wanted: Page) -> bytes:
    standing = standing_of(call, call.path["account"])
    account = standing.account
    scale = call.opened.scale(account.asset)
    assert scale is not None, "an account's asset is known"
    found: list[EntryRow] = call.desk.store.entries(
        call.info, account.number, wanted.number, wanted.limit + 1
    )
    rows, has_more = wanted.cut(found)
    return _encode(
        shapes.EntryList(
            data=[shapes.entry(row, account.normal_side, scale) for row in rows],
            has_more=has_more,
            next_cursor=wanted.cursor(rows[-1].entry.version) if has_more else None,
            url=url,
        )
    )


OPERATIONS = (list_entries,)
