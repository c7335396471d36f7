"""The notary signs what the journal says, soon, once a size, and nothing else."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from partita.adapters.signers.file import BadKeyFile, FileSigner
from partita.adapters.stores.memory import MemoryStore
from partita.engine.errors import CorruptJournal, SignerUnavailable, StoreUnavailable
from partita.engine.notary import Notary, Seal
from partita.engine.outcome import StoredOutcome
from partita.engine.proving import Prover
from partita.journal.checkpoint import AnswersHead, Checkpoint
from partita.journal.merkle import EMPTY_ROOT
from partita.journal.notes import Note
from partita.journal.receipts import Promise, Proof
from partita.journal.record import Record
from partita.journal.tiles import Span, Tile, fold, split, tiles_of
from partita.wiring import Application, FullStore
from tests.contracts.pen import Pen, filled, key, transfer
from tests.plugins.steering import NOON, StandingClock

SEAL = Seal(FileSigner(b"k" * 32))


@pytest.fixture
def pen(store: FullStore) -> Pen:
    return filled(store)


@pytest.fixture
def notary(store: FullStore) -> Iterator[Notary]:
    made = Notary(store, SEAL, StandingClock(step_microseconds=1))
    yield made
    made.close()


def grow(pen: Pen, count: int) -> None:
    """So many transfers more, in one commit."""
    pen.later().write(*[transfer("users:a", "users:b")] * count)


def test_a_signed_checkpoint_says_what_the_head_says(
    store: FullStore, pen: Pen, notary: Notary
) -> None:
    made = notary.sign(pen.info)
    assert made is not None
    assert store.checkpoints(pen.info, None, 9) == [made]
    note, key = Note.parse(made.note), SEAL.verifier_key(pen.info)
    assert note.signers([key]) == [key]
    assert key.name == f"{SEAL.log_name}/main"
    nothing = (AnswersHead(0, EMPTY_ROOT).line(),)
    expected = Checkpoint(key.name, pen.head.sequence, pen.head.root, nothing)
    assert Checkpoint.parse(note.text) == expected
    assert [kept.verifier_key for kept in store.log_keys(pen.info)] == [key.text()]


def test_nothing_is_signed_of_an_empty_journal_or_twice(store: FullStore, notary: Notary) -> None:
    empty = store.create_ledger("empty", StandingClock().now())
    assert notary.sign(empty) is None
    pen = filled(store)
    first = notary.sign(pen.info)
    assert notary.sign(pen.info) == first
    assert len(store.checkpoints(pen.info, None, 9)) == 1


def test_answers_alone_call_for_a_checkpoint_of_the_same_size(
    store: FullStore, pen: Pen, notary: Notary
) -> None:
    first = notary.sign(pen.info)
    pen.write(outcomes={key(n): StoredOutcome("f") for n in (1, 2, 3)})
    second = notary.sign(pen.info)
    assert first is not None
    assert second is not None
    assert (second.place, second.root) == ((first.size, 3), first.root)
    answers = Checkpoint.parse(Note.parse(second.note).text).answers
    assert answers == AnswersHead(3, pen.head.answer_log().root())
    assert store.checkpoints(pen.info, None, 9) == [second]
    assert store.checkpoint(pen.info, first.size) == notary.sign(pen.info) == second


def test_a_head_with_a_false_frontier_of_answers_is_not_signed(store: FullStore, pen: Pen) -> None:
    forged = msgspec.structs.replace(pen.head, outcomes=3)
    notary = Notary(Lying(store, head=lambda _: forged), SEAL, StandingClock())  # type: ignore[arg-type]
    with pytest.raises(CorruptJournal, match="3 stored answers"):
        notary.sign(pen.info)


@pytest.mark.parametrize("is_fresh", [False, True])
def test_tiles_are_kept_as_they_become_full(
    store: FullStore, pen: Pen, notary: Notary, is_fresh: bool
) -> None:
    for count in (100, 600, 1, 255):
        grow(pen, count)
        if is_fresh:
            notary = Notary(store, SEAL, StandingClock())
        notary.sign(pen.info)
    size = pen.head.sequence
    leaves = split(store.hashes(pen.info, [Span(0, 0, size)])[0])
    expected = [fold(leaves[n : n + 256]) for n in range(0, size - size % 256, 256)]
    assert split(store.hashes(pen.info, [Span(1, 0, 99)])[0]) == expected


def test_two_notaries_on_one_ledger_agree(store: FullStore, pen: Pen, notary: Notary) -> None:
    other = Notary(store, SEAL, StandingClock(step_microseconds=5))
    for count in (300, 1, 700):
        grow(pen, count)
        assert notary.sign(pen.info) == other.sign(pen.info)
        grow(pen, 1)
        assert other.sign(pen.info) == notary.sign(pen.info)
    assert len(store.checkpoints(pen.info, None, 99)) == 6


class Lying:
    """A store in which something about the log is not so."""

    def __init__(self, store: FullStore, **lies: Any) -> None:
        self._store, self._lies = store, lies

    def __getattr__(self, name: str) -> Any:
        return self._lies.get(name) or getattr(self._store, name)


def test_a_head_that_its_leaves_do_not_lead_to_is_not_signed(store: FullStore, pen: Pen) -> None:
    forged = msgspec.structs.replace(pen.head, root=b"r" * 32)
    notary = Notary(Lying(store, head=lambda _: forged), SEAL, StandingClock())  # type: ignore[arg-type]
    with pytest.raises(CorruptJournal, match="its head says"):
        notary.sign(pen.info)
    assert store.checkpoints(pen.info, None, 9) == []


def test_a_journal_that_misses_leaves_is_not_signed(store: FullStore, pen: Pen) -> None:
    longer = msgspec.structs.replace(pen.head, sequence=pen.head.sequence + 1)
    notary = Notary(Lying(store, head=lambda _: longer), SEAL, StandingClock())  # type: ignore[arg-type]
    with pytest.raises(CorruptJournal, match="missing"):
        notary.sign(pen.info)


def test_tiles_are_not_lost_when_keeping_them_failed(store: FullStore, pen: Pen) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    lying = Lying(store)
    notary = Notary(lying, SEAL, StandingClock())  # type: ignore[arg-type]
    grow(pen, 600)
    lying._lies["add_checkpoint"] = away
    with pytest.raises(StoreUnavailable):
        notary.sign(pen.info)
    lying._lies.clear()
    assert notary.sign(pen.info) is not None
    assert len(store.hashes(pen.info, [Span(1, 0, 9)])[0]) == 2 * 32


def test_another_key_does_not_sign_this_log(store: FullStore, pen: Pen, notary: Notary) -> None:
    notary.sign(pen.info)
    grow(pen, 1)
    stranger = Notary(store, Seal(FileSigner(b"s" * 32)), StandingClock())
    with pytest.raises(SignerUnavailable, match="adopt-key"):
        stranger.sign(pen.info)
    with pytest.raises(SignerUnavailable):
        stranger.promise(pen.info, 1, b"l" * 32)
    stranger.adopt_key(pen.info)
    assert stranger.sign(pen.info) is not None
    assert [key.place for key in store.log_keys(pen.info)] == [1, 2]


def test_a_commit_is_covered_within_a_second(application: Application) -> None:
    info = application.ledger().info
    deadline = time.monotonic() + 5
    while not application.store.checkpoints(info, None, 1) and time.monotonic() < deadline:
        time.sleep(0.02)
    newest = application.store.checkpoints(info, None, 1)
    assert newest[0].size == application.store.head(info).sequence == 1


def test_closing_signs_what_is_left(application: Application) -> None:
    ledger = application.ledger()
    ledger.close()
    application.notary.close()
    newest = application.store.checkpoints(ledger.info, None, 1)
    assert newest[0].size == application.store.head(ledger.info).sequence


def test_whoever_promises_keeps_it(store: FullStore, pen: Pen) -> None:
    notary = Notary(store, SEAL, StandingClock())
    record = store.records(pen.info, 0, 1)[0]
    assert Prover(store, notary).receipt(pen.info, record).proof is None
    notary.close()
    assert notary.signed_up_to(pen.info) == pen.head.sequence
    assert Prover(store, notary).receipt(pen.info, record).promise is None


@pytest.mark.parametrize(
    "error", [StoreUnavailable("away"), SignerUnavailable("away"), RuntimeError("unforeseen")]
)
def test_a_failure_is_tried_again(store: FullStore, pen: Pen, error: Exception) -> None:
    failures = [error, error]

    def head(info: Any) -> Any:
        if failures:
            raise failures.pop()
        return store.head(info)

    notary = Notary(Lying(store, head=head), SEAL, StandingClock())  # type: ignore[arg-type]
    notary.catch_up(pen.info)
    deadline = time.monotonic() + 10
    while not store.checkpoints(pen.info, None, 1) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert store.checkpoints(pen.info, None, 1)[0].size == pen.head.sequence
    notary.close()


def test_many_records_do_not_wait_for_the_second(
    store: FullStore, pen: Pen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("partita.engine.notary.RECORDS_BEHIND", 1_000)
    notary = Notary(store, SEAL, StandingClock())
    notary.poke(pen.info, pen.head.sequence)
    grow(pen, 1_000)
    started = time.monotonic()
    notary.poke(pen.info, pen.head.sequence)
    while not store.checkpoints(pen.info, None, 1) and time.monotonic() < started + 5:
        time.sleep(0.01)
    assert time.monotonic() - started < 0.7
    notary.close()


def test_a_log_named_otherwise_has_another_origin() -> None:
    info = MemoryStore().create_ledger("main", NOON)
    assert Seal(FileSigner(b"k" * 32), "books.example").origin(info) == "books.example/main"
    assert Seal(FileSigner(b"a" * 32)).log_name != Seal(FileSigner(b"b" * 32)).log_name


@pytest.fixture
def prover(store: FullStore, notary: Notary) -> Prover:
    return Prover(store, notary)


def test_every_record_of_a_journal_is_proved(
    store: FullStore, pen: Pen, notary: Notary, prover: Prover
) -> None:
    grow(pen, 270)
    notary.sign(pen.info)
    grow(pen, 400)
    notary.sign(pen.info)
    grow(pen, 1)
    records = store.records(pen.info, 0, 2_000)
    for record in [*records[:3], *records[200:300:7], *records[-5:-1]]:
        receipt = prover.receipt(pen.info, record)
        assert receipt.promise is None
        proof = Proof.parse(receipt.proof or "")
        assert proof.holds(record.leaf)
        assert proof.index == record.sequence - 1
        assert receipt.record.encode() == record.body
        key = SEAL.verifier_key(pen.info)
        assert proof.checkpoint.signers([key]) == [key]
    promised = prover.receipt(pen.info, records[-1])
    assert promised.proof is None
    note = Note.parse(promised.promise or "")
    assert note.signers([SEAL.verifier_key(pen.info)])
    promise = Promise.parse(note.text)
    assert (promise.sequence, promise.leaf) == (records[-1].sequence, records[-1].leaf)


def test_consistency_is_proved_between_any_two_sizes(
    store: FullStore, pen: Pen, notary: Notary, prover: Prover
) -> None:
    grow(pen, 700)
    notary.sign(pen.info)
    grow(pen, 100)
    size = pen.head.sequence
    for old, new in ((0, 1), (1, size), (256, 512), (255, 257), (511, size), (size, size)):
        assert prover.consistency(pen.info, old, new).growth.new_size == new
    assert prover.root(pen.info, size) == pen.head.root


def test_tiles_and_bundles_are_those_of_the_log(
    store: FullStore, pen: Pen, notary: Notary, prover: Prover
) -> None:
    grow(pen, 700)
    notary.sign(pen.info)
    size = pen.head.sequence
    leaves = split(store.hashes(pen.info, [Span(0, 0, size)])[0])
    for tile in tiles_of(size):
        content = split(prover.tile(pen.info, tile) or b"")
        assert len(content) == tile.width
        if tile.level == 0:
            assert content == leaves[tile.number * 256 :][: tile.width]
    bundle = prover.tile(pen.info, Tile(None, 2, 3)) or b""
    bodies = [record.body for record in store.records(pen.info, 512, 3)]
    assert bundle == b"".join(len(body).to_bytes(2) + body for body in bodies)
    for beyond in (Tile(0, 9), Tile(0, 2, size % 256 + 1), Tile(1, 0), Tile(3, 0, 1)):
        assert prover.tile(pen.info, beyond) is None


def test_a_leaf_that_was_changed_proves_nothing(store: FullStore, pen: Pen, notary: Notary) -> None:
    notary.sign(pen.info)
    record: Record = store.records(pen.info, 3, 1)[0]
    forged = msgspec.structs.replace(record, leaf=b"f" * 32)
    with pytest.raises(CorruptJournal, match="is not what the checkpoint"):
        Prover(store, notary).inclusion(pen.info, forged)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "log.key"
    file.write_text("6b" * 32 + "\n")
    file.chmod(0o644)
    with pytest.raises(BadKeyFile, match="chmod 600"):
        FileSigner.read(file)
    file.chmod(0o600)
    assert FileSigner.read(file).public == FileSigner(b"k" * 32).public
    file.write_text("6b" * 31)
    with pytest.raises(BadKeyFile, match="64 hexadecimal"):
        FileSigner.read(file)
