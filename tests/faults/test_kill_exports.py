"""`kill -9` while exports are written, at moments of chance: the files are the same to the last byte."""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from partita.adapters.stores.postgres.embedded import EmbeddedPostgres
from partita.config import Settings
from partita.engine.asking import ask, ask_all
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.kernel.events import resource_in
from partita.modules.exports.deciding import RequestExport
from partita.modules.exports.direct import write_list
from partita.modules.exports.export import ExportStatus, as_export
from partita.modules.exports.lists import ListWish
from partita.modules.exports.table import Format
from partita.surfaces.http.every_list import lists_of
from partita.wiring import build
from tests.faults.processes import ENVIRONMENT, ROOT

ACCOUNTS, BATCH = 12_000, 1_000
LONG_SECONDS = 60.0
WISH = ListWish(list="accounts")


@pytest.fixture
def folder(guarded_folder: Path) -> Iterator[Path]:
    """Books with many accounts, whose store stays up."""
    folder = Path(tempfile.mkdtemp(dir=guarded_folder))
    with EmbeddedPostgres(folder):
        application = build(Settings(data=folder))
        ledger = application.ledger("main")
        for first in range(0, ACCOUNTS, BATCH):
            ask_all(
                ledger,
                [
                    wish(OpenAccount(f"customers:c{n}", "USD", AccountType.LIABILITY))
                    for n in range(first, first + BATCH)
                ],
            )
        application.close()
        yield folder


def killed_after(folder: Path, seconds: float) -> bool:
    """Run the process and kill it so long after it is ready; whether it was not over yet."""
    command = (sys.executable, "-m", "tests.faults.export_process", str(folder))
    with subprocess.Popen(
        command, env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.returncode != 0


@pytest.mark.parametrize("kept", [Format.CSV, Format.NDJSON], ids=lambda each: each.value)
def test_a_killed_export_goes_on_and_has_the_same_bytes(
    folder: Path, kept: Format, seed: int, rounds: Callable[[int, int], int]
) -> None:
    chance, kills = random.Random(seed), 0
    application = build(Settings(data=folder))
    try:
        outcome = ask(application.ledger("main"), wish(RequestExport(WISH, kept)))
        assert isinstance(outcome, Accepted)
        export = as_export(resource_in(outcome.record.event))
        info, exports = application.ledger("main").info, application.exporting.exports
        begun, reached = time.monotonic(), set()
        for _ in range(rounds(5, 40)):
            kills += killed_after(folder, chance.uniform(0.0, 0.4))
            reached.add(exports.pace(info, exports.get(info, export.id)).done)
        while exports.get(info, export.id).is_open:
            assert time.monotonic() - begun < LONG_SECONDS * 4, "it never ended"
            killed_after(folder, LONG_SECONDS)
        found = exports.get(info, export.id)
        assert found.status is ExportStatus.COMPLETED
        whole = folder / f"whole.{kept.value}"
        opened = lists_of(application).open("main", WISH)
        assert write_list(opened, application.exporting.formats, kept, whole) == ACCOUNTS
        assert exports.file(info, found).read_bytes() == whole.read_bytes()
        print(f"{kills} kills, at {sorted(reached)} rows")
        assert kills >= 1
    finally:
        application.close()
