"""What may be done to a transaction: post a pending one, edit it, give it up; reverse a posted one."""

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Refused
from partita.engine.ports import Wants
from partita.journal.record import Record
from partita.kernel.commands import ChangeTransaction
from partita.kernel.events import entries_in, resource_in
from partita.kernel.pending import Transaction as State
from partita.kernel.rejections import Code
from partita.surfaces.http.call import Call
from partita.surfaces.http.if_match import version_seen
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.references import is_transaction_id
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Reply, written
from partita.surfaces.http.routes.transactions import POSTING_CODES, birth_of
from partita.surfaces.http.shapes import changes as shapes
from partita.surfaces.http.shapes.transactions import Transaction, changed_transaction, transaction

_encode = msgspec.json.Encoder().encode
_ONE = "/v1/transactions/{id:str}"
_CODES = ("transaction_not_found", "invalid_state")
_WRITES = {"tag": "Transactions", "scope": Scope.WRITE, "key": KeyRule.REQUIRED}
_FUNDS_CODES = (
    "account_closed", "account_frozen", "insufficient_funds", "limit_exceeded",
    "amount_out_of_range", "velocity_exceeded", "period_closed",
)  # fmt: skip


@operation(
    "POST", f"{_ONE}/post", summary="Post a pending transaction",
    description="As it stands. What it had set aside is spent.",
    request=shapes.PostRequest, reply=Transaction,
    codes=(*_CODES, *_FUNDS_CODES, "version_conflict"), example={"if_version": 1}, **_WRITES,
)  # fmt: skip
async def post_pending_transaction(call: Call) -> Reply:
    """Post a pending transaction."""
    return await _changed(call, shapes.settle(_id(call), call.body))


@operation(
    "PATCH", _ONE, summary="Edit a pending transaction",
    description="Needs `If-Match` with the `version` that you saw. Every version is kept.",
    request=shapes.EditRequest, reply=Transaction,
    codes=(*_CODES, *POSTING_CODES, "precondition_required"),
    example={"metadata": {"invoice": "2026-118"}}, **_WRITES,
)  # fmt: skip
async def edit_transaction(call: Call) -> Reply:
    """Change a pending transaction."""
    identifier, version = _id(call), version_seen(call)
    scales = await call.know_scales(call.body.postings or ())
    return await _changed(call, shapes.edit(identifier, call.body, version, scales))


@operation(
    "POST", f"{_ONE}/archive", summary="Archive a pending transaction",
    description="Gives it up: what it had set aside is free again.",
    request=shapes.ArchiveRequest, reply=Transaction, codes=_CODES,
    example={"reason": "invoice withdrawn"}, **_WRITES,
)  # fmt: skip
async def archive_transaction(call: Call) -> Reply:
    """Give a pending transaction up."""
    return await _changed(call, shapes.archive(_id(call), call.body))


@operation(
    "POST", f"{_ONE}/reverse", summary="Reverse a transaction", status=201,
    description="Takes a posted transaction back, all that is left of it or a part, by another"
    " transaction. Never more than was posted.",
    request=shapes.ReversalRequest, reply=Transaction,
    codes=(*_CODES, *_FUNDS_CODES, "already_reversed", "reversal_exceeds_transaction",
           "too_few_postings", "unbalanced_transaction", "same_account", "external_id_taken",
           "invalid_amount", "invalid_timestamp", "invalid_metadata"),
    example={"amount": "200", "reason": "returned goods"}, **_WRITES,
)  # fmt: skip
async def reverse_transaction(call: Call) -> Reply:
    """Take a transaction back."""
    request: shapes.ReversalRequest = call.body
    command = shapes.reverse(_id(call), request)
    if request.amount is not None:
        await call.read(_check_has_two_legs, call)
    outcome = await _submit(call, command)
    record = outcome.record
    shown = transaction(record, await call.facts(entries_in(record.event)))
    location = f"/v1/transactions/{shown.id}"
    replayed = outcome.replayed
    return written(201, _encode(shown), record, replayed=replayed, location=location)


def _check_has_two_legs(call: Call) -> None:
    identifier = call.path["id"]
    loaded = call.desk.store.load(call.info, Wants(resources=[identifier]))
    state = next((each for each in loaded.resources if each.id == identifier), None)
    if not isinstance(state, State):
        raise call.no_such("transaction", identifier)
    if len(state.legs) != 2:
        detail = f"It has {len(state.legs)} postings: say in `postings` how much of which."
        raise Refusal("invalid_request", detail, pointer="/amount")


def _id(call: Call) -> str:
    """The id in the address.

    Raises:
        Refusal: 404, it is none, so there is nothing that the rules could be asked about.
    """
    identifier = call.path["id"]
    if not is_transaction_id(identifier):
        raise call.no_such("transaction", identifier[:255])
    return identifier


async def _submit(call: Call, command: ChangeTransaction) -> Accepted:
    outcome = await call.submit(command)
    if isinstance(outcome, Refused):
        refusal = of_rejection(outcome.rejection, replayed=outcome.replayed)
        refusal.pointer = _pointer(call, outcome.rejection.code, refusal.pointer)
        raise refusal
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    return outcome


def _pointer(call: Call, code: Code, pointer: str | None) -> str | None:
    """Where the body is guilty: legs that it does not name are those of the transaction itself."""
    if pointer is None or not pointer.startswith("/postings"):
        return pointer if pointer != "/if_version" or hasattr(call.body, "if_version") else None
    if getattr(call.body, "postings", None) is None:
        return "/amount" if getattr(call.body, "amount", None) is not None else None
    is_reversal = isinstance(call.body, shapes.ReversalRequest)
    return None if is_reversal and code is not Code.REVERSAL_EXCEEDS_TRANSACTION else pointer


async def _changed(call: Call, command: ChangeTransaction) -> Reply:
    outcome = await _submit(call, command)
    shown = await call.read(as_step_left_it, call, outcome.record)
    reply = written(200, _encode(shown), outcome.record, replayed=outcome.replayed)
    return reply._replace(headers=(*reply.headers, etag(shown)))


def as_step_left_it(call: Call, step: Record) -> Transaction:
    """A transaction as one step of its life left it: the same for every replay; asks the store."""
    state = resource_in(step.event)
    assert isinstance(state, State), "what happens to a transaction leaves a transaction"
    birth = birth_of(call, state.id)
    facts = call.opened.look_up((*state.legs, *entries_in(step.event)))
    return changed_transaction(birth, facts, state, step)


def etag(shown: Transaction) -> tuple[bytes, bytes]:
    """The header that names a version."""
    return b"etag", b'"%d"' % shown.version


OPERATIONS = (post_pending_transaction, edit_transaction, archive_transaction, reverse_transaction)
