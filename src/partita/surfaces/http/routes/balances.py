"""Balances and entries of an account. A balance is the last entry that counts, and nothing else."""

import msgspec

from partita.engine.ports import EntryRow
from partita.kernel.account import Totals
from partita.kernel.book import Standing
from partita.kernel.moment import Moment
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import Page, page, whole_number
from partita.surfaces.http.references import last_entry, standing_of
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import balances as shapes
from partita.surfaces.http.shapes import entries as entry_shapes
from partita.surfaces.http.shapes.fields import moment_or_none
from partita.surfaces.http.shapes.ledgers import PlainQuery

_encode = msgspec.json.Encoder().encode
_ONE = "/v1/accounts/{account:str}"


@operation(
    "GET",
    f"{_ONE}/balances",
    tag="Accounts",
    summary="Get an account's balance",
    description="Now, or as of a recorded moment (inclusive) or a sequence of the journal;"
    " with `basis=effective`, over all entries effective by `as_of`, as known now.",
    query=shapes.BalancesQuery,
    reply=shapes.Balances,
    codes=("not_found", "invalid_timestamp"),
)
async def get_balances(call: Call) -> Reply:
    """Get what an account holds, or held."""
    query: shapes.BalancesQuery = call.query
    moment, sequence = moment_or_none(query.as_of), None
    if query.as_of_sequence is not None:
        sequence = whole_number(query.as_of_sequence, "as_of_sequence")
        if moment is not None or query.basis == "effective":
            raise Refusal(
                "invalid_request",
                "as_of_sequence is a question of recorded time: it goes without as_of and without"
                " basis=effective.",
            )
    if query.basis == "effective":
        return ok(await call.read(_effective, call, moment or call.desk.clock.now()))
    return ok(await call.read(_recorded, call, moment, sequence))


def _recorded(call: Call, moment: Moment | None, sequence: int | None) -> shapes.Balances:
    store, info = call.desk.store, call.info
    standing = standing_of(call, call.path["account"])
    account = standing.account
    if sequence is not None and sequence > (end := store.head(info).sequence):
        raise Refusal("invalid_request", f"The journal ends at sequence {end}, not yet {sequence}.")
    if moment is not None:
        sequence = store.sequence_at(info, moment)
    row = last_entry(call, account.number, sequence)
    as_of = shapes.AsOf("recorded", moment, 0, account.number)
    if row is not None:
        as_of = shapes.AsOf("recorded", moment, row.entry.version, row.sequence)
    totals = Totals() if row is None else row.entry.after
    return shapes.balances(account, totals, _scale(call, standing), as_of)


def _effective(call: Call, moment: Moment) -> shapes.Balances:
    store, info = call.desk.store, call.info
    standing = standing_of(call, call.path["account"])
    # The head first: what is recorded in between may be in the totals, but nothing is left out.
    as_of = shapes.AsOf("effective", moment, None, store.head(info).sequence)
    totals = store.totals_effective(info, standing.account.number, moment)
    return shapes.balances(standing.account, totals, _scale(call, standing), as_of)


def _scale(call: Call, standing: Standing) -> int:
    scale = call.opened.scale(standing.account.asset)
    assert scale is not None, "an account's asset is known"
    return scale


@operation(
    "GET",
    f"{_ONE}/entries",
    tag="Accounts",
    summary="List an account's entries",
    description="Its register, newest first, each entry with the balance after it.",
    query=PlainQuery,
    reply=entry_shapes.EntryList,
    codes=("not_found", "invalid_cursor", "cursor_mismatch"),
)
async def list_entries(call: Call) -> Reply:
    """List an account's entries."""
    url = f"/v1/accounts/{call.path['account']}/entries"
    return Reply(200, await call.read(_entries, call, url, page(url, call.query)))


def _entries(call: Call, url: str, wanted: Page) -> bytes:
    standing = standing_of(call, call.path["account"])
    account, scale = standing.account, _scale(call, standing)
    found: list[EntryRow] = call.desk.store.entries(
        call.info, account.number, wanted.number, wanted.limit + 1
    )
    rows, has_more = wanted.cut(found)
    return _encode(
        entry_shapes.EntryList(
            data=[entry_shapes.entry(row, account.normal_side, scale) for row in rows],
            has_more=has_more,
            next_cursor=wanted.cursor(rows[-1].entry.version) if has_more else None,
            url=url,
        )
    )


OPERATIONS = (get_balances, list_entries)
