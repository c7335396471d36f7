"""What the log signs, held fast: `spec/vectors/proofs.json` is what this program makes today.

Proofs that customers keep must be readable for ever, so a difference here is a change of the format.
After one that is meant, run this with PARTITA_WRITE_GOLDEN=1 and look at the difference.
"""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from partita.adapters.signers.file import FileSigner
from partita.adapters.stores.memory import MemoryStore
from partita.engine.log_ports import Cosignature, StoredCheckpoint
from partita.engine.notary import Notary, Seal
from partita.engine.ports import LedgerInfo
from partita.engine.proving import Prover
from partita.journal.checkpoint import Checkpoint
from partita.journal.merkle import Frontier, leaf_hash
from partita.journal.notes import BadNote, Note, Signature, SignatureKind, VerifierKey, cosigned
from partita.journal.proofs import (
    Growth,
    consistency_holds,
    consistency_nodes,
    inclusion_holds,
    inclusion_nodes,
    root_of,
)
from partita.journal.receipts import Promise, Proof, Receipt, check_receipt
from partita.journal.tiles import Tile, fold, tiles_of
from partita.wiring import Application
from tests.plugins.steering import NOON, SeededEntropy, StandingClock
from tests.unit.journal import specimen

VECTORS = Path(__file__).parents[3] / "spec" / "vectors" / "proofs.json"
LOG_SEED, FIRST, SECOND = b"\1" * 32, b"\2" * 32, b"\3" * 32
SECONDS = 1_795_176_000
SIZE = 70_000
LEAVES = [leaf_hash(str(n).encode()) for n in range(SIZE)]


class Witness:
    """A key of its own that cosigns whatever it is shown."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._signer, self.seed = FileSigner(seed), seed
        self.key = VerifierKey(name, SignatureKind.WITNESS, self._signer.public)

    def sign(self, text: str, seconds: int = SECONDS) -> Signature:
        value = seconds.to_bytes(8) + self._signer.sign(cosigned(text, seconds))
        return Signature(self.key.name, self.key.id, value)


WITNESSES = (Witness("witness.example/w1", FIRST), Witness("auditor.example", SECOND))


def described(key: VerifierKey, seed: bytes) -> dict[str, str]:
    return {
        "name": key.name,
        "kind": key.kind.name.lower(),
        "private_seed": seed.hex(),
        "public_key": key.public.hex(),
        "id": key.id.hex(),
        "verifier_key": key.text(),
    }


def roots(start: int, end: int) -> bytes:
    log = Frontier()
    for leaf in LEAVES[start:end]:
        log.append(leaf)
    return log.root()


def root(size: int) -> bytes:
    return roots(0, size)


def inclusions() -> list[dict[str, Any]]:
    """Every index of the small logs, and some of larger ones."""
    places = [(n, size) for size in range(1, 10) for n in range(size)]
    places += [(0, 256), (255, 257), (256, 257), (299, 1_000), (65_535, SIZE), (SIZE - 1, SIZE)]
    return [
        {
            "index": index,
            "size": size,
            "leaf": LEAVES[index].hex(),
            "root": root(size).hex(),
            "path": [roots(*node).hex() for node in inclusion_nodes(index, size)],
        }
        for index, size in places
    ]


def growths() -> list[dict[str, Any]]:
    """Every pair of the small logs, and some of larger ones."""
    sizes = [(old, new) for new in range(1, 10) for old in range(new + 1)]
    sizes += [(255, 256), (256, 257), (1, 1_000), (511, 1_000), (65_536, SIZE), (69_999, SIZE)]
    return [
        {
            "from": old,
            "to": new,
            "from_root": root(old).hex(),
            "to_root": root(new).hex(),
            "path": [roots(*node).hex() for node in consistency_nodes(old, new)],
        }
        for old, new in sizes
    ]


def tiles() -> list[dict[str, Any]]:
    """The tiles of the large log that are not all like the first one, by the root of what they hold."""
    found = []
    levels = [LEAVES]
    while len(levels[-1]) >= 256:
        last = levels[-1]
        levels.append([fold(last[n : n + 256]) for n in range(0, len(last) // 256 * 256, 256)])
    for tile in tiles_of(SIZE):
        if tile.level == 0 and 0 < tile.number < 272:
            continue
        content = levels[tile.level or 0][tile.number * 256 :][: tile.width]
        found.append(
            {
                "path": tile.path(),
                "hashes": tile.width,
                "first": content[0].hex(),
                "last": content[-1].hex(),
                "sha256_leaf": leaf_hash(b"".join(content)).hex(),
            }
        )
    return found


def filled(store: MemoryStore) -> LedgerInfo:
    """The journal of `journal.json`, and nothing signed of it yet."""
    clock = StandingClock(step_microseconds=1)
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    setattr(application.notary, "poke", lambda *_: None)  # noqa: B010 - mypy takes no assignment
    application.open_ledger("main")
    specimen.fill(application)
    application.close()
    return store.ledgers()[0]


def receipts() -> dict[str, Any]:
    """What a customer is given of the journal in `journal.json`: a promise, a proof, a cosigned one."""
    store = MemoryStore()
    seal = Seal(FileSigner(LOG_SEED), "books.example")
    info = filled(store)
    notary = Notary(store, seal, StandingClock(NOON))
    prover = Prover(store, notary)
    record = store.records(info, 7, 1)[0]
    promised = prover.receipt(info, record)
    checkpoint = notary.sign(info)
    assert checkpoint is not None
    proved = prover.receipt(info, record)
    text = Note.parse(checkpoint.note).text
    for witness in WITNESSES:
        store.add_cosignature(info, _under(checkpoint, witness.sign(text)))
    cosigned_one = prover.receipt(info, record)
    bundle = prover.tile(info, Tile(None, 0, 2))
    assert bundle is not None
    return {
        "checkpoint": prover.note(info, checkpoint).full(),
        "bundle": {"path": Tile(None, 0, 2).path(), "content": bundle.hex()},
        "receipts": [msgspec.to_builtins(each) for each in (promised, proved, cosigned_one)],
        "bad_receipts": list(bad_receipts(cosigned_one, promised)),
    }


def _under(checkpoint: StoredCheckpoint, signature: Signature) -> Cosignature:
    return Cosignature(checkpoint.size, signature, NOON, checkpoint.answers)


def bad_receipts(good: Receipt, promised: Receipt) -> list[dict[str, Any]]:
    """Receipts in which one thing is not as it must be, each with what that is."""
    change = msgspec.structs.replace
    proof = good.proof or ""
    one_up = proof.replace("index 7\n", "index 6\n")
    bent = proof.replace(proof.split("\n")[2], proof.split("\n")[3], 1)
    size = Checkpoint.parse(Proof.parse(proof).checkpoint.text).size
    forged = proof.replace(f"\n{size}\n", f"\n{size + 1}\n")
    cases = {
        "the record was changed": change(good, record=good.record.replace("deposit", "Deposit")),
        "the leaf is another": change(good, leaf="00" * 32),
        "the sequence is another": change(good, sequence="7"),
        "the index is another": change(good, proof=one_up),
        "a hash of the path is another": change(good, proof=bent),
        "the checkpoint's size was changed": change(good, proof=forged),
        "the origin is another": change(good, origin="other.example/main"),
        "the log's signature is missing": change(
            good, proof=_without(proof, "— books.example/main")
        ),
        "a cosignature is at another time": change(good, proof=_retimed(proof)),
        "there is neither proof nor promise": change(good, proof=None),
        "there are both proof and promise": change(good, promise=promised.promise),
        "the promise was changed": change(
            promised,
            promise=(promised.promise or "").replace("sequence 8", "sequence 9"),
        ),
        "the format is another": change(good, format="partita-receipt/v2"),
    }
    assert all(case not in (good, promised) for case in cases.values()), "each has a fault"
    return [{"wrong": wrong, "receipt": msgspec.to_builtins(case)} for wrong, case in cases.items()]


def _without(text: str, start: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.startswith(start))


def _retimed(text: str) -> str:
    proof = Proof.parse(text)
    log, first, *others = proof.checkpoint.signatures
    moved = Signature(first.name, first.key_id, (SECONDS + 1).to_bytes(8) + first.value[8:])
    note = Note(proof.checkpoint.text, (log, moved, *others))
    return Proof(proof.index, proof.path, note).text()


def notes() -> list[dict[str, Any]]:
    """Notes, each with whether it holds under the keys above, and whose signatures then count."""
    seal = Seal(FileSigner(LOG_SEED), "books.example")
    info = MemoryStore().create_ledger("main", NOON)
    text = Checkpoint(seal.origin(info), 42, LEAVES[0]).text()
    signed = seal.signed(info, text)
    cosigned_one = Note(text, (*signed.signatures, *(w.sign(text) for w in WITNESSES)))
    stranger = Note(text, (Signature("stranger.example", b"\0\0\0\1", b"\0" * 64),))
    log = signed.signatures[0]
    broken = Note(text, (Signature(log.name, log.key_id, bytes(64)), WITNESSES[0].sign(text)))
    full = cosigned_one.full()
    cases = [
        ("signed by the log", signed.full()),
        ("cosigned by two witnesses", full),
        ("with a line of a stranger", full + stranger.signatures[0].line()),
        ("signed by a stranger alone", stranger.full()),
        ("a signature of a trusted key does not hold", broken.full()),
        ("another size", full.replace("\n42\n", "\n43\n")),
        ("no empty line", full.replace("\n\n", "\n")),
        ("base64 without padding", full.replace("=\n—", "\n—", 1)),
        ("a control character", full.replace("\n42\n", "\n42\r\n")),
        ("no line feed at the end", full.removesuffix("\n")),
        ("a hyphen instead of a dash", full.replace("— books", "- books")),
    ]
    return [{"about": about, "note": note, "signers": signers(note)} for about, note in cases]


def keys() -> list[tuple[VerifierKey, bytes]]:
    seal = Seal(FileSigner(LOG_SEED), "books.example")
    info = MemoryStore().create_ledger("main", NOON)
    return [(seal.verifier_key(info), LOG_SEED), *((w.key, w.seed) for w in WITNESSES)]


def signers(note: str) -> list[str] | None:
    """The names of those who signed; None if the note is to be refused."""
    try:
        return [key.name for key in Note.parse(note).signers(key for key, _ in keys())]
    except BadNote:
        return None


def vectors() -> dict[str, Any]:
    """Everything that another implementation needs to check itself by."""
    return {
        "about": "Generated by tests/golden/proofs; spec/proofs.md says what each value is.",
        "tree": "The leaf at index i of `inclusions`, `consistencies` and `tiles` is SHA-256 of 0x00"
        " and i in decimal digits.",
        "keys": [described(key, seed) for key, seed in keys()],
        "notes": notes(),
        "inclusions": inclusions(),
        "consistencies": growths(),
        "tiles_of_size": SIZE,
        "tiles": tiles(),
        "paths": [
            {"level": t.level, "number": t.number, "width": t.width, "path": t.path()}
            for t in (Tile(0, 0), Tile(2, 0, 1), Tile(0, 1_234_067), Tile(None, 1_000, 255))
        ],
        **receipts(),
    }


def test_the_vectors_are_what_the_program_makes() -> None:
    found = json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("PARTITA_WRITE_GOLDEN"):
        VECTORS.write_text(found, encoding="utf-8")
    assert VECTORS.read_text("utf-8") == found


@pytest.fixture(scope="module")
def published() -> Any:
    return json.loads(VECTORS.read_text("utf-8"))


def test_every_published_proof_holds(published: Any) -> None:
    for each in published["inclusions"]:
        path = [bytes.fromhex(node) for node in each["path"]]
        leaf, top = bytes.fromhex(each["leaf"]), bytes.fromhex(each["root"])
        assert inclusion_holds(leaf, each["index"], each["size"], path, top)
    for each in published["consistencies"]:
        before, after = bytes.fromhex(each["from_root"]), bytes.fromhex(each["to_root"])
        growth = Growth(each["from"], before, each["to"], after)
        assert consistency_holds(growth, [bytes.fromhex(node) for node in each["path"]])
    assert root_of([]).hex() == published["consistencies"][0]["from_root"]


def test_the_published_notes_say_what_is_expected(published: Any) -> None:
    held = {each["about"]: each["signers"] for each in published["notes"]}
    log, first, second = (key["name"] for key in published["keys"])
    assert held["signed by the log"] == [log]
    assert held["cosigned by two witnesses"] == [log, first, second]
    assert held["with a line of a stranger"] == [log, first, second]
    assert held["signed by a stranger alone"] == []
    assert all(signers is None for signers in list(held.values())[4:])


def test_the_published_promise_is_kept_by_the_published_proof(published: Any) -> None:
    promised, proved, _ = published["receipts"]
    promise = Promise.parse(Note.parse(promised["promise"]).text)
    proof = Proof.parse(proved["proof"])
    assert proof.holds(promise.leaf)
    assert (promise.origin, promise.sequence) == (proved["origin"], proof.index + 1)


@pytest.mark.parametrize(
    ("number", "witnesses", "proves"), [(0, 0, False), (1, 0, True), (2, 2, True)]
)
def test_the_published_receipts_hold(
    published: Any, number: int, witnesses: int, proves: bool
) -> None:
    trusted = [VerifierKey.parse(key["verifier_key"]) for key in published["keys"]]
    receipt = msgspec.convert(published["receipts"][number], Receipt)
    assert check_receipt(receipt, trusted, witnesses=witnesses) is proves
    with pytest.raises(BadNote, match="no trusted key"):
        check_receipt(receipt, trusted[1:])


def test_a_receipt_with_too_few_witnesses_is_refused(published: Any) -> None:
    trusted = [VerifierKey.parse(key["verifier_key"]) for key in published["keys"]]
    receipt = msgspec.convert(published["receipts"][2], Receipt)
    with pytest.raises(BadNote, match="2 trusted witnesses cosigned, of 3"):
        check_receipt(receipt, trusted, witnesses=3)
    with pytest.raises(BadNote, match="1 trusted witnesses cosigned, of 2"):
        check_receipt(receipt, trusted[:2], witnesses=2)


def test_every_bad_receipt_is_refused(published: Any) -> None:
    trusted = [VerifierKey.parse(key["verifier_key"]) for key in published["keys"]]
    for each in published["bad_receipts"]:
        receipt = msgspec.convert(each["receipt"], Receipt)
        with pytest.raises(BadNote):
            check_receipt(receipt, trusted)
