"""The process that writes exports: part by part, again after a crash, and never two of it at once."""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.asking import ask
from partita.engine.idempotency import wish
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, Refused
from partita.engine.wanting import Act
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.kernel.events import resource_in
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.exports import folder as folders
from partita.modules.exports.deciding import CancelExport, CompleteExport, RequestExport
from partita.modules.exports.export import KIND, Export, ExportStatus, Written, as_export, read
from partita.modules.exports.folder import Place, Progress
from partita.modules.exports.lists import ListWish, NoLists
from partita.modules.exports.process import ExportsProcess, Workshop
from partita.modules.exports.table import Format
from partita.surfaces.http.every_list import lists_of
from partita.wiring import Application
from tests.contracts.table_readers import READERS
from tests.plugins.steering import SeededEntropy, StandingClock

ACCOUNTS = 2_500
DAY = 86_400_000_000


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Application]:
    """A ledger with more accounts than two pages hold."""
    application = Application(
        MemoryStore(), pepper=b"p" * 32, clock=StandingClock(), entropy=SeededEntropy()
    )
    application.exporting.place = Place(tmp_path / "exports", 7)
    ledger = application.open_ledger("main")
    for n in range(ACCOUNTS):
        done = ask(ledger, wish(OpenAccount(f"a:{n}", "USD", AccountType.LIABILITY)))
        assert isinstance(done, Accepted)
    lists_of(application)
    yield application
    application.close()


def process_of(application: Application) -> ExportsProcess:
    """A process of its own, as after a restart: it writes a page at a time."""
    exporting = application.exporting
    workshop = Workshop(
        lambda: exporting.lists, exporting.formats, lambda: exporting.place, application.clock
    )
    return ExportsProcess(
        application.store, application.ledger, workshop, part_seconds=0.0, look_seconds=0.0
    )


def told(application: Application, act: Act) -> Export:
    outcome = ask(application.ledger("main"), wish(act))
    assert isinstance(outcome, Accepted), outcome
    return as_export(resource_in(outcome.record.event))


def requested(application: Application, kept: Format, **more: Any) -> Export:
    return told(application, RequestExport(ListWish(list="accounts", **more), kept))


def now(application: Application, export: Export) -> Export:
    found = application.store.resource(application.ledger("main").info, KIND, export.id)
    assert isinstance(found, Matter)
    return read(found)


def until_over(application: Application, export: Export, process: ExportsProcess) -> Export:
    for _ in range(100):
        if not now(application, export).is_open:
            return now(application, export)
        process.run_once(application.clock.now())
    raise AssertionError("it did not come to an end")


def file_of(application: Application, export: Export) -> Path:
    return application.exporting.exports.file(application.ledger("main").info, export)


@pytest.mark.parametrize("kept", list(Format), ids=lambda each: each.value)
def test_a_job_writes_the_whole_list(books: Application, kept: Format) -> None:
    if kept in (Format.PARQUET, Format.XLSX):
        pytest.importorskip("openpyxl", reason="the extra `export` is not installed")
    export = until_over(books, requested(books, kept), process_of(books))
    assert export.status is ExportStatus.COMPLETED, export.body.problem
    written = export.body.written
    assert written is not None
    file = file_of(books, export)
    data = file.read_bytes()
    assert (written.rows, written.bytes) == (ACCOUNTS, len(data))
    assert written.sha256 == sha256(data).hexdigest()
    named = file.with_suffix(f".{kept.value}")
    os.link(file, named)
    opened = books.exporting.lists.open("main", export.body.wish)
    rows = READERS[kept](named, opened.columns)[1]
    assert {row[1] for row in rows} == {f"a:{n}" for n in range(ACCOUNTS)}
    assert len(rows) == ACCOUNTS
    left = {each.name for each in file.parent.iterdir()}
    assert left == {"file", named.name, "progress.json", "lock"}


def test_parts_are_told_as_they_come(books: Application) -> None:
    export, process = requested(books, Format.CSV), process_of(books)
    info, found = books.ledger("main").info, []
    for _ in range(5):
        process.run_once(books.clock.now())
        found.append(books.exporting.exports.pace(info, now(books, export)).done)
    assert found == [1_000, 2_000, 2_500, 2_500, 2_500]


class Killed(BaseException):
    """What a test throws where a process would be gone."""


class Fuse:
    """Counts the moments at which something becomes durable, and ends everything at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at, self.count = 0, 0
        monkeypatch.setattr(os, "fsync", self._around(os.fsync))
        monkeypatch.setattr(Path, "replace", self._around(Path.replace))

    def _around(self, do: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                raise Killed
            return do(*given)

        return call


@pytest.mark.parametrize("kept", [Format.CSV, Format.NDJSON], ids=lambda each: each.value)
def test_wherever_it_dies_the_bytes_are_the_same(
    books: Application, kept: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = until_over(books, requested(books, kept), process_of(books))
    expected, fuse = file_of(books, whole).read_bytes(), Fuse(monkeypatch)
    until_over(books, requested(books, kept), process_of(books))
    points = fuse.count
    assert points > 10
    for point in range(1, points + 1):
        fuse.at, fuse.count = point, 0
        export = requested(books, kept)
        with pytest.raises(Killed):
            until_over(books, export, process_of(books))
        fuse.at = 0
        export = until_over(books, export, process_of(books))
        assert export.status is ExportStatus.COMPLETED
        assert file_of(books, export).read_bytes() == expected, f"killed at {point}"


def test_a_torn_part_is_cut_off(books: Application) -> None:
    whole = until_over(books, requested(books, Format.CSV), process_of(books))
    export = requested(books, Format.CSV)
    process_of(books).run_once(books.clock.now())
    folder = books.exporting.place.of(books.ledger("main").info, export.id)
    with folder.part.open("ab") as file:
        file.write(b"half a line that nobody not" * 100_000)  # more than what is yet to come
    export = until_over(books, export, process_of(books))
    assert file_of(books, export).read_bytes() == file_of(books, whole).read_bytes()


def test_a_file_that_was_whole_before_the_crash_is_only_told(
    books: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    export, process = requested(books, Format.CSV), process_of(books)

    def dies(_info: Any, act: Act) -> None:
        if isinstance(act, CompleteExport):
            raise Killed
        ask(books.ledger("main"), wish(act))

    monkeypatch.setattr(process, "_ask", dies)
    with pytest.raises(Killed):
        until_over(books, export, process)
    folder = books.exporting.place.of(books.ledger("main").info, export.id)
    assert folder.file.exists()
    written_at = folder.file.stat().st_mtime_ns
    export = until_over(books, export, process_of(books))
    assert (export.status, folder.file.stat().st_mtime_ns) == (ExportStatus.COMPLETED, written_at)


def test_two_processes_never_write_one_file(books: Application) -> None:
    export, first, second = requested(books, Format.CSV), process_of(books), process_of(books)
    info = books.ledger("main").info
    with books.exporting.place.of(info, export.id).held() as is_ours:
        assert is_ours
        assert first.run_once(books.clock.now()) == 0
    for _ in range(9):
        first.run_once(books.clock.now())
        second.run_once(books.clock.now())
    done = now(books, export)
    assert done.status is ExportStatus.COMPLETED
    lines = file_of(books, done).read_bytes().splitlines()
    assert len(lines) == len(set(lines)) == ACCOUNTS + 1


def test_making_a_file_is_broken_off_when_the_worker_ends(books: Application) -> None:
    pytest.importorskip("xlsxwriter", reason="the extra `export` is not installed")
    export, ending = requested(books, Format.XLSX), process_of(books)
    ending.close()
    for _ in range(6):
        ending.run_once(books.clock.now())
    folder = books.exporting.place.of(books.ledger("main").info, export.id)
    assert now(books, export).status is ExportStatus.RUNNING
    assert {each.name for each in folder.path.iterdir()} == {"rows.part", "progress.json", "lock"}
    done = until_over(books, export, process_of(books))
    assert done.body.written is not None
    assert done.body.written.rows == ACCOUNTS


def test_what_is_called_off_is_removed(books: Application) -> None:
    export, process = requested(books, Format.CSV), process_of(books)
    process.run_once(books.clock.now())
    folder = books.exporting.place.of(books.ledger("main").info, export.id)
    assert folder.part.exists()
    told(books, CancelExport(export.id, "not needed"))
    process_of(books).run_once(books.clock.now())
    assert not folder.path.exists()
    assert now(books, export).status is ExportStatus.CANCELED


def test_a_file_expires_by_the_setting(books: Application) -> None:
    process = process_of(books)
    export = until_over(books, requested(books, Format.CSV), process)
    file, done_at = file_of(books, export), books.clock.now()
    assert export.body.expires_at is not None
    assert abs(export.body.expires_at - done_at - 7 * DAY) < DAY
    process.run_once(Moment(done_at + 6 * DAY))
    assert file.exists()
    process.run_once(Moment(done_at + 8 * DAY))
    assert not file.parent.exists()
    assert now(books, export).status is ExportStatus.EXPIRED


@pytest.mark.parametrize(
    "asked", [{"filters": {"colour": "red"}}, {"filters": {"status": "blue"}}, {"each": "x"}]
)
def test_what_cannot_be_read_fails_and_says_why(books: Application, asked: Any) -> None:
    export = until_over(books, requested(books, Format.CSV, **asked), process_of(books))
    assert export.status is ExportStatus.FAILED
    assert export.body.problem
    folder = books.exporting.place.of(books.ledger("main").info, export.id)
    assert not folder.path.exists()


def test_where_nobody_reads_lists_it_fails_and_says_so(books: Application) -> None:
    reader, books.exporting.lists = books.exporting.lists, NoLists()
    export = until_over(books, requested(books, Format.CSV), process_of(books))
    assert export.status is ExportStatus.FAILED
    assert "no face is open" in str(export.body.problem)
    books.exporting.lists = reader


def test_a_defect_is_tried_again_and_then_said(
    books: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def broken(*given: Any) -> Any:
        tries.append(given)
        raise RuntimeError("a defect")

    monkeypatch.setattr(folders.ExportFolder, "open_part", broken)
    export = until_over(books, requested(books, Format.CSV), process_of(books))
    assert (export.status, len(tries)) == (ExportStatus.FAILED, 5)


def test_a_full_list_of_exports_is_worked_off_in_its_order(books: Application) -> None:
    exports = [requested(books, Format.CSV) for _ in range(7)]
    process, ended = process_of(books), []
    for _ in range(60):
        process.run_once(books.clock.now())
        for export in exports:
            if not now(books, export).is_open and export.id not in ended:
                ended.append(export.id)
    assert ended == [export.id for export in exports]


def test_what_is_over_is_neither_completed_nor_called_off(books: Application) -> None:
    export = until_over(books, requested(books, Format.CSV), process_of(books))
    written = Written(rows=0, bytes=0, sha256="", from_sequence=0, to_sequence=0)
    for act in (CancelExport(export.id), CompleteExport(export.id, written, Moment(1))):
        outcome = ask(books.ledger("main"), wish(act))
        assert isinstance(outcome, Refused)
        assert outcome.rejection.code is Code.INVALID_STATE
    unknown = ask(books.ledger("main"), wish(CancelExport("exp_01M7W7N0QW460X59E8QN11KFMB")))
    assert isinstance(unknown, Refused)
    assert unknown.rejection.code is Code.MATTER_NOT_FOUND
    assert now(books, export) == export


def test_nothing_is_asked_of_the_store_again_and_again(books: Application) -> None:
    exporting = books.exporting
    workshop = Workshop(
        lambda: exporting.lists, exporting.formats, lambda: exporting.place, books.clock
    )
    process = ExportsProcess(books.store, books.ledger, workshop, look_seconds=60.0)
    assert process.run_once(books.clock.now()) == 0
    requested(books, Format.CSV)
    assert process.run_once(books.clock.now()) == 0, "it looks again after a while"


def test_progress_that_is_lost_begins_again(books: Application) -> None:
    export, process = requested(books, Format.CSV), process_of(books)
    process.run_once(books.clock.now())
    folder = books.exporting.place.of(books.ledger("main").info, export.id)
    folder.remove()
    assert folder.progress() is None
    done = until_over(books, export, process_of(books))
    assert done.body.written is not None
    assert done.body.written.rows == ACCOUNTS
    assert isinstance(folder.progress(), Progress)
    which = ResourceFilter(KIND, state="running")
    assert books.store.resources(books.ledger("main").info, which, None, 5) == []
