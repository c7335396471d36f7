"""The journal: records as they are stored and hashed, so that anybody can check them."""

import msgspec

from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import Page, page, whole_number
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import ledgers as shapes

_encode = msgspec.json.Encoder().encode
_URL = "/v1/journal"


@operation(
    "GET",
    _URL,
    tag="Journal",
    summary="Read the journal",
    description="Oldest first. To follow it, ask again with `after` the last sequence you have.",
    query=shapes.JournalQuery,
    reply=shapes.JournalPage,
    codes=("invalid_cursor", "cursor_mismatch"),
)
async def read_journal(call: Call) -> Reply:
    """Read records in their order."""
    query: shapes.JournalQuery = call.query
    wanted = page(_URL, query)
    after = wanted.number
    if after is None:
        after = 0 if query.after is None else whole_number(query.after, "after")
    return Reply(200, await call.read(_read, call, after, wanted))


def _read(call: Call, after: int, wanted: Page) -> bytes:
    found = call.desk.store.records(call.info, after, wanted.limit + 1)
    records, has_more = wanted.cut(found)
    return _encode(
        shapes.JournalPage(
            data=[shapes.journal_record(record) for record in records],
            has_more=has_more,
            next_cursor=wanted.cursor(records[-1].sequence) if has_more else None,
            url=_URL,
        )
    )


@operation(
    "GET",
    f"{_URL}/head",
    tag="Journal",
    summary="Get the journal's head",
    description="The number of records and the Merkle root over all of them.",
    reply=shapes.JournalHead,
)
async def get_journal_head(call: Call) -> Reply:
    """Get where the journal stands."""
    head = await call.read(call.desk.store.head, call.info)
    return ok(shapes.journal_head(call.info.name, head))


OPERATIONS = (read_journal, get_journal_head)
