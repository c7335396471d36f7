"""A log of plain leaves, which signs whatever a test wants, and a witness that trusts it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from partita.journal.checkpoint import AnswersHead, Checkpoint
from partita.journal.contact import Contact
from partita.journal.merkle import Frontier, leaf_hash
from partita.journal.notes import Note, Signature, SignatureKind, VerifierKey
from partita.journal.proofs import consistency_nodes
from partita.surfaces.witness.cosigning import Witness
from partita.surfaces.witness.memory import Memory

SECONDS = 1_800_000_000


class PlainLog:
    """A log whose leaves are numbers; `forked_at` is the first that is another one."""

    def __init__(self, forked_at: int = 99, seed: bytes = b"l" * 32) -> None:
        self.origin = "books.example.com/main"
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._private.public_key().public_bytes_raw()
        self.key = VerifierKey(self.origin, SignatureKind.LOG, public)
        self._leaves = [
            leaf_hash(f"{number}{'!' if number >= forked_at else ''}".encode())
            for number in range(40)
        ]

    def root(self, start: int, end: int) -> bytes:
        frontier = Frontier()
        for leaf in self._leaves[start:end]:
            frontier.append(leaf)
        return frontier.root()

    def note(self, size: int, *answers: int) -> Note:
        """A checkpoint; its answers are leaves of the same making."""
        heads = [AnswersHead(count, self.root(0, count)) for count in answers]
        lines = tuple(head.line() for head in heads)
        text = Checkpoint(self.origin, size, self.root(0, size), lines).text()
        value = self._private.sign(text.encode())
        return Note(text, (Signature(self.key.name, self.key.id, value),))

    def contact(self, old: int, size: int, *answers: int) -> str:
        """A request that says how the log grew."""
        path = tuple(self.root(*tree) for tree in consistency_nodes(min(old, size), size))
        return Contact(old, path, self.note(size, *answers)).text()


@pytest.fixture
def log() -> PlainLog:
    return PlainLog()


@pytest.fixture
def memory(tmp_path: Path, log: PlainLog) -> Iterator[Memory]:
    memory = Memory(tmp_path, "audit.example")
    memory.trust([log.key])
    yield memory
    memory.close()


@pytest.fixture
def witness(memory: Memory) -> Witness:
    return Witness(memory, lambda: SECONDS + 0.7)
