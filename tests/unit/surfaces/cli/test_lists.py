"""`partita lists`, `partita exports`, `partita jobs`: files from the command line, on real PostgreSQL."""

import csv
import json
import os
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from partita.config import Settings
from partita.journal.notes import Note
from partita.modules.exports.table import Format
from partita.surfaces.cli.main import run
from partita.surfaces.http.every_list import lists_of
from partita.wiring import build
from tests.unit.surfaces.cli.conftest import CommandLine

ACCOUNTS = 5


@pytest.fixture(scope="module", autouse=True)
def accounts_are_open(data_folder: Path) -> None:
    for n in range(ACCOUNTS):
        words = ["accounts", "open", f"a:{n}", "--asset", "USD", "--type", "liability"]
        assert run([*words, "--data", str(data_folder)]) == 0


def work(folder: Path) -> None:
    """What a worker does."""
    application = build(Settings(data=folder))
    lists_of(application)
    for _ in range(4):
        application.exporting.process.run_once(application.clock.now())
    application.close()


def test_lists_and_their_columns_are_told(partita: CommandLine) -> None:
    listed = {each["name"]: each for each in partita("lists", "list", "--json").json}
    assert listed["transactions"]["parts"] == ["postings"]
    assert "transactions" in partita("lists", "list").out
    assert {"name": "path", "kind": "text"} in partita(
        "lists", "columns", "accounts", "--json"
    ).json
    assert "moment" in partita("lists", "columns", "journal").out
    unknown = partita("lists", "columns", "account")
    assert (unknown.status, "did you mean 'accounts'?" in unknown.err) == (2, True)


@pytest.mark.parametrize("kept", list(Format), ids=lambda each: each.value)
def test_a_list_is_written_at_once(partita: CommandLine, kept: Format, tmp_path: Path) -> None:
    file = tmp_path / f"accounts.{kept.value}"
    told = partita("lists", "export", "accounts", "path_prefix=a", "--to", str(file), "--json").json
    assert told == {"ok": True, "rows": ACCOUNTS, "bytes": file.stat().st_size, "file": str(file)}
    again = partita("lists", "export", "accounts", "--to", str(file))
    assert (again.status, "is there already" in again.err) == (1, True)
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_what_cannot_be_written_says_why_and_leaves_nothing(
    partita: CommandLine, tmp_path: Path
) -> None:
    for words, told in (
        (["accounts", "--to", str(tmp_path / "a.pdf")], "does not say its format"),
        (["nothing", "--to", str(tmp_path / "a.csv")], "There is no list 'nothing'"),
        (["accounts", "colour=red", "--to", str(tmp_path / "a.csv")], "no parameter 'colour'"),
        (["accounts", "red", "--to", str(tmp_path / "a.csv")], "NAME=VALUE"),
        (["accounts/none/entries", "--to", str(tmp_path / "a.csv")], "There is no account 'none'"),
    ):
        said = partita("lists", "export", *words)
        assert said.status != 0
        assert told in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_job_from_request_to_file(partita: CommandLine, tmp_path: Path) -> None:
    made = partita("exports", "request", "accounts", "path_prefix=a", "--json").json
    assert (made["status"], made["format"]) == ("requested", "csv")
    assert partita("jobs", "show", made["id"], "--json").json["progress"]["done"] == 0
    work(partita.folder)
    shown = partita("exports", "show", made["id"], "--json").json
    assert (shown["status"], shown["rows"]) == ("completed", ACCOUNTS)
    file = tmp_path / "accounts.csv"
    assert partita("exports", "save", made["id"], "--to", str(file)).status == 0
    assert sha256(file.read_bytes()).hexdigest() == shown["sha256"]
    with file.open(newline="") as opened:
        assert len(list(csv.DictReader(opened))) == ACCOUNTS
    note = Note.parse((tmp_path / "accounts.csv.manifest").read_text())
    assert shown["sha256"] in note.text
    assert made["id"] in partita("exports", "list").out
    assert made["id"] in partita("jobs", "list", "--status", "completed").out


def test_a_job_is_called_off(partita: CommandLine, tmp_path: Path) -> None:
    tried = partita("exports", "request", "accounts", "--dry-run")
    assert "nothing was written" in tried.err
    for noun in ("exports", "jobs"):
        made = partita("exports", "request", "accounts", "--format", "ndjson", "--json").json
        off = partita(noun, "cancel", made["id"], "--reason", "why", "--json").json
        assert off["status"] == "canceled"
        lost = partita("exports", "save", made["id"], "--to", str(tmp_path / "a"))
        assert (lost.status, "is canceled" in lost.err) == (1, True)


def test_a_server_and_its_worker_write_a_list(partita: CommandLine, tmp_path: Path) -> None:
    """The whole way: a server's child reads the list that the command line asked for."""
    command = [sys.executable, "-m", "partita", "serve", "--port", "0", "--json"]
    server = subprocess.Popen(
        [*command, "--data", str(partita.folder)], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert server.stdout is not None
        json.loads(server.stdout.readline())
        made = partita("exports", "request", "accounts", "--format", "ndjson", "--json").json
        file = tmp_path / "accounts.ndjson"
        assert partita("exports", "save", made["id"], "--to", str(file)).status == 0
        assert len(file.read_text().splitlines()) >= ACCOUNTS
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
