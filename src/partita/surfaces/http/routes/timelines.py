"""Timelines: what happened to a hold or a transaction, and every version of a pending one."""

import msgspec

from partita.engine.ports import LedgerInfo
from partita.journal.record import Record
from partita.kernel.events import entries_in, resource_in
from partita.kernel.holds import Hold
from partita.kernel.pending import Transaction as State
from partita.kernel.posting import Entry, Posting
from partita.surfaces.http.call import Call
from partita.surfaces.http.facts import Facts
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.reply import Reply
from partita.surfaces.http.routes.holds import hold_shapes, kept_hold
from partita.surfaces.http.routes.transactions import birth_of
from partita.surfaces.http.shapes import timeline as shapes
from partita.surfaces.http.shapes.changes import Version, VersionList, version
from partita.surfaces.http.shapes.ledgers import PlainQuery
from partita.surfaces.http.shapes.transactions import Transaction, changed_transaction

_encode = msgspec.json.Encoder().encode
_CODES = ("not_found", "invalid_cursor", "cursor_mismatch")


@operation(
    "GET", "/v1/holds/{id:str}/timeline", tag="Holds", summary="List what happened to a hold",
    description="Oldest first: its placing, every capture with its transaction, its end.",
    query=PlainQuery, reply=shapes.HoldTimeline, codes=_CODES,
)  # fmt: skip
async def list_hold_timeline(call: Call) -> Reply:
    """List the steps of a hold's life."""
    url = f"/v1/holds/{call.path['id']}/timeline"
    return Reply(200, await call.read(_of_hold, call, url, page(url, call.query)))


def _of_hold(call: Call, url: str, wanted: Page) -> bytes:
    records, has_more = wanted.cut(_about(call, kept_hold(call).id, wanted))
    kept = [each for each in map(_resource, records) if isinstance(each, Hold)]
    shown = hold_shapes(call, kept)
    return _encode(
        shapes.HoldTimeline(
            data=[shapes.hold_step(*step) for step in zip(records, shown, strict=True)],
            has_more=has_more,
            next_cursor=wanted.cursor(records[-1].sequence) if has_more else None,
            url=url,
        )
    )


def _about(call: Call, identifier: str, wanted: Page) -> list[Record]:
    info: LedgerInfo = call.info
    return call.desk.store.records_about(info, identifier, wanted.number or 0, wanted.limit + 1)


def _resource(record: Record) -> object:
    return resource_in(record.event)


@operation(
    "GET", "/v1/transactions/{id:str}/timeline", tag="Transactions",
    summary="List what happened to a transaction",
    description="Oldest first: how it came into being, edits, posting, every reversal.",
    query=PlainQuery, reply=shapes.TransactionTimeline, codes=_CODES,
)  # fmt: skip
async def list_transaction_timeline(call: Call) -> Reply:
    """List the steps of a transaction's life."""
    url = f"/v1/transactions/{call.path['id']}/timeline"
    return Reply(200, await call.read(_of_transaction, call, url, page(url, call.query)))


def _of_transaction(call: Call, url: str, wanted: Page) -> bytes:
    birth = birth_of(call, call.path["id"])
    steps = _about(call, birth.event.id, wanted)
    # An ordinary transaction's own record changes nothing that has a life.
    if (wanted.number or 0) < birth.sequence and birth not in steps[:1]:
        steps = [birth, *steps]
    records, has_more = wanted.cut(steps)
    legs: list[Entry | Posting] = []
    for record in records:
        state = resource_in(record.event)
        legs += entries_in(record.event)
        legs += state.legs if isinstance(state, State) else ()
    facts = call.opened.look_up(legs)
    return _encode(
        shapes.TransactionTimeline(
            data=[shapes.transaction_step(r, _after(birth, r, facts)) for r in records],
            has_more=has_more,
            next_cursor=wanted.cursor(records[-1].sequence) if has_more else None,
            url=url,
        )
    )


def _after(birth: Record, step: Record, facts: Facts) -> Transaction:
    """The transaction as a step left it; its first one is its own record."""
    state = resource_in(step.event)
    if step.sequence == birth.sequence or not isinstance(state, State):
        return changed_transaction(birth, facts)
    return changed_transaction(birth, facts, state, step)


@operation(
    "GET", "/v1/transactions/{id:str}/versions", tag="Transactions",
    summary="List a transaction's versions",
    description="As a pending one was made, and as each edit left it; the first one first. A"
    " transaction that never was pending has none.",
    query=PlainQuery, reply=VersionList, codes=_CODES,
)  # fmt: skip
async def list_transaction_versions(call: Call) -> Reply:
    """List the versions of a pending transaction."""
    url = f"/v1/transactions/{call.path['id']}/versions"
    return Reply(200, await call.read(_versions, call, url, page(url, call.query)))


def _versions(call: Call, url: str, wanted: Page) -> bytes:
    birth = birth_of(call, call.path["id"])
    records, has_more = wanted.cut(_about(call, birth.event.id, wanted))
    states = [each for each in map(_resource, records) if isinstance(each, State)]
    scales = call.opened.look_up([leg for state in states for leg in state.legs]).scales
    found: list[Version] = [each for r in records if (each := version(r, scales)) is not None]
    return _encode(
        VersionList(
            data=found,
            has_more=has_more,
            next_cursor=wanted.cursor(records[-1].sequence) if has_more else None,
            url=url,
        )
    )


OPERATIONS = (list_hold_timeline, list_transaction_timeline, list_transaction_versions)
