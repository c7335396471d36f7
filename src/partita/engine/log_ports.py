"""Ports of the log's proofs: who signs, and where checkpoints, cosignatures and tiles are kept.

As those of `ports.py`: synchronous, and safe to call from several threads.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from partita.engine.ports import LedgerInfo
from partita.journal.notes import Note, Signature
from partita.journal.record import Head
from partita.journal.tiles import Span, TileRoot
from partita.kernel.moment import Moment


class Signer(Protocol):
    """Holds a log's private key and never shows it: a file, or some day a KMS or an HSM."""

    @property
    def public(self) -> bytes:
        """The Ed25519 public key, 32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature over a message, 64 bytes.

        Raises:
            SignerUnavailable: the key cannot be reached now.
        """
        ...


class StoredCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint as kept: `note` is the whole note that the log signed, without cosignatures.

    `answers` counts the stored answers that it covers, and `frontier` is that of their log.
    """

    size: int
    root: bytes
    note: str
    created_at: Moment
    answers: int = 0
    frontier: bytes = b""

    @property
    def place(self) -> tuple[int, int]:
        """What names it: its size and its count of answers; both only grow."""
        return self.size, self.answers

    def with_cosignatures(self, cosignatures: Sequence["Cosignature"]) -> Note:
        """The note as it is served: the log's signature, and under it those of witnesses."""
        note = Note.parse(self.note)
        lines = tuple(cosignature.signature for cosignature in cosignatures)
        return Note(note.text, note.signatures + lines)


class Cosignature(msgspec.Struct, frozen=True):
    """A witness's line under a checkpoint of a size, and when it came here."""

    size: int
    signature: Signature
    received_at: Moment
    answers: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """What names its checkpoint."""
        return self.size, self.answers


class LogKey(NamedTuple):
    """A key under which the log of a ledger signs, as a verifier key; the first has place 1."""

    place: int
    verifier_key: str
    since: Moment


class LogReader(Protocol):
    """The read side."""

    def head(self, ledger: LedgerInfo) -> Head:
        """Where the journal stands."""
        ...

    def checkpoints(
        self, ledger: LedgerInfo, before: int | None, limit: int
    ) -> list[StoredCheckpoint]:
        """Checkpoints, newest first, of a size below `before`; of each size the newest."""
        ...

    def covering(self, ledger: LedgerInfo, sequence: int) -> StoredCheckpoint | None:
        """The checkpoint that proves a record best: the smallest cosigned one, else the smallest."""
        ...

    def checkpoint(self, ledger: LedgerInfo, size: int) -> StoredCheckpoint | None:
        """The newest checkpoint of just this size."""
        ...

    def cosignatures(self, ledger: LedgerInfo, size: int, answers: int = 0) -> list[Cosignature]:
        """What witnesses signed of one checkpoint, by name and id of their keys."""
        ...

    def log_keys(self, ledger: LedgerInfo) -> list[LogKey]:
        """The keys that this log has signed by, in the order in which they came into use."""
        ...

    def hashes(self, ledger: LedgerInfo, spans: Sequence[Span]) -> list[bytes]:
        """The hashes of each span, one behind the other; fewer where they are not kept.

        Level 0 is the records' leaves; level n the roots of full tiles of level n - 1.
        """
        ...

    def answer_leaves(self, ledger: LedgerInfo, after: int, limit: int) -> list[bytes]:
        """The leaves of stored answers behind a place of their log."""
        ...


class LogKeeper(LogReader, Protocol):
    """The write side. Everything here only grows."""

    def add_log_key(self, ledger: LedgerInfo, key: LogKey) -> None:
        """Keep a key at its place; whoever is first at a place is there for ever."""
        ...

    def add_checkpoint(
        self, ledger: LedgerInfo, checkpoint: StoredCheckpoint, tiles: Sequence[TileRoot]
    ) -> None:
        """Keep a checkpoint and the roots of tiles that have become full, in one commit.

        What is there already stays as it is.

        Raises:
            CorruptJournal: it is not of the journal, or the size or a tile has another root.
        """
        ...

    def add_cosignature(self, ledger: LedgerInfo, cosignature: Cosignature) -> None:
        """Keep a witness's line under a checkpoint; of each key, the first under it stays.

        Raises:
            NotFound: there is no such checkpoint.
        """
        ...
