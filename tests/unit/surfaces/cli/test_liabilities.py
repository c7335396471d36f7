"""Proofs of liabilities from the command line: sealed, listed, written to a file, verified offline."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.surfaces.cli.conftest import CommandLine

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module", autouse=True)
def books(data_folder: Path) -> None:
    """Alice is owed 5.00, bob is overdrawn by 1.00."""
    script = [
        ["accounts", "open", "bank", "--asset", "USD", "--type", "asset"],
        ["accounts", "open", "customers:alice", "--asset", "USD", "--type", "liability"],
        ["accounts", "open", "customers:bob", "--asset", "USD", "--type", "liability"],
        ["post", "--debit", "bank", "500", "USD", "--credit", "customers:alice", "500", "USD"],
        ["post", "--debit", "customers:bob", "100", "USD", "--credit", "bank", "100", "USD"],
    ]  # fmt: skip
    program = (
        "import json, sys; from partita.surfaces.cli.main import run\n"
        "for words in json.loads(sys.argv[1]): assert run(words) == 0, words\n"
    )
    words = [[*line, "--data", str(data_folder)] for line in script]
    command = [sys.executable, "-c", program, json.dumps(words)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def test_from_the_root_to_a_customers_own_check(partita: CommandLine, tmp_path: Path) -> None:
    root = partita("liabilities", "prove", "USD", "--key", "q4", "--json").json
    assert (root["total"], root["figures"]["overdrawn"]) == ("500", "100")
    again = partita("liabilities", "prove", "USD", "--key", "q4")
    assert again.status == 0
    assert "total    5.00" in again.out
    assert "overdrawn 1, 1.00 in sum, counted as zero" in again.out
    assert "not that it can be paid" in again.err
    assert "5% check: 99.4%" in again.err

    assert partita("liabilities", "show", "--json").json == [root]
    assert partita("liabilities", "show", root["id"], "--json").json == root
    assert root["root"] in partita("liabilities", "show").out

    file = tmp_path / "alice.json"
    assert partita("liabilities", "proof", "customers:alice", "--out", str(file)).status == 0
    printed = partita("liabilities", "proof", "customers:alice", "--root", root["id"])
    assert printed.json == json.loads(file.read_text("utf-8"))

    named = ["--account", "customers:alice", "--root", root["root"], "--epoch", root["epoch"]]
    said = partita.plain("liabilities", "verify", str(file), *named)
    assert (said.status, said.out.splitlines()[0]) == (
        0,
        "ok: customers:alice has 500 minor units of USD",
    )
    key = json.loads(file.read_text("utf-8"))["receipt"]["verifier_key"]
    found = partita.plain("liabilities", "verify", str(file), "--log-key", key, "--json").json
    assert found["is_in_log"] in {True, False}, "proved, or promised for the next second"
    assert (found["ok"], found["balance"], found["record_leaf"]) == (
        True,
        "500",
        root["record_leaf"],
    )
    script = [sys.executable, str(ROOT / "tools" / "verify_liability.py"), str(file)]
    assert subprocess.run(script, check=False, capture_output=True, timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--account", "customers:bob"], "other_account"),
        (["--root", "00" * 32], "other_root"),
        (["--epoch", "1000000"], "stale_epoch"),
    ],
)
def test_a_proof_that_does_not_hold_is_status_one(
    partita: CommandLine, tmp_path: Path, arguments: list[str], fault: str
) -> None:
    partita("liabilities", "prove", "USD", "--key", "q4")
    file = tmp_path / "alice.json"
    partita("liabilities", "proof", "customers:alice", "--out", str(file))
    said = partita.plain("liabilities", "verify", str(file), *arguments, "--json")
    assert (said.status, said.json["fault"]) == (1, fault)
    assert "NOT OK" in partita.plain("liabilities", "verify", str(file), *arguments).err


def test_what_is_not_there_is_said(partita: CommandLine) -> None:
    for words in (["prove", "GBP"], ["proof", "customers:nobody"], ["show", "doc_none"]):
        said = partita("liabilities", *words)
        assert said.status == 1
        assert said.err.startswith("partita: ")
