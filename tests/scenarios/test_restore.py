"""From the journal alone to everything that is kept of a ledger, byte for byte, in an empty store."""

from pathlib import Path

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.errors import RestoreRefused
from partita.engine.idempotency import wish
from partita.engine.journal_export import export_journal
from partita.engine.journal_import import BLOCK, restore_journal
from partita.engine.ports import LedgerInfo
from partita.engine.verification import verify_ledger
from partita.wiring import Application, FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask
from tests.unit.journal import specimen


def filled(store: FullStore, more: int = 0) -> LedgerInfo:
    """One of everything, and so many transfers more."""
    clock = StandingClock(step_microseconds=1)
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    ledger = application.open_ledger("main")
    specimen.fill(application)
    transfers = (specimen.transfer("bank", "customers:alice", 1) for _ in range(more))
    if more:
        ask(ledger, *(wish(each, key=f"more {n}") for n, each in enumerate(transfers)))
    ledger.close()
    application.notary.close()
    return ledger.info


def tables(folder: Path) -> dict[str, bytes]:
    """Every file that follows from the journal; what is signed is the installation's own."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """The files of a ledger that was kept in memory."""
    store, folder = MemoryStore(), tmp_path / "exported"
    export_journal(store, filled(store, BLOCK + 5), folder)
    return folder


def test_export_restore_and_export_again_are_the_same_bytes(
    exported: Path, store: FullStore, tmp_path: Path
) -> None:
    done = restore_journal(store, exported, NOON)
    (info,) = store.ledgers()
    report = verify_ledger(store, info)
    assert report.first_bad is None
    assert (done.records, done.root) == (report.records, report.root)
    export_journal(store, info, tmp_path / "again")
    assert tables(tmp_path / "again") == tables(exported)


def test_the_ledger_goes_on_where_it_was(exported: Path, store: FullStore) -> None:
    done = restore_journal(store, exported, NOON)
    clock = StandingClock(step_microseconds=1)
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy(7))
    ledger = application.ledger("main")
    again = specimen.transfer("bank", "customers:alice", 1)
    (old,) = ask(ledger, wish(again, key="more 3"))
    (new,) = ask(ledger, wish(again, key="another"))
    assert old.replayed
    assert not new.replayed
    ledger.close()
    application.notary.close()
    assert store.head(ledger.info).sequence == done.records + 1
    assert verify_ledger(store, ledger.info).ok


def test_a_restoring_that_was_cut_off_goes_on(
    exported: Path, postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    def stop(done: int, _total: int) -> None:
        told.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_journal(postgres_store, exported, NOON, stop)
    done = restore_journal(postgres_store, exported, NOON)
    assert told == [BLOCK]
    assert verify_ledger(postgres_store, postgres_store.ledgers()[0]).root == done.root


@pytest.mark.parametrize("name", ["journal.ndjson", "outcomes.csv", "head.json"])
def test_files_that_are_not_whole_are_refused_before_anything_is_written(
    exported: Path, memory_store: MemoryStore, name: str
) -> None:
    file = exported / name
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises((RestoreRefused, ValueError)):
        restore_journal(memory_store, exported, NOON)
    assert all(memory_store.head(info).sequence == 0 for info in memory_store.ledgers())


def test_another_ledger_of_that_name_is_left_alone(
    exported: Path, memory_store: MemoryStore
) -> None:
    info = filled(memory_store)
    before = memory_store.head(info)
    other = exported.parent / "other"
    other_store = MemoryStore()
    export_journal(other_store, filled(other_store), other)
    restore_journal(memory_store, other, NOON)  # the very same ledger is there: nothing to do
    with pytest.raises(RestoreRefused):
        restore_journal(memory_store, _renamed(exported), NOON)
    assert memory_store.head(info) == before


def _renamed(folder: Path) -> Path:
    """An export whose first record is another one's."""
    lines = (folder / "journal.ndjson").read_bytes().split(b"\n")
    (folder / "journal.ndjson").write_bytes(b"\n".join(lines[1:]))
    return folder
