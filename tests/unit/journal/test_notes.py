"""Notes are those of C2SP: an example of the specification is read, and nothing bent passes."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from partita.journal.checkpoint import Checkpoint
from partita.journal.merkle import EMPTY_ROOT, leaf_hash, node_hash
from partita.journal.notes import (
    BadNote,
    Note,
    Signature,
    SignatureKind,
    VerifierKey,
    cosigned,
)
from partita.journal.receipts import Promise, Proof
from tests.plugins.steering import NOON

# A key and a note of Go's checksum database, which the format comes from.
SUMDB_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SUMDB_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ORIGIN = "books.example/main"


class Signer:
    """A key of its own, to sign notes with."""

    def __init__(self, name: str, kind: SignatureKind = SignatureKind.LOG, seed: int = 1) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.key = VerifierKey(name, kind, self._private.public_key().public_bytes_raw())

    def sign(self, text: str, seconds: int = 1_700_000_000) -> Signature:
        if self.key.kind is SignatureKind.LOG:
            value = self._private.sign(text.encode())
        else:
            value = seconds.to_bytes(8) + self._private.sign(cosigned(text, seconds))
        return Signature(self.key.name, self.key.id, value)


LOG = Signer(ORIGIN)
WITNESS = Signer("witness.example/w1", SignatureKind.WITNESS, 2)
TEXT = Checkpoint(ORIGIN, 42, leaf_hash(b"root")).text()
NOTE = Note(TEXT, (LOG.sign(TEXT), WITNESS.sign(TEXT)))


def test_a_note_of_gos_checksum_database_is_read_and_holds() -> None:
    key, note = VerifierKey.parse(SUMDB_KEY), Note.parse(SUMDB_NOTE)
    assert key.text() == SUMDB_KEY
    assert note.full() == SUMDB_NOTE
    assert note.signers([key]) == [key]


def test_a_cosigned_checkpoint_goes_out_and_comes_back() -> None:
    again = Note.parse(NOTE.full())
    assert again == NOTE
    assert again.signers([WITNESS.key, LOG.key]) == [LOG.key, WITNESS.key]
    assert again.signatures[1].seconds == 1_700_000_000
    assert Checkpoint.parse(again.text) == Checkpoint(ORIGIN, 42, leaf_hash(b"root"))


def test_signatures_of_unknown_keys_say_nothing() -> None:
    other_kind = VerifierKey(ORIGIN, SignatureKind.WITNESS, LOG.key.public)
    assert NOTE.signers([]) == []
    assert NOTE.signers([Signer(ORIGIN, seed=3).key, other_kind]) == []


@pytest.mark.parametrize("signer", [LOG, WITNESS], ids=["log", "witness"])
def test_a_signature_over_another_text_is_refused(signer: Signer) -> None:
    forged = Note(TEXT.replace("42", "43"), NOTE.signatures)
    with pytest.raises(BadNote, match="does not hold"):
        forged.signers([signer.key])


def test_a_cosignature_at_another_time_is_refused() -> None:
    line = WITNESS.sign(TEXT)
    moved = Signature(line.name, line.key_id, (1_700_000_001).to_bytes(8) + line.value[8:])
    with pytest.raises(BadNote, match="does not hold"):
        Note(TEXT, (moved,)).signers([WITNESS.key])


def test_a_signature_of_the_wrong_length_is_refused() -> None:
    for signer in (LOG, WITNESS):
        short = Signature(signer.key.name, signer.key.id, signer.sign(TEXT).value[:-1])
        with pytest.raises(BadNote, match="does not hold"):
            Note(TEXT, (short,)).signers([signer.key])


@pytest.mark.parametrize(
    "full",
    [
        "", "\n", "text\n", "text\n\n", "text\n\n— name AAAAAAA=", "text\n\nname AAAAAAA=\n",
        "text\n\n— name\n", "text\n\n— name AAAA\n", "text\n\n— a+b AAAAAAA=\n", "t\r\n\n— a AAAAAAA=\n",
        "text\n\n— name AAAAAAA\n", "text\n\n— name AAAAAAB=\n", "text\n\n— a AAAAAAA=\n\n",
        "text\n\n" + "— name AAAAAAA=\n" * 65,
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(full: str) -> None:
    with pytest.raises(BadNote):
        Note.parse(full)


@pytest.mark.parametrize(
    "text",
    [
        "", "name", "name+c74f20a3", SUMDB_KEY.replace("c74f20a3", "c74f20a4"),
        SUMDB_KEY.replace("Peter", "Petra"), SUMDB_KEY.replace("+ARpc", "+AhPc"),
        SUMDB_KEY + "AAAA", SUMDB_KEY.replace("Peter", "Peter "),
    ],
)  # fmt: skip
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        VerifierKey.parse(text)


def test_the_text_of_a_checkpoint_is_that_of_the_specification() -> None:
    assert Checkpoint("books.example/main", 0, EMPTY_ROOT).text() == (
        "books.example/main\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    )
    extended = TEXT + "more\n"
    assert Checkpoint.parse(extended).extensions == ("more",)
    assert Checkpoint.parse(extended).text() == extended


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "o\n1\n", TEXT.removesuffix("\n"), TEXT + "\n", TEXT.replace("42", "042"),
        TEXT.replace("42", "-4"), TEXT.replace("42", "\u0664"), TEXT.replace("=", ""), "o\n1\nAAAA\n",
        TEXT.replace("42", "9" * 20),
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


def test_a_promise_can_never_be_read_as_a_checkpoint() -> None:
    promise = Promise(ORIGIN, 42, leaf_hash(b"leaf"), NOON)
    assert Promise.parse(promise.text()) == promise
    with pytest.raises(BadNote):
        Checkpoint.parse(promise.text())
    with pytest.raises(BadNote):
        Promise.parse(TEXT)


@pytest.mark.parametrize("old", ["sequence 42", "leaf ", "by ", "000Z", "/v1"])
def test_a_promise_has_one_spelling(old: str) -> None:
    text = Promise(ORIGIN, 42, leaf_hash(b"leaf"), NOON).text()
    for bent in (text.replace(old, "x"), text.replace(old, "0" + old), text + "\n"):
        with pytest.raises(BadNote):
            Promise.parse(bent)


def test_a_proof_goes_out_and_comes_back() -> None:
    leaf, other = leaf_hash(b"a"), leaf_hash(b"b")
    text = Checkpoint(ORIGIN, 2, node_hash(leaf, other)).text()
    proof = Proof(0, (other,), Note(text, (LOG.sign(text),)))
    assert Proof.parse(proof.text()) == proof
    with_extra = proof.text().replace("\nindex", "\nextra AAAA\nindex")
    assert Proof.parse(with_extra) == proof
    assert proof.holds(leaf)
    assert not proof.holds(other)
    assert proof.text().startswith("c2sp.org/tlog-proof@v1\nindex 0\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"), ("index 0", "index 00"), ("index 0", "0"), ("\n\n", "\n"),
        ("index 0", "index -1"), ("index 0\n", "index 0\nAAAA\n"),
    ],
)  # fmt: skip
def test_what_is_no_proof_is_refused(old: str, new: str) -> None:
    text = Proof(0, (), NOTE).text()
    assert Proof.parse(text)
    with pytest.raises(BadNote):
        Proof.parse(text.replace(old, new, 1))


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_every_checkpoint_is_read_back(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint
