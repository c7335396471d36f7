"""Proofs: checkpoints, inclusion, consistency, and the receipts that customers keep."""

import msgspec

from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import Page, page, whole_number
from partita.surfaces.http.references import is_transaction_id
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import audit as shapes

_URL = "/v1/audit/checkpoints"
_NOT_YET = "No checkpoint covers it yet; one will within a second of its commit."
_encode = msgspec.json.Encoder().encode


@operation(
    "GET", _URL, tag="Proofs", summary="List checkpoints",
    description="Signed heads of the log, newest first.",
    query=shapes.CheckpointQuery, reply=shapes.CheckpointList,
    codes=("invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_checkpoints(call: Call) -> Reply:
    """List what the log has signed."""
    return ok(await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, wanted: Page) -> shapes.CheckpointList:
    found = call.desk.store.checkpoints(call.info, wanted.number, wanted.limit + 1)
    kept, has_more = wanted.cut(found)
    prover = call.desk.application.prover
    return shapes.CheckpointList(
        data=[shapes.checkpoint(each, prover.note(call.info, each)) for each in kept],
        has_more=has_more,
        next_cursor=wanted.cursor(kept[-1].size) if has_more else None,
        url=_URL,
    )


@operation(
    "GET", f"{_URL}/latest", tag="Proofs", summary="Get the latest checkpoint",
    description="With what witnesses have signed of it.",
    reply=shapes.Checkpoint, codes=("not_found",),
)  # fmt: skip
async def get_latest_checkpoint(call: Call) -> Reply:
    """Get the newest signed head."""
    return ok(await call.read(_latest, call))


def _latest(call: Call) -> shapes.Checkpoint:
    found = call.desk.store.checkpoints(call.info, None, 1)
    if not found:
        raise Refusal("not_found", f"The log of {call.info.name!r} has no checkpoint yet.")
    return shapes.checkpoint(found[0], call.desk.application.prover.note(call.info, found[0]))


@operation(
    "GET", "/v1/audit/proofs/inclusion", tag="Proofs", summary="Prove that a record is in the log",
    description="By `sequence` or by `id`. The proof leads from the record's leaf to the root of a"
    " checkpoint: of the first that a witness signed, else of the first that covers the record.",
    query=shapes.InclusionQuery, reply=shapes.InclusionProof, codes=("not_found",),
)  # fmt: skip
async def prove_inclusion(call: Call) -> Reply:
    """Prove that one record is in the log."""
    query: shapes.InclusionQuery = call.query
    if (query.sequence is None) == (query.id is None):
        raise Refusal("invalid_request", "Give either sequence or id.")
    if query.sequence is not None:
        whole_number(query.sequence, "sequence")
    return ok(await call.read(_inclusion, call, query.sequence or query.id))


def _inclusion(call: Call, reference: str) -> shapes.InclusionProof:
    prover = call.desk.application.prover
    inclusion = prover.inclusion(call.info, prover.record(call.info, reference))
    if inclusion is None:
        raise Refusal("not_found", _NOT_YET)
    return shapes.inclusion_proof(inclusion)


@operation(
    "GET", "/v1/audit/proofs/consistency", tag="Proofs",
    summary="Prove that the log only grew",
    description="Between two sizes, such as those of two checkpoints: the older one's records are"
    " the first ones of the newer, unchanged.",
    query=shapes.ConsistencyQuery, reply=shapes.ConsistencyProof, codes=("not_found",),
)  # fmt: skip
async def prove_consistency(call: Call) -> Reply:
    """Prove that the log of one size grew into that of another."""
    query: shapes.ConsistencyQuery = call.query
    if query.from_size is None or query.to_size is None:
        raise Refusal("invalid_request", "Give both from and to.")
    old, new = whole_number(query.from_size, "from"), whole_number(query.to_size, "to")
    return ok(await call.read(_consistency, call, old, new))


def _consistency(call: Call, old: int, new: int) -> shapes.ConsistencyProof:
    found = call.desk.application.prover.consistency(call.info, old, new)
    return shapes.consistency_proof(found)


@operation(
    "GET", "/v1/transactions/{id:str}/receipt", tag="Proofs", summary="Get a transaction's receipt",
    description="The customer's proof file. It can be checked offline, without this server.",
    reply=shapes.Receipt, codes=("not_found", "signer_unavailable"),
)  # fmt: skip
async def get_transaction_receipt(call: Call) -> Reply:
    """Get the proof file of one transaction."""
    identifier = call.path["id"]
    if not is_transaction_id(identifier):
        raise call.no_such("transaction", identifier[:255])
    return Reply(200, await call.read(_receipt, call, identifier))


@operation(
    "GET", "/v1/audit/receipts/{reference:str}", tag="Proofs", summary="Get a record's receipt",
    description="The same for any record: by its sequence, or the id of what it made.",
    reply=shapes.Receipt, codes=("not_found", "signer_unavailable"),
)  # fmt: skip
async def get_receipt(call: Call) -> Reply:
    """Get the proof file of any record."""
    return Reply(200, await call.read(_receipt, call, call.path["reference"]))


def _receipt(call: Call, reference: str) -> bytes:
    prover = call.desk.application.prover
    return _encode(prover.receipt(call.info, prover.record(call.info, reference)))


OPERATIONS = (
    list_checkpoints, get_latest_checkpoint, prove_inclusion, prove_consistency,
    get_transaction_receipt, get_receipt,
)  # fmt: skip
