"""What a customer keeps: proofs that a record is in the log, and promises that it will be.

A proof is a text of C2SP's tlog-proof: the record's index, the path from its leaf to the root, and
the checkpoint that says the root. A promise is a note that the log signs before there is such a
checkpoint: a leaf, its sequence, and the moment by which a checkpoint will cover it. A promise not
kept by then is evidence against the log. A receipt holds either, beside the record's own bytes.
"""

import msgspec

from partita.journal.checkpoint import Checkpoint, whole_number
from partita.journal.merkle import HASH_BYTES
from partita.journal.notes import BadNote, Note, from_base64, to_base64
from partita.journal.proofs import inclusion_holds
from partita.kernel.moment import Moment

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
PROMISE_HEADER = "partita-promise/v1"
RECEIPT_FORMAT = "partita-receipt/v1"
_LONGEST_PATH = 63


class Proof(msgspec.Struct, frozen=True):
    """That a leaf stands at an index (from 0) of the log that a checkpoint, a note, names."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: Note

    def text(self) -> str:
        """The proof as a text, to be kept as a file."""
        path = "".join(f"{to_base64(node)}\n" for node in self.path)
        return f"{PROOF_HEADER}\nindex {self.index}\n{path}\n{self.checkpoint.full()}"

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """The proof that a text is; BadNote if it is none. Extra data is passed over."""
        head, mark, note = text.partition("\n\n")
        lines = head.split("\n")
        if lines[0] != PROOF_HEADER or not mark:
            raise BadNote(f"a proof begins with a line {PROOF_HEADER}")
        if lines[1:2] and lines[1].startswith("extra "):
            del lines[1]
        index, *path = lines[1:] or [""]
        if not index.startswith("index ") or len(path) > _LONGEST_PATH:
            raise BadNote("a proof says its index, and at most 63 hashes")
        nodes = tuple(from_base64(line) for line in path)
        if any(len(node) != HASH_BYTES for node in nodes):
            raise BadNote("a hash of a proof is 32 bytes in base64")
        return cls(whole_number(index.removeprefix("index ")), nodes, Note.parse(note))

    def holds(self, leaf: bytes) -> bool:
        """Whether it proves that the leaf is in the log; who signed is another question."""
        says = Checkpoint.parse(self.checkpoint.text)
        return inclusion_holds(leaf, self.index, says.size, self.path, says.root)


class Promise(msgspec.Struct, frozen=True):
    """That a checkpoint will cover a record by a moment. No checkpoint can be read as one."""

    origin: str
    sequence: int
    leaf: bytes
    deadline: Moment

    def text(self) -> str:
        """The text that the log signs."""
        return (
            f"{PROMISE_HEADER}\n{self.origin}\nsequence {self.sequence}\n"
            f"leaf {to_base64(self.leaf)}\nby {self.deadline.text()}\n"
        )

    @classmethod
    def parse(cls, text: str) -> "Promise":
        """The promise that the text of a note is; BadNote if it is none."""
        lines = text.split("\n")
        if len(lines) != 6 or lines[0] != PROMISE_HEADER:
            raise BadNote(f"a promise is five lines that begin with {PROMISE_HEADER}")
        _, origin, sequence, leaf, by, _ = lines
        try:
            moment = Moment.parse(by.removeprefix("by "))
        except ValueError as error:
            raise BadNote(f"a promise ends with the moment that it is for: {error}") from error
        number = whole_number(sequence.removeprefix("sequence "))
        promise = cls(origin, number, from_base64(leaf.removeprefix("leaf ")), moment)
        if promise.text() != text:
            raise BadNote("this promise is not spelled as promises are")
        return promise


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's proof file, as JSON: the record, and a proof or a promise; the other is null.

    `record` is the text of the record's very bytes and `leaf` their hash, in hexadecimal.
    `verifier_key` says which key signed; whether to believe it is for the reader to know.
    """

    object: str = "receipt"
    format: str = RECEIPT_FORMAT
    origin: str
    sequence: str
    leaf: str
    verifier_key: str
    record: str
    proof: str | None
    promise: str | None
