"""Holds, pending transactions and reversals from the command line, on real PostgreSQL."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.surfaces.cli.conftest import CommandLine, Said


@pytest.fixture(scope="module", autouse=True)
def alice_has_money(data_folder: Path) -> None:
    """Alice has 500.00 and cannot be overdrawn."""
    script = [
        ["accounts", "open", "bank", "--asset", "USD", "--type", "asset"],
        ["accounts", "open", "alice", "--asset", "USD", "--type", "liability",
         "--min-available", "0"],
        ["accounts", "open", "inn", "--asset", "USD", "--type", "liability"],
        ["post", "--debit", "bank", "50000", "USD", "--credit", "alice", "50000", "USD"],
    ]  # fmt: skip
    program = (
        "import json, sys; from partita.surfaces.cli.main import run\n"
        "for words in json.loads(sys.argv[1]): assert run(words) == 0, words\n"
    )
    words = [[*line, "--data", str(data_folder)] for line in script]
    command = [sys.executable, "-c", program, json.dumps(words)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def done(said: Said) -> Said:
    """What was said by a command that went well."""
    assert said.status == 0, said.err
    return said


def leg(side: str, account: str, amount: str) -> list[str]:
    """A leg on the command line."""
    return [f"--{side}", account, amount, "USD"]


def test_a_hold_from_placing_to_its_end(partita: CommandLine) -> None:
    hold = done(partita("holds", "place", "alice", "10000", "USD", "--expires-at", "2099-01-01",
                        "--overcapture-bps", "1500", "--external-id", "room 12", "--json")).json  # fmt: skip
    assert (hold["status"], hold["capturable"]) == ("placed", "11500")
    shown = done(partita("accounts", "show", "alice", "--json")).json["balances"]
    assert (shown["held"], shown["available"]) == ("10000", "40000")
    more = done(partita("holds", "increment", hold["id"], "2000", "--json")).json
    assert more["amount"] == "12000"
    later = done(partita("holds", "extend", hold["id"], "never", "--json")).json
    assert later["expires_at"] is None
    first = done(partita("holds", "capture", hold["id"], "--to", "inn", "--amount", "5000", "--type",
                         "stay", "--json")).json  # fmt: skip
    assert (first["hold"]["remaining"], first["transaction"]["type"]) == ("7000", "stay")
    split = partita("holds", "capture", hold["id"], *leg("credit", "inn", "900"),
                    *leg("credit", "bank", "100"))  # fmt: skip
    assert "captured from" in done(split).out
    over = done(partita("holds", "release", hold["id"], "--reason", "left early", "--json")).json
    assert (over["status"], over["released"]) == ("captured", "6000")
    refused = partita("holds", "release", hold["id"])
    assert (refused.status, "invalid_state" in refused.err) == (1, True)
    listed = done(partita("holds", "list", "--account", "alice", "--status", "captured", "--json"))
    assert [each["id"] for each in listed.json] == [hold["id"]]
    assert done(partita("holds", "show", hold["id"], "--json")).json == over
    assert hold["id"] in done(partita("holds", "list")).out


def test_a_pending_transaction_from_the_command_line(partita: CommandLine) -> None:
    legs = [*leg("debit", "alice", "700"), *leg("credit", "inn", "700")]
    pended = done(partita("post", *legs, "--pending", "--external-id", "inv-1", "--json")).json
    assert (pended["status"], pended["version"]) == ("pending", 1)
    other = [*leg("debit", "alice", "650"), *leg("credit", "inn", "650")]
    edited = done(partita("transactions", "edit", "inv-1", *other, "--if-version", "1", "--json"))
    assert (edited.json["version"], edited.json["postings"][0]["amount"]) == (2, "650")
    stale = partita("transactions", "edit", "inv-1", "--type", "late", "--if-version", "1")
    assert (stale.status, "version_conflict" in stale.err) == (1, True)
    settled = done(partita("transactions", "settle", "inv-1", "--json")).json
    assert settled["status"] == "posted"
    shown = done(partita("transactions", "show", "inv-1"))
    assert "posted, version 2" in shown.out
    given_up = done(partita("transactions", "pend", *legs, "--json")).json
    archived = done(partita("transactions", "archive", given_up["id"], "--reason", "no", "--json"))
    assert archived.json["status"] == "archived"
    assert "archived" in done(partita("transactions", "list")).out
    assert partita("transactions", "edit", "inv-1").status == 2


def test_a_reversal_from_the_command_line(partita: CommandLine) -> None:
    legs = [*leg("debit", "alice", "300"), *leg("credit", "inn", "300")]
    done(partita("post", *legs, "--external-id", "sale-1"))
    back = done(partita("transactions", "reverse", "sale-1", "--amount", "100", "--reason",
                        "a part", "--json")).json  # fmt: skip
    assert back["postings"][0]["amount"] == "100"
    assert "reversed in part" in done(partita("transactions", "show", "sale-1")).out
    done(partita("transactions", "reverse", "sale-1", "--leg", "0", "50", "--leg", "1", "50"))
    done(partita("transactions", "reverse", "sale-1"))
    again = partita("transactions", "reverse", "sale-1")
    assert (again.status, "already_reversed" in again.err) == (1, True)


def test_conditions_from_the_command_line(partita: CommandLine) -> None:
    legs = [*leg("debit", "alice", "100"), *leg("credit", "inn", "100")]
    version = done(partita("accounts", "show", "alice", "--json")).json["version"]
    done(partita("post", *legs, "--if-version", "alice", str(version)))
    stale = partita("post", *legs, "--if-version", "alice", str(version))
    assert (stale.status, "version_conflict" in stale.err) == (1, True)
    floor = partita("post", *legs, "--if-balance", "alice", "available", "gte", "99999")
    assert (floor.status, "balance_condition_failed" in floor.err) == (1, True)
    assert partita("post", *legs, "--if-version", "nobody", "1").status == 2
    assert partita("post", *legs, "--if-balance", "alice", "held", "gte", "1").status == 2
    assert partita("post", *legs, "--if-version", "alice", "1", "--pending").status == 2


def test_a_dry_run_writes_nothing(partita: CommandLine) -> None:
    legs = [*leg("debit", "alice", "100"), *leg("credit", "inn", "100")]
    before = done(partita("transactions", "list", "--json")).json
    hold = done(partita("holds", "place", "alice", "1", "USD", "--json")).json
    inn = done(partita("accounts", "show", "inn", "--json")).json["id"]
    for words in (
        ["post", *legs], ["post", *legs, "--pending"], ["holds", "place", "alice", "1", "USD"],
        ["holds", "capture", hold["id"], "--to", "inn"], ["holds", "increment", hold["id"], "1"],
        ["holds", "release", hold["id"]], ["holds", "extend", hold["id"], "never"],
        ["transactions", "reverse", before[0]["id"]], ["accounts", "freeze", "inn"],
        ["accounts", "open", "new", "--asset", "USD", "--type", "asset"],
    ):  # fmt: skip
        said = partita(*words, "--dry-run", "--json")
        if said.status == 0:
            assert "nothing was written" in said.err
            assert said.json.get("id", hold["id"]) in (hold["id"], inn)
    assert done(partita("transactions", "list", "--json")).json == before
    assert done(partita("holds", "show", hold["id"], "--json")).json == hold
    assert partita("accounts", "show", "new").status == 1
    assert done(partita("accounts", "show", "inn", "--json")).json["status"] == "open"


def test_a_text_that_no_journal_could_keep_is_refused(partita: CommandLine) -> None:
    legs = [*leg("debit", "alice", "1"), *leg("credit", "inn", "1")]
    said = partita("post", *legs, "--metadata", "[x]=1")
    assert (said.status, "metadata key" in said.err) == (2, True)
