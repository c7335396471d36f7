"""Reports from the command line."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.surfaces.cli.conftest import CommandLine

RATES = "date,pair,rate\n2026-01-09,EUR/USD,1.25\n"


@pytest.fixture(scope="module", autouse=True)
def books(data_folder: Path) -> None:
    """Alice is owed 5.00 since the fifth of January, and 7.00 since the tenth."""
    script = [
        ["accounts", "open", "bank", "--asset", "USD", "--type", "asset"],
        ["accounts", "open", "customers:alice", "--asset", "USD", "--type", "liability"],
        ["post", "--debit", "bank", "500", "USD", "--credit", "customers:alice", "500", "USD",
         "--effective-at", "2026-01-05"],
        ["post", "--debit", "bank", "200", "USD", "--credit", "customers:alice", "200", "USD",
         "--effective-at", "2026-01-10"],
    ]  # fmt: skip
    program = (
        "import json, sys; from partita.surfaces.cli.main import run\n"
        "for words in json.loads(sys.argv[1]): assert run(words) == 0, words\n"
    )
    words = [[*line, "--data", str(data_folder)] for line in script]
    command = [sys.executable, "-c", program, json.dumps(words)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def test_a_balance_sheet_as_a_table(partita: CommandLine) -> None:
    said = partita("reports", "balance-sheet", "--to", "2026-01-10")
    assert said.status == 0
    assert said.out.splitlines() == [
        "balance sheet of main to 2026-01-10T00:00:00.000000Z as known at 5",
        "",
        "USD                                     amount",
        "assets",
        "  bank                                    5.00",
        "total assets                              5.00",
        "liabilities",
        "  customers:alice                         5.00",
        "total liabilities                         5.00",
        "equity",
        "total equity                              0.00",
        "current earnings                          0.00",
        "total liabilities, equity and earnings    5.00",
    ]


def test_csv_and_json_have_the_same_lines(partita: CommandLine) -> None:
    said = partita("reports", "trial-balance", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [(row["debit"], row["credit"]) for row in rows][-1] == ("7.00", "7.00")
    found = partita("reports", "trial-balance", "--json").json
    assert found["blocks"][0]["lines"][-1]["amounts"] == ["700", "700"]
    early = partita("reports", "trial-balance", "--known-at-sequence", "4", "--json").json
    assert early["blocks"][0]["lines"][-1]["amounts"] == ["500", "500"]


def test_another_currency_by_a_file_of_rates(partita: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(RATES, encoding="utf-8")
    rates = ["--base", "EUR", "--rates", str(file), "--rates-on"]
    found = partita("reports", "trial-balance", *rates, "2026-01-09", "--json").json
    assert found["blocks"][0]["lines"][-1]["amounts"] == ["560", "560"]
    missing = partita("reports", "trial-balance", *rates, "2026-01-11")
    assert missing.status == 1
    assert "Mend: --rates-on 2026-01-09" in missing.err


def test_another_currency_by_the_ledgers_own_rates(partita: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    assert partita("fx", "rates", "import", str(tmp_path / "rates.csv")).status == 0
    own = ["--base", "EUR", "--provider", "file", "--rates-on"]
    found = partita("reports", "trial-balance", *own, "2026-01-09", "--json").json
    assert found["blocks"][0]["lines"][-1]["amounts"] == ["560", "560"]
    missing = partita("reports", "trial-balance", *own, "2026-01-11")
    assert (missing.status, "Mend: --rates-on 2026-01-09" in missing.err) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["trial-balance", "--from", "2026-01-01"],
        ["trial-balance", "--base", "EUR"],
        ["balance-sheet", "--known-at", "2026-01-01", "--known-at-sequence", "1"],
        ["general-ledger", "--depth", "1"],
        ["cash-flow"],
    ],
)
def test_what_does_not_go_together_is_a_matter_of_usage(
    partita: CommandLine, arguments: list[str]
) -> None:
    assert partita("reports", *arguments).status == 2
