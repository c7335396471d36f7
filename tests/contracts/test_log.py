"""What both stores keep of the log, and refuse to keep: one checkpoint a size, nothing rewritten."""

import msgspec
import pytest

from partita.engine.errors import CorruptJournal, NotFound
from partita.engine.log_ports import Cosignature, LogKey, StoredCheckpoint
from partita.engine.outcome import StoredOutcome
from partita.journal.merkle import Frontier
from partita.journal.notes import Signature
from partita.journal.record import Record
from partita.journal.tiles import Span, TileRoot
from partita.kernel.moment import Moment
from partita.wiring import FullStore
from tests.contracts.pen import Pen, filled, key, log_something
from tests.plugins.steering import NOON


@pytest.fixture
def pen(store: FullStore) -> Pen:
    return filled(store)


def checkpoint_of(store: FullStore, pen: Pen, size: int) -> StoredCheckpoint:
    log = Frontier()
    for record in store.records(pen.info, 0, size):
        log.append(record.leaf)
    return StoredCheckpoint(size, log.root(), f"note {size}\n", Moment(NOON + size))


def cosignature(size: int, name: str, seconds: int = 7) -> Cosignature:
    return Cosignature(size, Signature(name, b"1234", seconds.to_bytes(8) + b"s" * 64), NOON)


def test_checkpoints_are_listed_newest_first(store: FullStore, pen: Pen) -> None:
    made = {size: checkpoint_of(store, pen, size) for size in (9, 3, 7, 1)}
    for each in made.values():
        store.add_checkpoint(pen.info, each, [])
    assert store.checkpoints(pen.info, None, 9) == [made[9], made[7], made[3], made[1]]
    assert store.checkpoints(pen.info, 9, 2) == [made[7], made[3]]
    assert store.checkpoints(pen.info, 1, 2) == store.checkpoints(pen.info, None, 0) == []
    assert store.checkpoint(pen.info, 7) == made[7]
    assert store.checkpoint(pen.info, 8) is None


def test_a_size_keeps_its_first_checkpoint(store: FullStore, pen: Pen) -> None:
    first = checkpoint_of(store, pen, 3)
    store.add_checkpoint(pen.info, first, [])
    again = StoredCheckpoint(3, first.root, "another note\n", NOON)
    store.add_checkpoint(pen.info, again, [])
    assert store.checkpoints(pen.info, None, 9) == [first]


def test_a_size_may_have_checkpoints_of_more_and_more_answers(store: FullStore, pen: Pen) -> None:
    pen.write(outcomes={key(n): StoredOutcome("f") for n in range(70, 75)})
    plain, log = checkpoint_of(store, pen, 3), Frontier()
    made = [plain]
    leaves = store.answer_leaves(pen.info, 0, 9)
    assert len(leaves) == 5
    assert store.answer_leaves(pen.info, 3, 1) == [leaves[3]]
    for count, leaf in enumerate(leaves, start=1):
        log.append(leaf)
        changes = {"answers": count, "frontier": log.to_bytes(), "note": f"{count}\n"}
        made.append(msgspec.structs.replace(plain, **changes))
        store.add_checkpoint(pen.info, made[-1], [])
    assert log.to_bytes() == pen.head.answers
    assert store.checkpoints(pen.info, None, 9) == [made[5]]
    assert store.checkpoint(pen.info, 3) == made[5]
    assert store.covering(pen.info, 2) == made[1]
    store.add_cosignature(pen.info, msgspec.structs.replace(cosignature(3, "w"), answers=4))
    assert store.covering(pen.info, 2) == made[4]
    assert len(store.cosignatures(pen.info, 3, 4)) == 1
    assert store.cosignatures(pen.info, 3, 5) == store.cosignatures(pen.info, 3) == []
    with pytest.raises(NotFound):
        store.add_cosignature(pen.info, msgspec.structs.replace(cosignature(3, "w"), answers=6))


@pytest.mark.parametrize(
    ("answers", "frontier"), [(2, b"x" * 32), (1, b"y" * 32), (1, b""), (0, b"z")]
)
def test_answers_have_one_root_and_none_lie_beyond_the_head(
    store: FullStore, pen: Pen, answers: int, frontier: bytes
) -> None:
    pen.write(outcomes={key(70): StoredOutcome("f")})
    store.add_checkpoint(pen.info, checkpoint_of(store, pen, 3), [])
    changes = {"answers": answers, "frontier": frontier}
    other = msgspec.structs.replace(checkpoint_of(store, pen, 3), **changes)
    with pytest.raises(CorruptJournal):
        store.add_checkpoint(pen.info, other, [])


@pytest.mark.parametrize("size", [3, 99])
def test_a_size_never_has_two_roots_and_none_lies_beyond_the_head(
    store: FullStore, pen: Pen, size: int
) -> None:
    store.add_checkpoint(pen.info, checkpoint_of(store, pen, 3), [])
    other = StoredCheckpoint(size, b"r" * 32, "note\n", NOON)
    with pytest.raises(CorruptJournal):
        store.add_checkpoint(pen.info, other, [TileRoot(0, 5, b"t" * 32)])
    assert len(store.checkpoints(pen.info, None, 9)) == 1
    assert store.hashes(pen.info, [Span(1, 5, 1)]) == [b""]


def test_a_checkpoint_of_the_head_has_the_heads_root(store: FullStore, pen: Pen) -> None:
    size = pen.head.sequence
    with pytest.raises(CorruptJournal):
        store.add_checkpoint(pen.info, StoredCheckpoint(size, b"r" * 32, "n\n", NOON), [])
    assert store.checkpoints(pen.info, None, 9) == []
    store.add_checkpoint(pen.info, checkpoint_of(store, pen, size), [])


def test_a_tile_keeps_its_root(store: FullStore, pen: Pen) -> None:
    kept = checkpoint_of(store, pen, 1)
    store.add_checkpoint(pen.info, kept, [TileRoot(0, 0, b"a" * 32), TileRoot(0, 1, b"b" * 32)])
    store.add_checkpoint(pen.info, kept, [TileRoot(0, 1, b"b" * 32), TileRoot(1, 0, b"c" * 32)])
    with pytest.raises(CorruptJournal):
        store.add_checkpoint(pen.info, checkpoint_of(store, pen, 2), [TileRoot(0, 1, b"x" * 32)])
    assert store.checkpoint(pen.info, 2) is None
    spans = [Span(1, 0, 2), Span(2, 0, 1), Span(1, 1, 5), Span(3, 0, 1)]
    assert store.hashes(pen.info, spans) == [
        b"a" * 32 + b"b" * 32, b"c" * 32, b"b" * 32, b""
    ]  # fmt: skip


def test_leaves_are_the_records_in_their_order(store: FullStore, pen: Pen) -> None:
    leaves = [record.leaf for record in store.records(pen.info, 0, 99)]
    count = len(leaves)
    spans = [Span(0, 0, count), Span(0, 3, 2), Span(0, count - 1, 9), Span(0, count, 1)]
    assert store.hashes(pen.info, spans) == [
        b"".join(leaves), b"".join(leaves[3:5]), leaves[-1], b""
    ]  # fmt: skip
    assert store.hashes(pen.info, []) == []


def test_a_record_is_covered_by_a_cosigned_checkpoint_if_there_is_one(
    store: FullStore, pen: Pen
) -> None:
    for size in (3, 5, 7, 9):
        store.add_checkpoint(pen.info, checkpoint_of(store, pen, size), [])

    def covering(sequence: int) -> int | None:
        found = store.covering(pen.info, sequence)
        return None if found is None else found.size

    assert [covering(n) for n in (1, 3, 4, 9, 10)] == [3, 3, 5, 9, None]
    store.add_cosignature(pen.info, cosignature(7, "w"))
    assert [covering(n) for n in (1, 3, 7, 8, 10)] == [7, 7, 7, 9, None]


def test_cosignatures_stand_under_their_checkpoint(store: FullStore, pen: Pen) -> None:
    store.add_checkpoint(pen.info, checkpoint_of(store, pen, 3), [])
    for each in (cosignature(3, "w2"), cosignature(3, "w1"), cosignature(3, "w2", seconds=8)):
        store.add_cosignature(pen.info, each)
    expected = [cosignature(3, "w1"), cosignature(3, "w2")]
    assert store.cosignatures(pen.info, 3) == expected
    assert store.cosignatures(pen.info, 4) == []
    with pytest.raises(NotFound):
        store.add_cosignature(pen.info, cosignature(4, "w1"))


def test_the_first_key_at_a_place_stays(store: FullStore, pen: Pen) -> None:
    keys = [LogKey(2, "second", NOON), LogKey(1, "first", NOON), LogKey(1, "late", NOON)]
    for each in keys:
        store.add_log_key(pen.info, each)
    assert store.log_keys(pen.info) == [keys[1], keys[0]]


def test_ledgers_have_logs_of_their_own(store: FullStore, pen: Pen) -> None:
    log_something(store, pen.info)
    other = store.create_ledger("other", NOON)
    assert store.log_keys(other) == store.checkpoints(other, None, 9) == []
    assert store.cosignatures(other, pen.head.sequence) == []
    assert store.hashes(other, [Span(0, 0, 9), Span(1, 0, 9)]) == [b"", b""]
    assert store.covering(other, 1) is None


def test_a_note_is_served_with_its_cosignatures(store: FullStore, pen: Pen) -> None:
    line = "— log AAAAAAA=\n"
    kept = StoredCheckpoint(1, _first(store, pen).leaf, f"text\n\n{line}", NOON)
    store.add_checkpoint(pen.info, kept, [])
    store.add_cosignature(pen.info, cosignature(1, "w"))
    note = kept.with_cosignatures(store.cosignatures(pen.info, 1))
    assert note.full().startswith(f"text\n\n{line}— w ")
    assert note.signatures[1].seconds == 7


def _first(store: FullStore, pen: Pen) -> Record:
    return store.records(pen.info, 0, 1)[0]
