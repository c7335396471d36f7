"""What a customer keeps: proofs that a record is in the log, and promises that it will be.

A proof is a text of C2SP's tlog-proof: the record's index, the path from its leaf to the root, and
the checkpoint that says the root. A promise is a note that the log signs before there is such a
checkpoint: a leaf, its sequence, and the moment by which a checkpoint will cover it. A promise not
kept by then is evidence against the log. A receipt holds either, beside the record's own bytes.
"""

from collections.abc import Sequence

import msgspec

from partita.journal.checkpoint import Checkpoint, whole_number
from partita.journal.merkle import HASH_BYTES, leaf_hash
from partita.journal.notes import (
    BadNote,
    Note,
    SignatureKind,
    VerifierKey,
    from_base64,
    to_base64,
)
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


def check_receipt(receipt: Receipt, trusted: Sequence[VerifierKey], *, witnesses: int = 0) -> bool:
    """Whether a receipt proves its record (True) or only promises a proof (False).

    `trusted` are the log's key and those of witnesses, of which so many must have cosigned.

    Raises:
        BadNote: something in it is not as it must be; the message says what.
    """
    body = receipt.record.encode()
    leaf = leaf_hash(body)
    says = (
        ("format", RECEIPT_FORMAT, receipt.format),
        ("leaf", leaf.hex(), receipt.leaf),
        ("sequence", _sequence(body), receipt.sequence),
        ("count of proofs and promises", 1, (receipt.proof, receipt.promise).count(None)),
    )
    for what, expected, found in says:
        if expected != found:
            raise BadNote(f"{what} is {found}, where the record calls for {expected}")
    if receipt.promise is not None:
        note = Note.parse(receipt.promise)
        _check_signers(note, receipt.origin, trusted, 0)
        promise = Promise.parse(note.text)
        claimed = promise.origin, promise.sequence, promise.leaf
        if claimed != (receipt.origin, int(receipt.sequence), leaf):
            raise BadNote("the promise is of another record")
        return False
    proof = Proof.parse(receipt.proof or "")
    _check_signers(proof.checkpoint, receipt.origin, trusted, witnesses)
    if Checkpoint.parse(proof.checkpoint.text).origin != receipt.origin:
        raise BadNote("the checkpoint is of another log")
    if proof.index != int(receipt.sequence) - 1 or not proof.holds(leaf):
        raise BadNote("the path does not lead from the record to the checkpoint's root")
    return True


def _check_signers(note: Note, origin: str, trusted: Sequence[VerifierKey], witnesses: int) -> None:
    signers = note.signers(trusted)
    if not any(key.kind is SignatureKind.LOG and key.name == origin for key in signers):
        raise BadNote(f"no trusted key of {origin} signed")
    count = sum(key.kind is SignatureKind.WITNESS for key in signers)
    if count < witnesses:
        raise BadNote(f"{count} trusted witnesses cosigned, of {witnesses} that must")


class _Place(msgspec.Struct):
    sequence: str


def _sequence(body: bytes) -> str:
    """The sequence that a record says of itself."""
    try:
        return msgspec.json.decode(body, type=_Place).sequence
    except msgspec.MsgspecError as error:
        raise BadNote(f"the record of the receipt cannot be read: {error}") from error
