"""Proving: what a ledger can show of its log to whoever asks.

A proof is made of the roots of some subtrees; each is folded from at most 128 hashes that lie side
by side, in the journal (leaves) or in the table of tiles (roots of 256 leaves, of 65,536 …). One
query brings them all, so a proof reads some hundreds of hashes, however long the journal is. Every
proof is checked before it leaves: one that does not hold means that what is stored was changed.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from partita.engine.errors import CorruptJournal, NotFound
from partita.engine.log_ports import LogReader, StoredCheckpoint
from partita.engine.notary import Notary
from partita.engine.ports import LedgerInfo, Reader
from partita.journal.checkpoint import Checkpoint
from partita.journal.merkle import EMPTY_ROOT, HASH_BYTES
from partita.journal.notes import Note
from partita.journal.proofs import (
    Growth,
    Subtree,
    consistency_holds,
    consistency_nodes,
    inclusion_holds,
    inclusion_nodes,
    root_of,
)
from partita.journal.receipts import Proof, Receipt
from partita.journal.record import Record
from partita.journal.tiles import WIDTH, Span, Tile, bundle, fold, span_of, split


class Provable(Reader, LogReader, Protocol):
    """A store whose journal and log can be read."""


class Inclusion(msgspec.Struct, frozen=True):
    """That a record is in the log that a checkpoint names: its leaf, and the path to the root."""

    record: Record
    checkpoint: StoredCheckpoint
    proof: Proof


class Consistency(msgspec.Struct, frozen=True):
    """That the log of one size grew into that of another: sizes, roots, and the path."""

    growth: Growth
    path: tuple[bytes, ...]


class Prover:
    """Makes proofs, receipts and tiles of every ledger of a store."""

    def __init__(self, store: Provable, notary: Notary) -> None:
        """Read this store; promises are signed by the notary."""
        self._store, self.notary = store, notary

    def record(self, ledger: LedgerInfo, reference: str) -> Record:
        """A record by its sequence, or by the id of what it made.

        Raises:
            NotFound: there is none.
        """
        if reference.isascii() and reference.isdigit():
            place = int(reference)
            found = self._store.records(ledger, place - 1, 1) if 0 < place < 2**62 else []
            if found:
                return found[0]
        elif (record := self._store.record_by_id(ledger, reference)) is not None:
            return record
        raise NotFound(f"there is no record {reference[:80]!r} in the ledger {ledger.name!r}")

    def inclusion(self, ledger: LedgerInfo, record: Record) -> Inclusion | None:
        """The proof that a record is in the log; None before a checkpoint covers it.

        Raises:
            CorruptJournal: what is stored does not lead to the root that was signed.
        """
        checkpoint = self._store.covering(ledger, record.sequence)
        if checkpoint is None:
            return None
        index, size = record.sequence - 1, checkpoint.size
        path = self._roots(ledger, inclusion_nodes(index, size))
        if not inclusion_holds(record.leaf, index, size, path, checkpoint.root):
            raise CorruptJournal(
                f"record {record.sequence} of {ledger.name!r} is not what the checkpoint of size"
                f" {size} covers: run `partita verify`"
            )
        note = self.note(ledger, checkpoint)
        return Inclusion(record, checkpoint, Proof(index, tuple(path), note))

    def note(self, ledger: LedgerInfo, checkpoint: StoredCheckpoint) -> Note:
        """A checkpoint with what witnesses have signed of it."""
        return checkpoint.with_cosignatures(self._store.cosignatures(ledger, *checkpoint.place))

    def receipt(self, ledger: LedgerInfo, record: Record) -> Receipt:
        """A customer's proof file of a record: with a proof if one can be made, else a promise."""
        inclusion, promise = self.inclusion(ledger, record), None
        origin = self.notary.seal.origin(ledger)
        if inclusion is None:
            promise = self.notary.promise(ledger, record.sequence, record.leaf).full()
        else:
            origin = Checkpoint.parse(inclusion.proof.checkpoint.text).origin
        return Receipt(
            origin=origin,
            sequence=str(record.sequence),
            leaf=record.leaf.hex(),
            verifier_key=self.verifier_key(ledger, origin),
            record=record.body.decode(),
            proof=None if inclusion is None else inclusion.proof.text(),
            promise=promise,
        )

    def verifier_key(self, ledger: LedgerInfo, origin: str | None = None) -> str:
        """The key that the log signs by, the newest (of an origin); ours if it never signed."""
        keys = [key.verifier_key for key in self._store.log_keys(ledger)]
        named = [key for key in keys if origin is None or key.startswith(f"{origin}+")]
        return (named or [self.notary.seal.verifier_key(ledger).text()])[-1]

    def consistency(self, ledger: LedgerInfo, old: int, new: int) -> Consistency:
        """The proof that the log of one size begins with all of the log of another.

        Raises:
            NotFound: the journal is not that long yet, or the sizes are the wrong way round.
            CorruptJournal: what is stored does not hold together.
        """
        size = self._store.head(ledger).sequence
        if not 0 <= old <= new <= size:
            raise NotFound(f"sizes are 0 <= from <= to <= {size} in the ledger {ledger.name!r}")
        growth = Growth(old, self.root(ledger, old), new, self.root(ledger, new))
        path = tuple(self._roots(ledger, consistency_nodes(old, new)))
        if not consistency_holds(growth, path):
            raise CorruptJournal(f"the log of {ledger.name!r} does not hold together up to {new}")
        return Consistency(growth, path)

    def root(self, ledger: LedgerInfo, size: int) -> bytes:
        """The root of the log at a size, out of stored hashes."""
        if size == 0:
            return EMPTY_ROOT
        return self._roots(ledger, [Subtree(0, size)])[0]

    def tile(self, ledger: LedgerInfo, tile: Tile) -> bytes | None:
        """The content of a tile or bundle; None if the journal has not come so far.

        Raises:
            OversizedEntry: a record is too long for a bundle.
        """
        level, first, width = tile.span
        if first + width > self._store.head(ledger).sequence >> 8 * level:
            return None
        if tile.level is None:
            return bundle([record.body for record in self._store.records(ledger, first, width)])
        return b"".join(self._hashes(ledger, [tile.span])[0])

    def _roots(self, ledger: LedgerInfo, subtrees: Sequence[Subtree]) -> list[bytes]:
        """The roots of subtrees: perfect parts looked up at once, folded, and put together."""
        parts = [subtree.perfect() for subtree in subtrees]
        spans = [span_of(part) for perfect in parts for part in perfect]
        folded = iter([fold(hashes) for hashes in self._hashes(ledger, spans)])
        return [root_of([next(folded) for _ in perfect]) for perfect in parts]

    def _hashes(self, ledger: LedgerInfo, spans: Sequence[Span]) -> list[list[bytes]]:
        found = self._store.hashes(ledger, spans)
        return [
            split(data) if len(data) == span.width * HASH_BYTES else self._from_below(ledger, span)
            for data, span in zip(found, spans, strict=True)
        ]

    def _from_below(self, ledger: LedgerInfo, span: Span) -> list[bytes]:
        """Roots of tiles that nobody has kept yet, out of the level below; it may take its time."""
        if span.level == 0:
            raise CorruptJournal(f"leaves are missing behind {span.first} in {ledger.name!r}")
        numbers = range(span.first, span.first + span.width)
        tiles = [Span(span.level - 1, number * WIDTH, WIDTH) for number in numbers]
        return [fold(self._hashes(ledger, [tile])[0]) for tile in tiles]
