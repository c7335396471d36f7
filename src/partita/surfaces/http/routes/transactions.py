"""Transactions: post one, post many, get one, list them."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Literal

import msgspec

from partita.engine.access import Scope
from partita.engine.idempotency import OPERATIONS as KEY_OPERATIONS
from partita.engine.listing import TransactionFilter
from partita.engine.outcome import Accepted, BulkDone, Outcome, Refused
from partita.journal.keys import key_digest
from partita.journal.record import Record
from partita.kernel.commands import Bulk, PostTransaction
from partita.kernel.events import entries_in
from partita.kernel.pending import Transaction as State
from partita.kernel.posting import Entry
from partita.surfaces.http.call import Call
from partita.surfaces.http.facts import Facts
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.references import is_transaction_id, standing_of
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Header, Reply, ok, place_of, written
from partita.surfaces.http.shapes import transactions as shapes
from partita.surfaces.http.shapes.fields import moment_or_none

_encode = msgspec.json.Encoder().encode
_URL = "/v1/transactions"
_EXAMPLE = {
    "postings": [
        {"account": "bank:main", "direction": "debit", "amount": "500", "asset": "USD"},
        {"account": "customers:alice", "direction": "credit", "amount": "500", "asset": "USD"},
    ],
    "type": "deposit",
}
POSTING_CODES = (
    "too_few_postings", "too_many_postings", "amount_out_of_range", "unbalanced_transaction",
    "same_account", "external_id_taken", "account_not_found", "asset_mismatch", "account_closed",
    "account_frozen", "insufficient_funds", "limit_exceeded", "invalid_amount",
    "invalid_timestamp", "invalid_metadata", "asset_scale_mismatch", "version_conflict",
    "balance_condition_failed", "velocity_exceeded", "period_closed",
)  # fmt: skip


@operation(
    "POST", _URL, tag="Transactions", summary="Post a transaction", status=201,
    description="Records 2 to 1,000 postings at once, or nothing. Durable when answered. With"
    " `status` `pending` it sets money aside on both sides, to be posted or archived later."
    " `if_version` and `if_balance` of a posting are judged in the commit.",
    request=shapes.TransactionRequest, reply=shapes.Transaction, example=_EXAMPLE,
    scope=Scope.WRITE, key=KeyRule.REQUIRED, codes=POSTING_CODES,
)  # fmt: skip
async def post_transaction(call: Call) -> Reply:
    """Post one transaction."""
    scales = await call.know_scales(call.body.postings)
    return await posted(call, await call.submit(shapes.command(call.body, scales)))


async def posted(call: Call, outcome: Outcome) -> Reply:
    """The answer to a wish to post: the transaction, or the refusal raised."""
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    record = outcome.record
    body = _encode(shapes.transaction(record, await call.facts(entries_in(record.event))))
    location = f"{_URL}/{record.event.id}"
    return written(201, body, record, replayed=outcome.replayed, location=location)


@operation(
    "POST", f"{_URL}/batch", tag="Transactions", summary="Post up to 1,000 transactions",
    description="`atomic`: all are recorded, or none is and the answer is the first one's problem."
    " `independent`: each stands for itself and has a result of its own. One Idempotency-Key"
    " covers the whole batch.",
    request=shapes.BatchRequest, reply=shapes.Batch,
    example={"mode": "atomic", "transactions": [_EXAMPLE]},
    scope=Scope.WRITE, key=KeyRule.REQUIRED, codes=POSTING_CODES,
)  # fmt: skip
async def post_batch(call: Call) -> Reply:
    """Post many transactions under one key."""
    request: shapes.BatchRequest = call.body
    legs = chain.from_iterable(item.postings for item in request.transactions)
    scales = await call.know_scales(legs)
    wanted = tuple(
        shapes.command(item, scales, f"/transactions/{n}")
        for n, item in enumerate(request.transactions)
    )
    outcome = await call.submit(Bulk(wanted, request.mode == "atomic"))
    if isinstance(outcome, Refused):
        prefix = "" if outcome.index is None else f"/transactions/{outcome.index}"
        raise of_rejection(outcome.rejection, replayed=outcome.replayed, prefix=prefix)
    assert isinstance(outcome, BulkDone), "a bulk is answered as a bulk"
    return await _batch_reply(call, outcome, request.mode)


async def _batch_reply(
    call: Call, outcome: BulkDone, mode: Literal["atomic", "independent"]
) -> Reply:
    records = [r.record for r in outcome.results if isinstance(r, Accepted)]
    facts = await call.facts(tuple(_entries(records)))
    results = [_item(result, n, call, facts) for n, result in enumerate(outcome.results)]
    headers: list[Header] = []
    if records:
        headers += place_of(records[-1])
    if outcome.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    return Reply(200, _encode(shapes.Batch("batch", mode, results)), tuple(headers))


def _item(result: Outcome, n: int, call: Call, facts: Facts) -> shapes.Item:
    if isinstance(result, Accepted):
        return shapes.Item(
            201, shapes.transaction(result.record, facts), leaf=result.record.leaf.hex()
        )
    assert isinstance(result, Refused), "each command of a bulk is accepted or refused"
    refusal = of_rejection(result.rejection, prefix=f"/transactions/{n}")
    problem = refusal.body(call.request_id, f"{_URL}/batch")
    return shapes.Item(refusal.kind.status, problem=problem)


@operation(
    "GET", f"{_URL}/{{id:str}}", tag="Transactions", summary="Get a transaction",
    reply=shapes.Transaction, codes=("not_found",),
)  # fmt: skip
async def get_transaction(call: Call) -> Reply:
    """Get one transaction by its id."""
    shown = await call.read(_transaction, call)
    return ok(shown)._replace(headers=((b"etag", b'"%d"' % shown.version),))


def _transaction(call: Call) -> shapes.Transaction:
    (shown,) = as_they_are(call, (birth_of(call, call.path["id"]),))
    return shown


def birth_of(call: Call, identifier: str) -> Record:
    """The record by which a transaction came into being; asks the store.

    Raises:
        Refusal: 404, there is none.
    """
    record = None
    if is_transaction_id(identifier):
        record = call.desk.store.record_by_id(call.info, identifier)
    if record is None:
        raise call.no_such("transaction", identifier[:255])
    return record


def as_they_are(call: Call, records: Sequence[Record]) -> list[shapes.Transaction]:
    """Transactions as they are now, by the records that brought them into being; asks the store."""
    ids = [record.event.id for record in records]
    found = call.desk.store.resources_by_id(call.info, ids)
    states = {each.id: each for each in found if isinstance(each, State)}
    legs = chain.from_iterable(state.legs for state in states.values())
    facts = call.opened.look_up((*_entries(records), *legs))
    return [shapes.transaction(r, facts, states.get(r.event.id)) for r in records]


@operation(
    "GET", _URL, tag="Transactions", summary="List transactions",
    description="Newest first. `effective[…]` needs `account`.",
    query=shapes.TransactionQuery, reply=shapes.TransactionList,
    codes=("invalid_timestamp", "invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_transactions(call: Call) -> Reply:
    """List transactions by filters."""
    wanted = page(_URL, call.query)
    which = _filter(call.query)
    return Reply(200, await call.read(_list, call, which, wanted))


def _filter(query: shapes.TransactionQuery) -> TransactionFilter:
    which = TransactionFilter(
        external_id=query.external_id,
        recorded_from=moment_or_none(query.created_from),
        recorded_to=moment_or_none(query.created_to),
        effective_from=moment_or_none(query.effective_from),
        effective_to=moment_or_none(query.effective_to),
    )
    # Asked for by name: the first moment of 1970 is a moment too, and false.
    is_by_effective = which.effective_from is not None or which.effective_to is not None
    if query.account is None and is_by_effective:
        raise Refusal(
            "invalid_request",
            "effective[gte] and effective[lt] need account: only a register is kept in that order.",
        )
    if query.idempotency_key is not None:
        digest = key_digest(KEY_OPERATIONS[PostTransaction], query.idempotency_key)
        which = msgspec.structs.replace(which, key=digest)
    return which


def _list(call: Call, which: TransactionFilter, wanted: Page) -> bytes:
    query: shapes.TransactionQuery = call.query
    if query.account is not None:
        number = standing_of(call, query.account).account.number
        which = msgspec.structs.replace(which, account=number)
    found = call.desk.store.transactions(call.info, which, wanted.number, wanted.limit + 1)
    records, has_more = wanted.cut(found)
    return _encode(
        shapes.TransactionList(
            data=as_they_are(call, records),
            has_more=has_more,
            next_cursor=wanted.cursor(records[-1].sequence) if has_more else None,
            url=_URL,
        )
    )


def _entries(records: Iterable[Record]) -> Iterable[Entry]:
    for record in records:
        yield from entries_in(record.event)


OPERATIONS = (post_transaction, post_batch, list_transactions, get_transaction)
