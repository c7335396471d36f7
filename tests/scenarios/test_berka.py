"""A real bank's year through the engine on PostgreSQL: every balance of every day must agree."""

import gzip
import subprocess
import sys
import time
from pathlib import Path

import pytest

from examples.berka import story
from partita.adapters.stores.memory import MemoryStore
from partita.adapters.stores.postgres.store import PostgresStore
from partita.kernel.events import TransactionPosted
from partita.modules.importing import resume_point
from partita.modules.importing.runner import files_in
from partita.wiring import Application, FullStore, csv_source
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import SeededEntropy, StandingClock


@pytest.fixture
def files() -> story.Files:
    """The published files; without them there is nothing to test."""
    try:
        return story.find_files()
    except story.MissingInputError as missing:
        pytest.skip(str(missing))


def opened(store: FullStore, clock: StandingClock, entropy: SeededEntropy) -> Application:
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=entropy)
    application.open_ledger("main")
    return application


def test_every_balance_of_a_banks_year_agrees(
    postgres_store: PostgresStore,
    clock: StandingClock,
    entropy: SeededEntropy,
    files: story.Files,
    tmp_path: Path,
) -> None:
    application = opened(postgres_store, clock, entropy)
    told: list[str] = []
    figures = story.tell_story(application, files, tmp_path, told.append)
    assert figures["transactions"] == figures["replayed"] == 28_205
    assert figures["accounts"] == 1_139
    assert figures["account_days"] == 23_440
    assert figures["credits"] == "120442237.40"
    assert figures["debits"] == "83866291.30"
    assert figures["closing"] == "36575946.10"
    assert figures["trial_balance"] == 0
    assert figures["verified"] is True
    application.ledger().close()


@pytest.mark.parametrize("swindle", ["amount", "day", "missing"])
def test_a_file_that_was_tampered_with_is_found_out(
    memory_store: MemoryStore,
    clock: StandingClock,
    entropy: SeededEntropy,
    files: story.Files,
    tmp_path: Path,
    swindle: str,
) -> None:
    lines = gzip.decompress(files.transactions.read_bytes()).decode("ascii").splitlines()
    fields = lines[20_000].split(";")
    before, after = {"amount": (5, "0.10"), "day": (2, lines[20_300].split(";")[2])}.get(
        swindle, (None, "")
    )
    if before is None:
        del lines[20_000]
    else:
        fields[before] = after
        row = ";".join(fields)
        del lines[20_000]
        lines.insert(20_300 if swindle == "day" else 20_000, row)
    changed = tmp_path / "trans_1993.asc.gz"
    changed.write_bytes(gzip.compress("\n".join(lines).encode("ascii"), 1))
    application = opened(memory_store, clock, entropy)
    bank = story.Bank(application, files._replace(transactions=changed))
    bank.import_file(tmp_path, lambda _: None)
    with pytest.raises(story.Disagreement):
        bank.account_days()
    application.ledger().close()


IMPORT = """
import sys
from pathlib import Path
from examples.berka import story
from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.wiring import Application
store = PostgresStore(sys.argv[1], sys.argv[2], connections=2)
books = Application(store, pepper=b"p" * 32, clock=SystemClock(), entropy=SystemEntropy())
books.open_ledger("main")
story.Bank(books, story.find_files()).import_file(Path(sys.argv[3]), lambda _: None)
"""


def test_a_killed_import_goes_on_and_posts_nothing_twice(
    postgres_database: PostgresDatabase,
    postgres_store: PostgresStore,
    files: story.Files,
    tmp_path: Path,
) -> None:
    state = files_in(tmp_path, csv_source(story.PROFILE, files.transactions)).state
    command = [sys.executable, "-c", IMPORT, postgres_database.poster, postgres_database.reader]
    places = [-1]
    for _round in range(3):
        with subprocess.Popen([*command, str(tmp_path)], cwd=Path(__file__).parents[2]) as process:
            seen = state.read_bytes() if state.exists() else b""
            while process.poll() is None and (not state.exists() or state.read_bytes() == seen):
                time.sleep(0.005)
            process.kill()
        places.append(_rows(state))
    assert places == sorted(set(places)), "each run went on from where the last one was"
    subprocess.run([*command, str(tmp_path)], cwd=Path(__file__).parents[2], check=True)
    (info,) = postgres_store.ledgers()
    events = [record.event for record in postgres_store.records(info, 0, 1_000_000)]
    posted = [e.external_id for e in events if isinstance(e, TransactionPosted)]
    assert len(posted) == len(set(posted)) == story.TRANSACTIONS


def _rows(state: Path) -> int:
    point = resume_point.load(state)
    assert point is not None, "a kill leaves a whole resume point"
    return point.counts.rows


def test_without_the_input_the_story_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARTITA_SHARED_DATA", str(tmp_path))
    assert story.main() == 2
    printed = capsys.readouterr()
    assert "trans_1993.asc.gz is missing" in printed.err
    assert printed.out.startswith('{"ok": false')
