"""The chart of accounts from the command line: shown, checked without books, compared, applied."""

from pathlib import Path

import pytest

from tests.unit.surfaces.cli.conftest import CommandLine

SMALL = """
name: small
strict: true
accounts:
  bank:{asset}: {type: asset, class: custody, opens: true}
  shops:{customer}:{asset}: {type: liability, class: merchant, opens: true}
"""


@pytest.fixture
def small(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return str(file)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    file = tmp_path / "broken.yaml"
    file.write_text("name: broken\naccounts:\n  a: {type: asset}\n  b c: {}\n")
    return str(file)


def test_a_file_is_checked_without_books(partita: CommandLine, small: str, broken: str) -> None:
    good = partita.plain("chart", "validate", small)
    assert (good.status, good.out) == (0, f"{small}: a chart of 2 patterns.\n")
    assert partita.plain("chart", "validate", "neobank").status == 0
    bad = partita.plain("chart", "validate", broken)
    assert bad.status == 1
    assert f"{broken} at /accounts/a: The account has no class" in bad.out
    assert f"{broken} at /accounts/b c: 'b c' is no segment" in bad.out
    told = partita.plain("chart", "validate", broken, "--json").json
    assert [finding["pointer"] for finding in told["findings"]] == [
        "/accounts/b c", "/accounts/a",
    ]  # fmt: skip


def test_ready_charts_are_listed_and_printed(partita: CommandLine) -> None:
    assert [each["name"] for each in partita.plain("chart", "ready", "--json").json] == [
        "neobank", "marketplace", "loyalty", "remittance",
    ]  # fmt: skip
    assert "name: loyalty" in partita.plain("chart", "ready", "loyalty").out
    wrong = partita.plain("chart", "ready", "loyality")
    assert (wrong.status, "did you mean 'loyalty'?" in wrong.err) == (2, True)


def test_a_chart_is_compared_applied_shown_changed_and_retired(
    partita: CommandLine, small: str, tmp_path: Path
) -> None:
    tried = partita("chart", "apply", small, "--dry-run")
    assert (tried.status, "+ bank:{asset}" in tried.out) == (0, True), tried
    assert "nothing was written" in tried.err
    before = partita("chart", "show", "--json").json
    assert (before["name"], before["status"], before["version"]) == ("neobank", "built_in", 0)
    applied = partita("chart", "apply", small, "--if-version", "0", "--json")
    assert (applied.status, applied.json["version"]) == (0, 1), applied
    again = partita("chart", "apply", small)
    assert (again.status, "exactly this already" in again.err) == (0, True)
    shown = partita("chart", "show")
    assert shown.out.splitlines()[0] == "small  version 1  active  strict"
    assert "shops:{customer}:{asset}" in shown.out
    refused = partita("accounts", "open", "elsewhere", "--asset", "USD", "--type", "asset")
    assert "account_outside_chart" in refused.err
    exported = tmp_path / "exported.yaml"
    exported.write_text(partita("chart", "export").out)
    assert "The patterns are the same." in partita("chart", "diff", str(exported)).out
    found = partita("chart", "diff", "neobank", "--json").json
    assert found["difference"]["removed"] == ["bank:{asset}", "shops:{customer}:{asset}"]
    assert partita("chart", "apply", "neobank", "--if-version", "0").status == 1
    retired = partita("chart", "retire", "--reason", "moved", "--json").json
    assert (retired["status"], retired["version"]) == ("retired", 2)
    earlier = partita("chart", "show", "--version", "1", "--json").json
    assert earlier["name"] == "small"
