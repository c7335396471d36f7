"""Payments from the command line, on real PostgreSQL: what HTTP takes, under the same names."""

import pytest

from partita.modules.payments.acts import plural
from partita.modules.payments.lifecycle import PaymentType
from partita.surfaces.cli.commands import COMMANDS
from tests.unit.surfaces.cli.conftest import CommandLine, Said

ALICE, BOB = "customers:alice:wallets:main:USD", "customers:bob:wallets:main:USD"
BETWEEN = ("--source", ALICE, "--destination", BOB, "--asset", "USD")


def done(said: Said) -> Said:
    """What was said by a command that went well."""
    assert said.status == 0, said.err
    return said


@pytest.fixture
def rich(partita: CommandLine) -> CommandLine:
    """The command line, and money in alice's wallet."""
    money = ("--destination", ALICE, "--amount", "10000", "--asset", "USD")
    done(partita("deposits", "create", *money))
    return partita


def test_a_transfer_and_its_taking_back(rich: CommandLine) -> None:
    create = ("transfers", "create", *BETWEEN, "--amount", "400", "--key", "t", "--json")
    made = done(rich(*create, "--metadata", "order=7", "--splits", "fees:wire:USD=5")).json
    assert (made["status"], made["metadata"]) == ("settled", {"order": "7"})
    assert made["splits"][0]["amount"] == "5"
    tried = done(rich("transfers", "reverse", made["id"], "--dry-run", "--json")).json
    assert tried["state"] == "reversed"
    done(rich("transfers", "reverse", made["id"], "--reason", "wrong bob"))
    assert made["id"] in done(rich("transfers", "list", "--status", "reversed")).out
    told = done(rich("transfers", "timeline", made["id"])).out
    assert "transfer.reversed  by cli  (wrong bob)" in told
    assert f"credit  {ALICE}  4.00 USD" in told
    steps = done(rich("transfers", "timeline", made["id"], "--json")).json
    assert [step["type"] for step in steps] == ["transfer.posted", "transfer.reversed"]
    again = rich("transfers", "reverse", made["id"])
    assert again.status == 1
    assert "invalid_state" in again.err


def test_a_payment_is_authorised_and_captured(rich: CommandLine) -> None:
    create = ("payments", "create", *BETWEEN, "--amount", "1000", "--begin", "authorize", "--json")
    made = done(rich(*create)).json
    assert done(rich("payments", "capture", made["id"], "--amount", "300", "--final")).out
    shown = done(rich("payments", "show", made["id"], "--json")).json
    assert (shown["state"], shown["captured"]) == ("settled", "300")
    assert "pay_" in done(rich("payments", "show", made["id"])).out
    refund = done(rich("refunds", "create", "--payment", made["id"], "--json")).json
    listed = done(rich("refunds", "list", "--payment", made["id"], "--json")).json
    assert [each["id"] for each in listed] == [refund["id"]]


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        (("transfers", "create", *BETWEEN, "--amount", "4.00"), "/amount"),
        (("payments", "create", *BETWEEN, "--amount", "4", "--begin", "settle"), "begin"),
        (("transfers", "list", "--status", "lost"), "lost"),
    ],
)
def test_what_is_not_understood_is_a_usage_error(
    partita: CommandLine, words: tuple[str, ...], mark: str
) -> None:
    said = partita(*words)
    assert said.status == 2
    assert mark in said.err


def test_what_is_not_there_is_told(partita: CommandLine) -> None:
    said = partita("transfers", "show", "tra_1")
    assert said.status == 1
    assert "tra_1" in said.err


def test_every_type_has_a_verb_on_the_command_line() -> None:
    assert {plural(type_) for type_ in PaymentType} <= {command.name for command in COMMANDS}
