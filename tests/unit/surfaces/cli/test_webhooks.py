"""Webhooks from the command line, on real PostgreSQL: made, delivered, seen, sent again."""

import pytest

from tests.unit.modules.webhooks.receiver import receiving, says
from tests.unit.surfaces.cli.conftest import CommandLine, Said


def done(said: Said) -> Said:
    """What was said by a command that went well."""
    assert said.status == 0, said.err
    return said


def test_from_an_endpoint_to_a_replay(
    partita: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTITA_WEBHOOK_ALLOW_PRIVATE", "yes")
    with receiving(lambda _received, place: says(400 if place == 0 else 204, b"hm")) as target:
        create = ("webhooks", "create", target.url, "--type", "account.*", "--scheme", "both")
        made = done(partita(*create, "--json")).json
        assert made["secret"].startswith("whsec_")
        assert "only time" in done(partita(*create)).err
        done(
            partita("accounts", "open", "customers:alice", "--asset", "USD", "--type", "liability")
        )
        assert done(partita("webhooks", "run", "--json")).json["done"] == 2
        (owed,) = done(partita("webhooks", "deliveries", "--status", "pending", "--json")).json
        assert owed["reason"] == "the endpoint answered 400"
        assert "tried again" in done(partita("webhooks", "retry", owed["id"])).err
        done(partita("webhooks", "run"))
        told = done(partita("webhooks", "delivery", owed["id"], "--json")).json
        assert [each["status"] for each in told["attempts"]] == [204, 400]
        assert "hm" in done(partita("webhooks", "delivery", owed["id"])).out
        assert "delivered" in done(partita("webhooks", "deliveries", "--endpoint", made["id"])).out
        replay = ("webhooks", "replay", made["id"], "1", owed["sequence"])
        assert done(partita(*replay, "--json")).json["endpoint"] == made["id"]
        assert done(partita("webhooks", "run", "--json")).json["done"] >= 1
        assert partita("webhooks", "replay", made["id"], "5", "1").status == 1


def test_its_life(partita: CommandLine) -> None:
    url = "https://shop.example.com/hooks"
    made = done(partita("webhooks", "create", url, "--json")).json["id"]
    changed = done(partita("webhooks", "update", made, "--type", "hold.*", "--json")).json
    assert (changed["types"], changed["secret"]) == (["hold.*"], None)
    rotated = done(partita("webhooks", "rotate-secret", made, "--overlap-seconds", "9", "--json"))
    assert rotated.json["generation"] == 2
    assert done(partita("webhooks", "test", made, "--json")).json["version"] == 4
    assert "disabled" in done(partita("webhooks", "disable", made, "--reason", "moving")).out
    listed = done(partita("webhooks", "list", "--status", "disabled", "--json")).json
    assert [each["id"] for each in listed] == [made]
    assert done(partita("webhooks", "show", made, "--json")).json == listed[0]
    assert url in done(partita("webhooks", "show", made)).out
    assert done(partita("webhooks", "enable", made, "--json")).json["status"] == "enabled"
    assert done(partita("webhooks", "archive", made, "--json")).json["status"] == "archived"
    assert partita("webhooks", "enable", made).status == 1


def test_what_is_refused(partita: CommandLine) -> None:
    unknown = partita("webhooks", "create", "https://shop.example.com", "--type", "payment.setled")
    assert unknown.status == 1
    assert "payment.settled" in unknown.err
    inside = partita("webhooks", "create", "https://10.0.0.1/")
    assert inside.status == 1
    assert "PARTITA_WEBHOOK_ALLOW_PRIVATE" in inside.err
    dry = done(partita("webhooks", "create", "https://shop.example.com", "--dry-run", "--json"))
    assert dry.json["secret"] is None
    assert partita("webhooks", "show", "whe_x").status == 1
