"""Customers and wallets on the command line."""

import pytest

from tests.unit.surfaces.cli.conftest import CommandLine

pytestmark = pytest.mark.usefixtures("partita")


def test_a_wallet_lives_on_the_command_line(partita: CommandLine) -> None:
    customer = partita("customers", "create", "person", "--tier", "full", "--json").json
    wallet = partita(
        "wallets", "create", "personal", "--asset", "USD", "--asset", "EUR", "--customer",
        customer["id"], "--name", "main", "--json",
    ).json  # fmt: skip
    assert (wallet["customer_id"], wallet["assets"]) == (customer["id"], ["USD", "EUR"])
    pot = partita(
        "wallets", "pot", wallet["id"], "goal", "--name", "bike", "--priority", "1",
        "--expires-at", "2099-01-01", "--json",
    ).json  # fmt: skip
    assert (pot["parent_id"], pot["purpose"]) == (wallet["id"], "goal")
    listed = partita("wallets", "list", "--customer", customer["id"], "--json").json
    assert [each["id"] for each in listed] == [wallet["id"]]
    below = partita("wallets", "list", "--parent", wallet["id"], "--json").json
    assert [each["id"] for each in below] == [pot["id"]]
    told = partita("wallets", "balances", wallet["id"], "--json").json
    assert [len(each["parts"]) for each in told["data"]] == [2, 2]
    assert "bike" in partita("wallets", "balances", wallet["id"]).out
    assert (
        partita("wallets", "add-asset", wallet["id"], "JPY", "--json").json["assets"][-1] == "JPY"
    )
    ordered = partita("wallets", "order", wallet["id"], pot["id"], "--json").json
    assert ordered["spend_order"] == [pot["id"]]


def test_stopping_and_closing(partita: CommandLine) -> None:
    customer = partita("customers", "create", "--json").json["id"]
    wallet = partita(
        "wallets", "create", "personal", "--asset", "USD", "--customer", customer, "--json"
    ).json["id"]
    without = partita("wallets", "freeze", wallet)
    assert (without.status, "reason_missing" in without.err) == (1, True)
    steps = [
        ("freeze", "--flow", "out", "--reason", "stolen"), ("unfreeze",),
        ("lock", "--reason", "thrice wrong"), ("unlock",),
    ]  # fmt: skip
    found = [
        partita("wallets", verb, wallet, *rest, "--json").json["status"] for verb, *rest in steps
    ]
    assert found == ["frozen", "active", "locked", "active"]
    frozen = partita("customers", "freeze", customer, "--reason", "alert", "--json").json
    assert (frozen["status"], frozen["flow"]) == ("frozen", "out")
    shown = partita("wallets", "show", wallet, "--json").json
    assert (shown["status"], shown["inherited_flow"]) == ("frozen", "out")
    assert "frozen out" in partita("customers", "show", customer).out
    assert partita("customers", "unfreeze", customer, "--json").json["status"] == "active"
    dry = partita("wallets", "close", wallet, "--dry-run")
    assert (dry.status, "Dry run" in dry.err) == (0, True)
    assert partita("wallets", "close", wallet, "--json").json["status"] == "closed"
    types = [step["type"] for step in partita("wallets", "timeline", wallet, "--json").json]
    assert types[0] == "wallet.created"
    assert types[-1] == "wallet.closed"
    assert partita("customers", "close", customer, "--json").json["status"] == "closed"
    closed = partita("customers", "list", "--status", "closed", "--json").json
    assert customer in [each["id"] for each in closed]


def test_nobody_is_found(partita: CommandLine) -> None:
    for noun in ("customers", "wallets"):
        found = partita(noun, "show", "nobody")
        assert (found.status, f"partita {noun} list" in found.err) == (1, True)
