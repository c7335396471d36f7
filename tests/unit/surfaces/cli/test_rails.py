"""Rails from the command line, on real PostgreSQL; the simulated world is in the data folder."""

import pytest

from tests.unit.surfaces.cli.conftest import CommandLine, Said

ALICE = "customers:alice:wallets:main:EUR"


def done(said: Said) -> Said:
    """What was said by a command that went well."""
    assert said.status == 0, said.err
    return said


def test_rails_are_listed_set_and_run(partita: CommandLine) -> None:
    listed = done(partita("rails", "list", "--json")).json
    assert [rail["id"] for rail in listed] == ["book", "simulator"]
    assert "breaker" in done(partita("rails", "list")).out
    off = done(partita("rails", "disable", "simulator", "--fallback", "book", "--json")).json
    assert (off["status"], off["fallback"]) == ("disabled", "book")
    assert done(partita("rails", "show", "simulator", "--json")).json == off
    assert done(partita("rails", "enable", "simulator", "--json")).json["status"] == "enabled"
    assert "0 things" in done(partita("rails", "run")).err
    unknown = partita("rails", "show", "nobody")
    assert unknown.status == 1
    assert "there are book, simulator" in unknown.err


def test_the_world_is_steered_in_sandboxes_alone(
    partita: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("rails", "simulate", "simulator", "receive", "--amount", "500", "--asset", "EUR")
    refused = partita(*command, "--beneficiary", ALICE)
    assert refused.status == 1
    assert "PARTITA_SANDBOX=yes" in refused.err
    monkeypatch.setenv("PARTITA_SANDBOX", "yes")
    told = done(partita(*command, "--beneficiary", ALICE, "--json")).json
    assert told["message_id"]
    assert done(partita("rails", "run", "--json")).json["done"] >= 1
    (kept,) = done(partita("rails", "messages", "--json")).json
    assert (kept["message_id"], kept["status"]) == (told["message_id"], "applied")
    assert "applied" in done(partita("rails", "messages")).out
    assert done(partita("rails", "messages", "--out", "--json")).json == []
    assert "told by" not in done(partita("rails", "simulate", "simulator", "outage")).err
    assert partita("rails", "simulate", "simulator", "settle").status == 1
