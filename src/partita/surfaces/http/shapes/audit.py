"""Shapes of what proves the journal: checkpoints, inclusion and consistency proofs, receipts."""

from typing import Literal

import msgspec

from partita.engine.log_ports import StoredCheckpoint
from partita.engine.proving import Consistency, Inclusion
from partita.journal.checkpoint import Checkpoint as SignedHead
from partita.journal.notes import Note
from partita.surfaces.http.shapes.fields import ListShape, QueryShape, Timestamp


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A signed head. `note` is C2SP's signed note, with the lines that witnesses added."""

    object: Literal["checkpoint"] = "checkpoint"
    origin: str
    size: str
    root: str
    note: str
    created_at: Timestamp


class CheckpointList(ListShape, frozen=True, kw_only=True):
    """A page of checkpoints, newest first."""

    data: list[Checkpoint]


class InclusionProof(msgspec.Struct, frozen=True, kw_only=True):
    """That a record is in the log. Hashes in hexadecimal; `index` counts from 0.

    `proof` is the same as C2SP's tlog-proof, to be kept as a file.
    """

    object: Literal["inclusion_proof"] = "inclusion_proof"
    sequence: str
    index: str
    leaf: str
    path: list[str]
    checkpoint: Checkpoint
    proof: str


class ConsistencyProof(msgspec.Struct, frozen=True, kw_only=True):
    """That the log of one size grew into that of another, nothing rewritten. Hashes as above."""

    object: Literal["consistency_proof"] = "consistency_proof"
    from_size: str
    from_root: str
    to_size: str
    to_root: str
    path: list[str]


class InclusionQuery(QueryShape, frozen=True, kw_only=True):
    """Of which record: one of the two."""

    sequence: str | None = None
    id: str | None = None


class ConsistencyQuery(QueryShape, frozen=True, kw_only=True):
    """Two sizes of the log, the older first."""

    from_size: str | None = msgspec.field(default=None, name="from")
    to_size: str | None = msgspec.field(default=None, name="to")


class CheckpointQuery(QueryShape, frozen=True, kw_only=True):
    """A page."""

    limit: str | None = None
    cursor: str | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's proof file: the record's very text, and a proof, or a promise of one.

    `proof` is C2SP's tlog-proof once a checkpoint covers the record; before that it is null and
    `promise` is a note that the log signed. `spec/proofs.md` defines both.
    """

    object: Literal["receipt"] = "receipt"
    format: str
    origin: str
    sequence: str
    leaf: str
    verifier_key: str
    record: str
    proof: str | None
    promise: str | None


def checkpoint(stored: StoredCheckpoint, note: Note) -> Checkpoint:
    """The reply that a checkpoint is."""
    return Checkpoint(
        origin=SignedHead.parse(note.text).origin,
        size=str(stored.size),
        root=stored.root.hex(),
        note=note.full(),
        created_at=stored.created_at.text(),
    )


def inclusion_proof(inclusion: Inclusion) -> InclusionProof:
    """The reply that a proof of inclusion is."""
    proof = inclusion.proof
    return InclusionProof(
        sequence=str(inclusion.record.sequence),
        index=str(proof.index),
        leaf=inclusion.record.leaf.hex(),
        path=[node.hex() for node in proof.path],
        checkpoint=checkpoint(inclusion.checkpoint, proof.checkpoint),
        proof=proof.text(),
    )


def consistency_proof(consistency: Consistency) -> ConsistencyProof:
    """The reply that a proof of consistency is."""
    growth = consistency.growth
    return ConsistencyProof(
        from_size=str(growth.old_size),
        from_root=growth.old_root.hex(),
        to_size=str(growth.new_size),
        to_root=growth.new_root.hex(),
        path=[node.hex() for node in consistency.path],
    )
