"""The import runner: everything once, in order, whatever interrupts it, on both stores."""

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.errors import CorruptJournal, Overloaded
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Refused, Wish
from partita.engine.ports import LedgerInfo, UnitOfWork
from partita.engine.writer import Done
from partita.kernel.account import AccountType
from partita.kernel.balance import balance
from partita.kernel.commands import OpenAccount
from partita.kernel.events import TransactionPosted
from partita.modules.importing import resume_point
from partita.modules.importing.runner import (
    BATCH_ROWS,
    ImportFiles,
    ImportProgress,
    ImportReport,
    files_in,
    run_import,
)
from partita.modules.importing.source import Source, SourceError
from partita.wiring import Application, FullStore
from tests.plugins.steering import SeededEntropy, StandingClock, ask_one
from tests.unit.adapters.formats.profiles import PROFILE, source

PEPPER = b"p" * 32
ROWS = 5 * BATCH_ROWS + 300


def till(folder: Path, rows: int = ROWS) -> Source:
    """Deposits of 1, 2, 3 … cents for 50 customers, on 10 days, each day upside down."""
    lines = [
        f"{number},2024-01-{1 + number * 10 // rows:02},in,0.{1 + number % 99:02},c{number % 50}\n"
        for number in range(rows)
    ]
    days: dict[str, list[str]] = {}
    for line in lines:
        days.setdefault(line.split(",")[1], []).append(line)
    return source(folder, "".join(line for day in days.values() for line in reversed(day)))


def posted(ledger: Ledger, reader: FullStore) -> list[str]:
    """The external ids of all transactions in the order of the journal."""
    records = reader.records(ledger.info, 0, 1_000_000)
    return [
        record.event.external_id or ""
        for record in records
        if isinstance(record.event, TransactionPosted)
    ]


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    """Posted, replayed, rejected, failed."""
    figures = report.counts
    return figures.posted, figures.replayed, figures.rejected, figures.failed


class Halt(BaseException):
    """A process that ends in the middle; nothing in the product catches it."""


def halting(after_batches: int, halt: type[BaseException]) -> Callable[[ImportProgress], None]:
    """A progress callback that ends the run after so many durable batches."""
    left = iter(range(after_batches - 1, -1, -1))

    def tell(_progress: ImportProgress) -> None:
        if next(left, None) == 0:
            raise halt

    return tell


@pytest.fixture
def books(application: Application) -> tuple[Ledger, FullStore]:
    """The ledger `main` and what reads it."""
    return application.ledger("main"), application.store


Books = tuple[Ledger, FullStore]


def test_everything_comes_in_once_and_in_order(books: Books, tmp_path: Path) -> None:
    ledger, store = books
    till_source = till(tmp_path)
    files = files_in(tmp_path / "imports", till_source)
    told: list[ImportProgress] = []
    report = run_import(ledger, store, till_source, files, told.append)
    assert counts(report) == (ROWS, 0, 0, 0)
    assert report.ok
    assert report.counts.accounts_opened == 51
    assert posted(ledger, store) == [str(number) for number in range(ROWS)]
    assert [progress.counts.rows for progress in told] == [
        *range(BATCH_ROWS, ROWS, BATCH_ROWS),
        ROWS,
    ]
    assert told[-1].bytes_done == told[-1].bytes_total == till_source.size
    assert not list((tmp_path / "imports").iterdir()), (
        "an import that came to its end leaves nothing"
    )


def test_importing_again_changes_nothing_and_says_so(books: Books, tmp_path: Path) -> None:
    ledger, store = books
    files = files_in(tmp_path / "imports", till(tmp_path))
    run_import(ledger, store, till(tmp_path), files)
    head = store.head(ledger.info)
    report = run_import(ledger, store, till(tmp_path), files)
    assert counts(report) == (0, ROWS, 0, 0)
    assert report.counts.accounts_opened == 0
    assert store.head(ledger.info) == head


@pytest.mark.parametrize("halt", [Halt, KeyboardInterrupt, SourceError])
@pytest.mark.parametrize("after_batches", [1, 3])
def test_an_import_that_was_cut_off_goes_on_where_it_was(
    books: Books, tmp_path: Path, halt: type[BaseException], after_batches: int
) -> None:
    ledger, store = books
    files = files_in(tmp_path / "imports", till(tmp_path))
    with pytest.raises(halt):
        run_import(ledger, store, till(tmp_path), files, halting(after_batches, halt))
    point = resume_point.load(files.state)
    assert point is not None
    assert point.counts.rows >= after_batches * BATCH_ROWS
    report = run_import(ledger, store, till(tmp_path), files)
    assert report.resumed_after_rows == point.counts.rows
    assert report.counts.rows == ROWS
    assert report.counts.posted + report.counts.replayed == ROWS
    assert posted(ledger, store) == [str(number) for number in range(ROWS)]


def test_an_interrupted_import_notes_all_that_was_under_way(books: Books, tmp_path: Path) -> None:
    ledger, store = books
    files = files_in(tmp_path / "imports", till(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        run_import(ledger, store, till(tmp_path), files, halting(1, KeyboardInterrupt))
    point = resume_point.load(files.state)
    assert point is not None
    assert point.counts.rows == len(posted(ledger, store))
    assert counts(run_import(ledger, store, till(tmp_path), files)) == (ROWS, 0, 0, 0)


def test_a_crash_before_the_resume_point_only_means_replays(books: Books, tmp_path: Path) -> None:
    ledger, store = books
    files = files_in(tmp_path / "imports", till(tmp_path))
    with pytest.raises(Halt):
        run_import(ledger, store, till(tmp_path), files, halting(2, Halt))
    old = files.state.read_bytes()
    with pytest.raises(Halt):
        run_import(ledger, store, till(tmp_path), files, halting(2, Halt))
    files.state.write_bytes(old)  # as if the machine had stopped before the point was on disk
    report = run_import(ledger, store, till(tmp_path), files)
    assert report.counts.replayed >= 2 * BATCH_ROWS
    assert report.counts.rows == ROWS
    assert posted(ledger, store) == [str(number) for number in range(ROWS)]


@pytest.mark.parametrize("spoilt", [b"", b"{", b'{"rows": 3}', b"null"])
def test_a_spoilt_resume_point_means_beginning_again(
    books: Books, tmp_path: Path, spoilt: bytes
) -> None:
    ledger, store = books
    small = till(tmp_path, 30)
    files = files_in(tmp_path / "imports", small)
    files.state.write_bytes(spoilt)
    assert counts(run_import(ledger, store, small, files)) == (30, 0, 0, 0)


def test_the_resume_point_of_another_file_or_ledger_is_not_followed(
    application: Application, tmp_path: Path
) -> None:
    files = ImportFiles(tmp_path / "state", tmp_path / "errors")
    first, second = application.ledger("main"), application.open_ledger("second")
    with pytest.raises(Halt):
        run_import(first, application.store, till(tmp_path), files, halting(1, Halt))
    state = files.state.read_bytes()
    report = run_import(second, application.store, till(tmp_path), files)
    assert (report.resumed_after_rows, report.counts.posted) == (0, ROWS)
    files.state.write_bytes(state)
    report = run_import(first, application.store, till(tmp_path, ROWS - 1), files)
    assert report.resumed_after_rows == 0
    assert report.counts.rows == ROWS - 1


def test_a_journal_that_forgot_is_filled_again(
    memory_store: MemoryStore, clock: StandingClock, entropy: SeededEntropy, tmp_path: Path
) -> None:
    files = ImportFiles(tmp_path / "state", tmp_path / "errors")

    def fresh(store: MemoryStore) -> Ledger:
        clock.moment = type(clock.moment)(0)
        return Application(store, pepper=PEPPER, clock=clock, entropy=entropy).open_ledger("main")

    with pytest.raises(Halt):
        run_import(fresh(memory_store), memory_store, till(tmp_path), files, halting(2, Halt))
    restored = MemoryStore()
    ledger = fresh(restored)
    report = run_import(ledger, restored, till(tmp_path), files)
    assert (report.resumed_after_rows, report.counts.posted) == (0, ROWS)


BAD_ROWS = (
    "1,2024-01-01,in,10,alice\n"
    "2,2024-01-01,gift,10,alice\n"
    "3,2024-01-01,out,0,alice\n"
    "4,2024-01-01,in,ten,alice\n"
    "4,2024-01-01,in,4,alice\n"
    '4,2024-01-01,in,5,"alice"\n'
    "5,2024-01-01,in,1,bob\udcff\n"
)


def test_rows_that_do_not_come_in_stand_in_the_errors_file(books: Books, tmp_path: Path) -> None:
    ledger, store = books
    bad = source(tmp_path, BAD_ROWS)
    files = files_in(tmp_path / "imports", bad)
    for again in (False, True):
        report = run_import(ledger, store, bad, files)
        assert counts(report) == ((0, 2, 2, 3) if again else (2, 0, 2, 3))
        assert not report.ok
        assert report.errors == files.errors
        with files.errors.open(newline="", errors="surrogateescape") as opened:
            table = list(csv.DictReader(opened))
        assert {(row["line"], row["code"]) for row in table} == {
            ("3", "no_rule"), ("4", "amount_out_of_range"), ("5", "bad_value"),
            ("7", "idempotency_key_reused"), ("8", "unfit_text"),
        }  # fmt: skip
        assert {row["row"] for row in table} <= set(BAD_ROWS.split("\n"))


def test_errors_are_not_doubled_by_a_crash(books: Books, tmp_path: Path) -> None:
    ledger, store = books
    rows = "".join(f"{n},2024-01-01,{'in' if n % 5 else 'gift'},1,a\n" for n in range(ROWS))
    source_with_gifts = source(tmp_path, rows)
    files = files_in(tmp_path / "imports", source_with_gifts)
    with pytest.raises(Halt):
        run_import(ledger, store, source_with_gifts, files, halting(2, Halt))
    with files.errors.open("a") as opened:
        opened.write("99,no_rule,written just before the crash,torn")
    report = run_import(ledger, store, source_with_gifts, files)
    assert report.counts.failed == ROWS // 5
    lines = [row[0] for row in csv.reader(files.errors.read_text().splitlines())]
    assert lines == ["line", *(str(n + 2) for n in range(0, ROWS, 5))]


def test_a_source_that_breaks_off_leaves_what_came_before(books: Books, tmp_path: Path) -> None:
    ledger, store = books
    rows = "".join(f"{n},2024-01-02,in,1,a\n" for n in range(2500))
    rows += "".join(f"{n},2024-01-03,in,1,a\n" for n in range(2500, 2600))
    broken = source(tmp_path, rows + "1,2024-01-01,in,1,a\n")
    files = files_in(tmp_path / "imports", broken)
    with pytest.raises(SourceError, match="line 2602"):
        run_import(ledger, store, broken, files)
    assert len(posted(ledger, store)) == 2000
    point = resume_point.load(files.state)
    assert point is not None
    assert point.counts.rows == 2000


def test_accounts_that_are_there_are_used_if_they_mean_the_same(
    books: Books, tmp_path: Path
) -> None:
    ledger, store = books
    ask_one(ledger, OpenAccount("cash", "EUR", AccountType.ASSET, metadata={"desk": "1"}))
    report = run_import(
        ledger, store, till(tmp_path, 50), ImportFiles(tmp_path / "s", tmp_path / "e")
    )
    assert report.ok
    assert report.counts.accounts_opened == 50


@pytest.mark.parametrize(
    "there",
    [
        OpenAccount("cash", "USD", AccountType.ASSET),
        OpenAccount("cash", "EUR", AccountType.INCOME),
    ],
)
def test_money_does_not_land_in_an_account_that_means_something_else(
    books: Books, tmp_path: Path, there: OpenAccount
) -> None:
    ledger, store = books
    assert isinstance(ask_one(ledger, there), Accepted)
    files = ImportFiles(tmp_path / "state", tmp_path / "errors")
    report = run_import(ledger, store, till(tmp_path, 50), files)
    assert counts(report) == (0, 0, 0, 50)
    assert posted(ledger, store) == []
    assert "cash is open as" in files.errors.read_text()


def test_a_profile_that_means_another_account_does_not_fit_an_earlier_import(
    books: Books, tmp_path: Path
) -> None:
    ledger, store = books
    files = ImportFiles(tmp_path / "state", tmp_path / "errors")
    run_import(ledger, store, till(tmp_path, 50), files)
    other = PROFILE.replace('type = "asset"', 'type = "expense"').replace("till:", "again:")
    report = run_import(ledger, store, source(tmp_path, "1,2024-01-01,in,1,c1\n", other), files)
    assert counts(report) == (0, 0, 0, 1)


def test_floors_of_the_profile_are_kept_by_the_ledger(books: Books, tmp_path: Path) -> None:
    ledger, store = books
    floor = 'path = "customers:{who|unknown}"\nconstraints = { min_available = "0" }'
    profile = PROFILE.replace('path = "customers:{who|unknown}"', floor)
    rows = "1,2024-01-01,out,5,a\n2,2024-01-01,in,3,a\n3,2024-01-02,out,2,a\n"
    files = ImportFiles(tmp_path / "state", tmp_path / "errors")
    report = run_import(ledger, store, source(tmp_path, rows, profile), files)
    assert counts(report) == (2, 0, 1, 0)
    assert "insufficient_funds" in files.errors.read_text()
    standing = store.account(ledger.info, "customers:a")
    assert standing is not None
    assert balance(standing.totals, standing.account.normal_side).posted == 100


class FailingStore(MemoryStore):
    """A memory store whose disk breaks after so many commits, until it is mended."""

    def __init__(self, good_commits: int) -> None:
        super().__init__()
        self.good_commits = good_commits

    def begin(self, ledger: LedgerInfo) -> Iterator[UnitOfWork]:  # type: ignore[override]
        self.good_commits -= 1
        if self.good_commits < 0:
            raise CorruptJournal("the disk broke")
        return super().begin(ledger)  # type: ignore[return-value]


@pytest.mark.parametrize("good_commits", [2, 3, 5, 7])
def test_a_store_that_fails_stops_the_import_and_the_next_run_completes_it(
    tmp_path: Path, clock: StandingClock, entropy: SeededEntropy, good_commits: int
) -> None:
    store = FailingStore(good_commits)
    files = ImportFiles(tmp_path / "state", tmp_path / "errors")
    application = Application(store, pepper=PEPPER, clock=clock, entropy=entropy)
    with pytest.raises(CorruptJournal, match="the disk broke"):
        run_import(application.open_ledger("main"), store, till(tmp_path), files)
    store.good_commits = 1_000
    ledger = Application(store, pepper=PEPPER, clock=clock, entropy=entropy).ledger("main")
    report = run_import(ledger, store, till(tmp_path), files)
    assert report.counts.rows == ROWS
    assert posted(ledger, store) == [str(number) for number in range(ROWS)]


class BusyLedger(Ledger):
    """A ledger whose queue is full of others' work at every second try."""

    tries = 0

    def submit(self, wishes: Sequence[Wish], done: Done) -> None:
        self.tries += 1
        if self.tries % 2:
            raise Overloaded("32768 commands wait already")
        super().submit(wishes, done)


def test_a_full_queue_is_waited_for(
    memory_store: MemoryStore, clock: StandingClock, entropy: SeededEntropy, tmp_path: Path
) -> None:
    application = Application(memory_store, pepper=PEPPER, clock=clock, entropy=entropy)
    info = application.open_ledger("main").info
    ledger = BusyLedger(info, memory_store, clock, entropy)
    files = ImportFiles(tmp_path / "state", tmp_path / "errors")
    assert counts(run_import(ledger, memory_store, till(tmp_path, 1500), files)) == (1500, 0, 0, 0)
    ledger.close()


def test_a_rejection_is_answered_the_same_again(books: Books, tmp_path: Path) -> None:
    ledger, store = books
    rejected = source(tmp_path, "1,2024-01-01,in,0,a\n")
    files = ImportFiles(tmp_path / "state", tmp_path / "errors")
    first = run_import(ledger, store, rejected, files)
    assert counts(first) == counts(run_import(ledger, store, rejected, files)) == (0, 0, 1, 0)
    assert not isinstance(store.account(ledger.info, "customers:a"), Refused)
