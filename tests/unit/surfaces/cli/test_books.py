"""Keeping books from the command line, on real PostgreSQL: one ledger, told from beginning to end."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from tests.unit.adapters.formats.profiles import HEADER, PROFILE
from tests.unit.surfaces.cli.conftest import CommandLine

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module", autouse=True)
def ledger_of_alice(data_folder: Path) -> None:
    """Alice has 500 since the fifth of January, and gave bob 200 on the tenth."""
    script = [
        ["accounts", "open", "bank", "--asset", "USD", "--type", "asset"],
        ["accounts", "open", "customers:alice", "--asset", "USD", "--type", "liability",
         "--min-available", "0", "--metadata", "name=Alice"],
        ["accounts", "open", "customers:bob", "--asset", "USD", "--type", "liability"],
        ["post", "--debit", "bank", "500", "USD", "--credit", "customers:alice", "500", "USD",
         "--effective-at", "2026-01-05", "--type", "deposit", "--key", "deposit-1"],
        ["post", "--debit", "customers:alice", "200", "USD", "--credit", "customers:bob", "200",
         "USD", "--effective-at", "2026-01-10T12:00:00Z", "--external-id", "t-1"],
    ]  # fmt: skip
    program = (
        "import json, sys; from partita.surfaces.cli.main import run\n"
        "for words in json.loads(sys.argv[1]): assert run(words) == 0, words\n"
    )
    words = [[*line, "--data", str(data_folder)] for line in script]
    command = [sys.executable, "-c", program, json.dumps(words)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def balances(partita: CommandLine, *when: str) -> dict[str, int]:
    said = partita("balances", "--format", "csv", *when)
    assert said.status == 0
    assert said.out.splitlines()[0] == "account,asset,posted"
    return {row["account"]: int(row["posted"]) for row in csv.DictReader(io.StringIO(said.out))}


@pytest.mark.parametrize(
    ("when", "alice", "bob"),
    [
        ([], 300, 200),
        (["--effective-at", "2026-01-04"], 0, 0),
        (["--effective-at", "2026-01-05"], 500, 0),
        (["--effective-at", "2026-01-10T11:59:59.999999Z"], 500, 0),
        (["--effective-at", "2026-01-10T12:00:00Z"], 300, 200),
        (["--effective-at", "2026-01-10"], 300, 200),
        (["--as-of-sequence", "5"], 500, 0),
        (["--as-of-sequence", "6"], 300, 200),
        (["--as-of", "9999-12-31"], 300, 200),
    ],
)
def test_balances_by_time(when: list[str], alice: int, bob: int, partita: CommandLine) -> None:
    found = balances(partita, *when)
    assert found == {"bank": 500 if alice else 0, "customers:alice": alice, "customers:bob": bob}


def test_balances_before_an_account_was_opened_leave_it_out(partita: CommandLine) -> None:
    assert list(balances(partita, "--as-of-sequence", "2")) == ["bank"]
    assert balances(partita, "--as-of", "2020-01-01") == {}


def test_balances_as_json_and_as_a_table(partita: CommandLine) -> None:
    said = partita("balances", "--json", "--prefix", "customers")
    assert said.json == [
        {"account": "customers:alice", "asset": "USD", "posted": "300"},
        {"account": "customers:bob", "asset": "USD", "posted": "200"},
    ]
    assert "customers:alice  USD      3.00" in partita("balances").out


def test_two_questions_of_time_at_once_are_refused(partita: CommandLine) -> None:
    said = partita("balances", "--as-of", "2026-01-01", "--known-at-sequence", "3")
    assert said.status == 2
    assert "say once what is to be known" in said.err


@pytest.mark.parametrize(
    ("when", "alice"),
    [
        (["--effective-at", "2026-01-10", "--known-at-sequence", "5"], 500),
        (["--effective-at", "2026-01-10", "--known-at-sequence", "6"], 300),
        (["--effective-at", "2026-01-10", "--known-at", "9999-12-31"], 300),
        (["--effective-at", "2026-01-10", "--known-at", "2020-01-01"], None),
        (["--known-at-sequence", "5"], 500),
    ],
)
def test_balances_on_both_axes(when: list[str], alice: int | None, partita: CommandLine) -> None:
    assert balances(partita, *when).get("customers:alice") == alice


def test_a_history_and_a_difference(partita: CommandLine) -> None:
    asked = [
        "customers:alice",
        "--basis",
        "effective",
        "--from",
        "2026-01-05",
        "--to",
        "2026-01-12",
    ]
    zone = ["--timezone", "Europe/Prague"]
    told = partita("balances", "difference", *asked, *zone, "--json").json
    assert told == {"start": "2026-01-04T23:00:00.000000Z", "end": "2026-01-11T23:00:00.000000Z",
                    "opening": "0", "inflow": "500", "outflow": "200", "closing": "300"}  # fmt: skip
    days = partita("balances", "history", *asked, *zone, "--json").json
    assert [(day["inflow"], day["outflow"], day["closing"]) for day in days] == [
        ("500", "0", "500"), *[("0", "0", "500")] * 4, ("0", "200", "300"), ("0", "0", "300"),
    ]  # fmt: skip
    months = partita("balances", "history", *asked, "--interval", "month").out.splitlines()
    assert months[0].split() == ["from", "opening", "inflow", "outflow", "closing"]
    assert months[1].split() == ["2026-01-05T00:00+00:00", "0.00", "5.00", "2.00", "3.00"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--from", "2026-01-05", "--timezone", "Mars/Olympus"], "no time zone"),
        (["--from", "2026-01-05", "--to", "2026-01-04"], "--to is before --from"),
        (["--from", "2026-01-05", "--known-at-sequence", "3"], "add --basis effective"),
        (["--from", "2026-13-05"], "write it like"),
        (["--from", "0001-01-01", "--interval", "hour"], "more than 10,000"),
    ],
)
def test_a_history_that_cannot_be_told(words: list[str], what: str, partita: CommandLine) -> None:
    said = partita("balances", "history", "bank", *words)
    assert said.status in {1, 2}
    assert what in said.err


def test_the_blocks_are_built_anew_and_checked(partita: CommandLine) -> None:
    assert partita("balances", "rebuild", "--json").json == {"built": 0, "right": True}
    assert partita("balances", "rebuild", "--check", "--json").json["right"]


def test_the_same_key_posts_once(partita: CommandLine) -> None:
    words = ["post", "--debit", "bank", "500", "USD", "--credit", "customers:alice", "500", "USD",
             "--effective-at", "2026-01-05", "--type", "deposit", "--key", "deposit-1"]  # fmt: skip
    said = partita(*words, "--json")
    assert said.status == 0
    assert said.json["sequence"] == "5"
    assert "its first answer" in said.err
    reused = partita(*words, "--external-id", "other")
    assert reused.status == 1
    assert "idempotency_key_reused" in reused.err
    assert balances(partita)["customers:alice"] == 300


def test_what_the_rules_refuse_is_said_with_its_mend(partita: CommandLine) -> None:
    said = partita(
        "post", "--debit", "customers:alice", "301", "USD", "--credit", "bank", "301", "USD"
    )
    assert (said.status, said.out) == (1, "")
    assert "insufficient_funds" in said.err
    assert "Mend: Fund the account" in said.err


@pytest.mark.parametrize("amount", ["3.00", "-3", "0x3", "1e3", "03", "9" * 39])
def test_amounts_are_whole_minor_units(amount: str, partita: CommandLine) -> None:
    said = partita("post", "--debit=bank", amount, "USD", "--credit", "customers:bob", "3", "USD")
    assert said.status == 2
    assert "amount" in said.err.lower()


def test_transactions_are_listed_and_shown(partita: CommandLine) -> None:
    listed = partita("transactions", "list", "--account", "customers:bob", "--json").json
    assert [item["external_id"] for item in listed] == ["t-1"]
    by_reference = partita("transactions", "show", "t-1", "--json").json
    assert (
        by_reference == listed[0] == partita("transactions", "show", listed[0]["id"], "--json").json
    )
    assert "customers:bob    credit       2.00  USD" in partita("transactions", "show", "t-1").out
    assert partita("transactions", "show", "t-9").status == 1
    assert partita("transactions", "list", "--account", "nobody").status == 1


def test_accounts_change_their_status(partita: CommandLine) -> None:
    opened = partita(
        "accounts", "open", "short-lived", "--asset", "EUR", "--type", "asset", "--json"
    )
    assert opened.json["status"] == "open"
    states = [
        partita("accounts", verb, "short-lived", "--reason", "why", "--json").json["status"]
        for verb in ("freeze", "unfreeze", "close")
    ]
    assert states == ["frozen", "open", "closed"]
    one_way = partita("accounts", "freeze", "customers:bob", "--flow", "in", "--json").json
    assert (one_way["status"], one_way["allowed_actions"][0]) == ("frozen_in", "freeze")
    again = partita("accounts", "freeze", "short-lived")
    assert (again.status, "invalid_state" in again.err) == (1, True)
    assert (
        partita("accounts", "open", "short-lived", "--asset", "EUR", "--type", "asset").status == 1
    )
    assert partita("accounts", "open", "a b", "--asset", "EUR", "--type", "asset").status == 2
    listed = partita("accounts", "list", "--status", "closed", "--json").json
    assert [account["path"] for account in listed] == ["short-lived"]


def test_an_account_is_shown_by_path_and_by_id(partita: CommandLine) -> None:
    alice = partita("accounts", "show", "customers:alice", "--json").json
    assert alice["metadata"] == {"name": "Alice"}
    assert partita("accounts", "show", alice["id"], "--json").json == alice
    unknown = partita("accounts", "show", "customers:eve")
    assert (unknown.status, unknown.out) == (1, "")


def test_another_ledger_is_named_or_guessed(partita: CommandLine) -> None:
    said = partita("balances", "--ledger", "mian")
    assert said.status == 1
    assert "did you mean 'main'?" in said.err


def test_keys_are_made_listed_and_revoked(partita: CommandLine) -> None:
    made = partita("keys", "create", "--ledger", "main", "--scope", "write", "--json").json
    assert made["key"].startswith("partita_live_")
    listed = partita("keys", "list", "--json")
    assert made["id"] in [key["id"] for key in listed.json]
    assert made["key"] not in listed.out
    assert partita("keys", "revoke", made["id"], "--json").json["revoked_at"]
    assert partita("keys", "revoke", "key_0").status == 1
    assert partita("keys", "create", "--ledger", "nowhere").status == 1


def test_doctor_finds_all_well(partita: CommandLine) -> None:
    said = partita("doctor", "--json")
    assert (said.status, said.json["ok"]) == (0, True)
    assert {"PostgreSQL", "durability", "ledger main", "log of main", "key file", "disk"} <= {
        check["name"] for check in said.json["checks"]
    }


def test_doctor_minds_a_key_file_that_others_can_read(
    partita: CommandLine, data_folder: Path
) -> None:
    (data_folder / "pepper").chmod(0o644)
    try:
        said = partita("doctor")
        assert said.status == 1
        assert f"chmod 600 {data_folder / 'pepper'}" in said.err
    finally:
        (data_folder / "pepper").chmod(0o600)


def test_migrating_again_changes_nothing(partita: CommandLine) -> None:
    assert partita("migrate", "--json").json == {"ok": True, "ledgers": ["main"]}


def test_an_export_verifies_offline(partita: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    said = partita("export", "journal", str(folder), "--json")
    command = [sys.executable, "-I", str(ROOT / "tools" / "verify.py"), str(folder)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert found["records"] == said.json["records"]
    assert found["root"] == partita("verify", "--json").json["root"]
    again = partita("export", "journal", str(folder))
    assert (again.status, "not an empty folder" in again.err) == (1, True)


def test_a_file_is_imported_once_and_its_faults_are_kept(
    partita: CommandLine, tmp_path: Path
) -> None:
    profile, file = tmp_path / "till.toml", tmp_path / "till.csv"
    profile.write_text(PROFILE)
    rows = ["1,2026-01-01,in,12.50,eve", "2,2026-01-02,out,2.50,eve", "3,2026-01-02,in,1.234,eve"]
    file.write_text("\n".join([HEADER.strip(), *rows]) + "\n")
    words = ["import", str(profile), str(file), "--state", str(tmp_path / "state"), "--json"]
    first = partita(*words)
    assert first.status == 1
    assert (first.json["posted"], first.json["failed"], first.json["ok"]) == (2, 1, False)
    assert "1.234" in Path(first.json["errors"]).read_text()
    again = partita(*words)
    assert (again.json["posted"], again.json["replayed"]) == (0, 2)
    assert balances(partita, "--prefix", "customers:eve") == {"customers:eve": 1_000}
    missing = partita("import", str(profile), str(tmp_path / "none.csv"))
    assert (missing.status, missing.out) == (1, "")


def test_verify_names_what_is_wrong(partita: CommandLine, data_folder: Path) -> None:
    well = partita("verify", "--json")
    assert (well.status, well.json["ok"], well.json["first_bad"]) == (0, True, None)
    edit = "update partita.entry set amount = amount + %s where sequence = 5 and leg = 0"
    with (
        EmbeddedPostgres(data_folder) as server,
        psycopg.connect(server.dsn(ADMINISTRATOR), autocommit=True) as connection,
    ):
        connection.execute("set session_replication_role = replica")
        connection.execute(edit, (1,))
        try:
            said = partita("verify", "--json")
            plain = partita("verify")
        finally:
            connection.execute(edit, (-1,))
    assert (said.status, said.json["ok"]) == (1, False)
    assert said.json["first_bad"] == {
        "table": "entry", "what": "amount", "expected": "500", "found": "501", "sequence": 5,
        "account": "bank", "version": 1, "ledger": "main",
    }  # fmt: skip
    assert (plain.status, "main: NOT OK" in plain.out) == (1, True)
    assert partita("verify").status == 0
