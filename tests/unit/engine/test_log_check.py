"""Whatever is changed in what the log has signed is found, and what is well is exported as it is."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from partita.adapters.signers.file import FileSigner
from partita.adapters.stores.memory import MemoryStore
from partita.engine.idempotency import wish
from partita.engine.journal_export import export_journal
from partita.engine.log_export import LogFiles
from partita.engine.log_ports import Cosignature, LogKey, StoredCheckpoint
from partita.engine.notary import Notary, Seal
from partita.engine.ports import LedgerInfo
from partita.engine.proving import Prover
from partita.engine.verification import verify_ledger
from partita.journal.checkpoint import AnswersHead, Checkpoint
from partita.journal.merkle import Frontier, leaf_hash
from partita.journal.notes import Note, Signature, VerifierKey
from partita.journal.tiles import Tile, tiles_of
from partita.wiring import Application, FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask
from tests.unit.engine.bookkeeping import open_accounts, pay

ROOT = Path(__file__).parents[3]
SEAL = Seal(FileSigner(b"k" * 32))


class Books(NamedTuple):
    """A ledger whose log is signed, and how many records it has."""

    info: LedgerInfo
    size: int


@pytest.fixture
def books(store: FullStore) -> Books:
    return signed(store)


def unsigned(store: FullStore) -> Application:
    """An application that signs nothing by itself, with two accounts."""
    clock = StandingClock(step_microseconds=1)
    application = Application(
        store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy(), seal=SEAL
    )
    setattr(application.notary, "poke", lambda *_: None)  # noqa: B010 - mypy takes no assignment
    open_accounts(application.open_ledger("main"), ("a", "b"))
    return application


def signed(store: FullStore) -> Books:
    """A journal of some size with three checkpoints, the last of its head, and a cosignature."""
    application = unsigned(store)
    ledger, notary = application.ledger(), application.notary
    for count in (300, 500):
        notary.sign(ledger.info)
        ask(ledger, *[wish(pay("a", "b", 1))] * count)
    notary.sign(ledger.info)
    ledger.close()
    size = store.head(ledger.info).sequence
    signature = Signature("witness.example", b"1234", b"s" * 72)
    store.add_cosignature(ledger.info, Cosignature(size, signature, NOON))
    return Books(ledger.info, size)


def test_a_log_nobody_touched_is_well(store: FullStore, books: Books) -> None:
    report = verify_ledger(store, books.info)
    assert report.first_bad is None
    assert report.checkpoints == 3


def test_a_log_that_has_signed_nothing_is_well(store: FullStore) -> None:
    ledger = unsigned(store).ledger()
    ledger.close()
    report = verify_ledger(store, ledger.info)
    assert (report.ok, report.checkpoints) == (True, 0)


Log = Any


def _note(log: Log, place: tuple[int, int], change: Callable[[str], str]) -> None:
    kept = log.checkpoints[place]
    log.checkpoints[place] = msgspec.structs.replace(kept, note=change(kept.note))


def _first(log: Log) -> tuple[int, int]:
    size, answers = min(log.checkpoints)
    return size, answers


def _other_seal(log: Log) -> None:
    """The same checkpoint, signed by somebody else under the same name."""
    place = _first(log)
    text = Note.parse(log.checkpoints[place].note).text
    thief = FileSigner(b"t" * 32)
    key = VerifierKey(Checkpoint.parse(text).origin, 1, thief.public)  # type: ignore[arg-type]
    note = Note(text, (Signature(key.name, key.id, thief.sign(text.encode())),))
    _note(log, place, lambda _: note.full())


def _forged_root(log: Log) -> None:
    """Another root, rightly signed: only the records can say that it is not theirs."""
    size, _ = _first(log)
    origin = Checkpoint.parse(Note.parse(log.checkpoints[size, 0].note).text).origin
    text = Checkpoint(origin, size, b"r" * 32).text()
    info = MemoryStore().create_ledger("main", NOON)
    note = SEAL.signed(info, text).full()
    log.checkpoints[size, 0] = StoredCheckpoint(size, b"r" * 32, note, NOON)


def _beyond(log: Log) -> None:
    last = max(log.checkpoints)
    kept = log.checkpoints[last]
    size = kept.size + 5
    log.checkpoints[size, 0] = msgspec.structs.replace(kept, size=size)


def _answers(log: Log, count: int, frontier: bytes) -> None:
    place = _first(log)
    changes = {"answers": count, "frontier": frontier}
    log.checkpoints[place] = msgspec.structs.replace(log.checkpoints[place], **changes)


def _claim(log: Log) -> None:
    """The log signed that there were two answers, rightly spelled, where there are none."""
    kept = log.checkpoints[max(log.checkpoints)]
    says = Checkpoint.parse(Note.parse(kept.note).text)
    frontier = Frontier.from_bytes(2, b"x" * 32)
    line = AnswersHead(2, frontier.root()).line()
    text = Checkpoint(says.origin, says.size, says.root, (line,)).text()
    note = SEAL.signed(MemoryStore().create_ledger("main", NOON), text).full()
    changed = {"note": note, "answers": 2, "frontier": b"x" * 32}
    log.checkpoints[kept.size, 2] = msgspec.structs.replace(kept, **changed)


EDITS: dict[str, tuple[Callable[[Log], object], str, str]] = {
    "a root and its note, signed": (_forged_root, "checkpoint", "root"),
    "a row's root": (
        lambda log: log.checkpoints.update({
            _first(log): msgspec.structs.replace(log.checkpoints[_first(log)], root=b"r" * 32)
        }),
        "checkpoint", "root",
    ),
    "another's signature": (_other_seal, "checkpoint", "signature of the log"),
    "a size in a note": (
        lambda log: _note(log, _first(log), lambda n: n.replace("\n", "\n1", 1)), "checkpoint", "note",
    ),
    "no note": (lambda log: _note(log, _first(log), lambda _: "note"), "checkpoint", "note"),
    "records cut off": (_beyond, "checkpoint", "size"),
    "a tile": (lambda log: log.tiles.update({(0, 1): b"t" * 32}), "tile", "root of tile 0/1"),
    "a missing tile": (lambda log: log.tiles.pop((0, 0)), "tile", "root of tile 0/0"),
    "a tile that is not full": (
        lambda log: log.tiles.update({(0, 9): b"t" * 32}), "tile", "root of tile 0/9, which is not full",
    ),
    "stored answers that there never were": (
        lambda log: _answers(log, 2, b"x" * 32), "checkpoint", "answers in the note",
    ),
    "a frontier of another length": (
        lambda log: _answers(log, 3, b"x"), "checkpoint", "length of the answers' frontier",
    ),
    "stored answers cut off": (_claim, "checkpoint", "count of answers"),
    "a key that is none": (
        lambda log: log.keys.update({1: LogKey(1, "key", NOON)}), "log_key", "verifier_key",
    ),
    "no key": (lambda log: log.keys.clear(), "checkpoint", "signature of the log"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_every_kind_of_edit_is_found(name: str, memory_store: MemoryStore) -> None:
    edit, table, what = EDITS[name]
    books = signed(memory_store)
    edit(memory_store.log_of(books.info))
    found = verify_ledger(memory_store, books.info).first_bad
    assert found is not None
    assert (found.table, found.what) == (table, what)


def test_an_export_has_the_log_as_plain_files(
    store: FullStore, books: Books, tmp_path: Path
) -> None:
    export_journal(store, books.info, tmp_path)
    folder, size = tmp_path / "log", books.size
    prover = Prover(store, Notary(store, SEAL, StandingClock()))
    tiles = [*tiles_of(size), Tile(None, 0), Tile(None, size // 256, size % 256)]
    for tile in tiles:
        assert (folder / tile.path()).read_bytes() == prover.tile(books.info, tile)
    found = [path for path in (folder / "tile").rglob("*") if path.is_file()]
    assert len(found) == len(list(tiles_of(size))) + size // 256 + 1
    assert (folder / "keys").read_text() == f"{SEAL.verifier_key(books.info).text()}\n"
    newest = store.checkpoints(books.info, None, 1)[0]
    assert (folder / "checkpoint").read_text() == prover.note(books.info, newest).full()
    notes = (folder / "checkpoints").read_text().split("\n\n")
    assert len(notes) == 2 * 3 + 1
    assert notes[-1] == ""
    assert "witness.example" in notes[-2]
    script = [sys.executable, "-I", str(ROOT / "tools" / "verify.py"), str(tmp_path)]
    run = subprocess.run(script, capture_output=True, text=True, check=False, timeout=60)
    assert json.loads(run.stdout)["ok"], run.stdout


def test_a_bundle_with_an_oversized_record_is_left_out(tmp_path: Path) -> None:
    files = LogFiles(tmp_path)
    for body in [b"small"] * 300 + [b"x" * 65_536]:
        files.take(body, leaf_hash(body))
    files.finish()
    assert (tmp_path / "tile/entries/000").is_file()
    assert not (tmp_path / "tile/entries/001.p").exists()
    assert (tmp_path / "tile/0/001.p/45").is_file()
