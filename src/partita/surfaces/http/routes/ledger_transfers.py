"""Transfers between two ledgers: both journals take it in by one commit, or neither does."""

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Refused
from partita.kernel.events import resource_in
from partita.kernel.matters import Matter
from partita.modules.ledger_transfers.sending import Asker
from partita.modules.ledger_transfers.transfer import PREFIX, read
from partita.surfaces.http.authentication import ALL_LEDGERS
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.references import is_matter_id
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import ledger_transfers as shapes

_encode = msgspec.json.Encoder().encode
_URL = "/v1/ledger_transfers"
_TAG = "Ledgers"


@operation(
    "POST", _URL, tag=_TAG, summary="Transfer to another ledger", status=201,
    description="From a wallet or account of this ledger to one of another ledger here."
    " Both ledgers record it in one commit, each against its account `interledger:…` of the other;"
    " what one refuses, neither records. Needs a key for all ledgers (`*`).",
    request=shapes.LedgerTransferRequest, reply=shapes.LedgerTransfer,
    scope=Scope.WRITE, key=KeyRule.REQUIRED,
    codes=("invalid_amount", "invalid_metadata", "amount_out_of_range", "same_account",
           "asset_not_found", "external_id_taken", "account_not_found", "asset_mismatch",
           "account_closed", "account_frozen", "insufficient_funds", "limit_exceeded",
           "velocity_exceeded", "not_found", "wallet_not_found", "wallet_closed",
           "asset_not_in_wallet"),
    example={"destination_ledger": "travel", "source": "customers:alice",
             "destination": "customers:alice", "amount": "500", "asset": "USD"},
)  # fmt: skip
async def transfer_to_ledger(call: Call) -> Reply:
    """Move money into another ledger."""
    order = shapes.order(call.body, call.info.name)
    actor = call.api_key
    if actor is None or actor.ledger != ALL_LEDGERS:
        detail = "A transfer between two ledgers needs a key for all ledgers (`*`)."
        raise Refusal("permission_denied", detail)
    if order.destination_ledger == order.source_ledger:
        detail = "Both sides are one ledger: post a transaction instead."
        raise Refusal("invalid_request", detail, pointer="/destination_ledger")
    asker = Asker(call.key, actor.id, call.request_id, call.is_dry)
    sent, _received = await call.read(call.desk.application.ledger_transfers.send, order, asker)
    call.outcome = sent
    if isinstance(sent, Refused):
        raise of_rejection(sent.rejection, replayed=sent.replayed)
    assert isinstance(sent, Accepted), "a single command has a single answer"
    kept = resource_in(sent.record.event)
    assert isinstance(kept, Matter), "a transfer is answered by its matter"
    body = _encode(shapes.ledger_transfer(read(kept)))
    location = f"{_URL}/{kept.id}"
    return written(201, body, sent.record, replayed=sent.replayed, location=location)


@operation(
    "GET", _URL, tag=_TAG, summary="List transfers between ledgers",
    description="Those from and to this ledger, newest first.",
    query=shapes.LedgerTransferQuery, reply=shapes.LedgerTransferList,
    codes=("invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_ledger_transfers(call: Call) -> Reply:
    """List transfers from and to this ledger."""
    return ok(await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, wanted: Page) -> shapes.LedgerTransferList:
    found = call.desk.application.ledger_transfers.newest(
        call.info, wanted.number, wanted.limit + 1
    )
    kept, has_more = wanted.cut(found)
    return shapes.LedgerTransferList(
        data=[shapes.ledger_transfer(each) for each in kept],
        has_more=has_more,
        next_cursor=wanted.cursor(kept[-1].sequence) if has_more else None,
        url=_URL,
    )


@operation(
    "GET", f"{_URL}/{{id:str}}", tag=_TAG, summary="Get a transfer between ledgers",
    description="As this ledger keeps it; the other one keeps it under the same id.",
    reply=shapes.LedgerTransfer, codes=("not_found",),
)  # fmt: skip
async def get_ledger_transfer(call: Call) -> Reply:
    """Get one transfer by its id, from either side."""
    identifier = call.path["id"]
    if not is_matter_id(identifier, PREFIX):
        raise call.no_such("ledger transfer", identifier[:255])
    transfers = call.desk.application.ledger_transfers
    return ok(shapes.ledger_transfer(await call.read(transfers.get, call.info, identifier)))


OPERATIONS = (transfer_to_ledger, list_ledger_transfers, get_ledger_transfer)
