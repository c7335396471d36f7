"""Rules of payments from the command line, on real PostgreSQL."""

from pathlib import Path

import pytest

from tests.unit.surfaces.cli.conftest import CommandLine, Said

FEE = """# what cards cost a merchant
name: card-fee
on: payment.captured
asset: USD
fee: {to: "fees:card", percentage: 1.5%, fixed: "30", cap: "500"}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "card-fee.yaml"
    path.write_text(FEE)
    return path


def done(said: Said) -> Said:
    """What was said by a command that went well."""
    assert said.status == 0, said.err
    return said


def test_a_rule_from_its_file_to_its_retirement(partita: CommandLine, file: Path) -> None:
    assert "a rule" in done(partita.plain("rules", "check", str(file))).out
    saved = done(partita("rules", "save", str(file), "--json")).json
    assert (saved["name"], saved["status"]) == ("card-fee", "draft")
    assert "exactly this already" in done(partita("rules", "save", str(file))).err
    refused = partita("rules", "promote", "card-fee")
    assert refused.status == 1
    assert "rule_not_backtested" in refused.err
    tried = done(partita("rules", "backtest", "card-fee", "2026-01-01T00:00:00Z"))
    assert "0 of 0 payments" in tried.out
    assert done(partita("rules", "shadow", "card-fee", "--json")).json["shadow_version"] == 1
    dry = done(partita("rules", "promote", "card-fee", "--dry-run"))
    assert "nothing was written" in dry.err
    active = done(partita("rules", "promote", "card-fee", "--json")).json
    assert active["active_version"] == 1
    assert done(partita("rules", "show", "card-fee", "--json")).json == active
    assert "fees:card" in done(partita("rules", "show", active["id"])).out
    assert done(partita("rules", "list", "--status", "active", "--json")).json == [active]
    quote = done(partita("rules", "quote", "10000", "USD"))
    assert "destination to fees/card 1.80 USD" in quote.out
    told = done(partita("rules", "quote", "10000", "USD", "--json")).json
    assert [move["amount"] for move in told["moves"]] == ["180"]
    gone = done(partita("rules", "retire", "card-fee", "--reason", "over", "--json")).json
    assert gone["status"] == "retired"
    back = done(partita("rules", "rollback", "card-fee", "--json")).json
    assert back["active_version"] == 1
    assert "card-fee" in done(partita("rules", "list")).out


def test_what_is_no_rule_is_told_with_its_places(partita: CommandLine, file: Path) -> None:
    file.write_text(FEE.replace("fees:card", "profits"))
    checked = partita.plain("rules", "check", str(file))
    assert checked.status == 1
    assert "at /fee: there is no role 'profits'" in checked.out
    assert partita.plain("rules", "check", str(file), "--json").json["ok"] is False
    assert "rule_invalid" in partita("rules", "save", str(file)).err
    assert "rule_invalid" in partita("rules", "save", str(file.with_name("none.yaml"))).err


def test_what_is_not_there_is_said(partita: CommandLine) -> None:
    assert "no rule 'nobody'" in partita("rules", "show", "nobody").err
    assert "rule_not_found" in partita("rules", "shadow", "nobody").err
    assert partita("rules", "quote", "1.50", "USD").status == 2
