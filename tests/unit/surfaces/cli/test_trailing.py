"""Trailing views from the command line: a command that asks once sees everything that is there."""

import pytest

from tests.unit.surfaces.cli.conftest import CommandLine

BANK, FEES = "custody:sepa:EUR", "fees:card:EUR"
DAY, TIME = "2026-11-20", "2026-11-20T10:00:00Z"


def post(partita: CommandLine, debit: str, credit: str, amount: str, kind: str) -> None:
    """Move so much."""
    legs = ("--debit", debit, amount, "EUR", "--credit", credit, amount, "EUR")
    said = partita("post", *legs, "--type", kind, "--effective-at", TIME)
    assert said.status == 0, said


def rows(text: str) -> list[list[str]]:
    """The lines of a table, in words."""
    return [line.split() for line in text.splitlines()]


@pytest.fixture
def wallet(partita: CommandLine) -> tuple[str, str]:
    """A customer's id and the path of a wallet's account, with money and a fee taken of it."""
    partita("chart", "apply", "neobank")
    customer = partita("customers", "create", "--json").json["id"]
    kind = ("personal", "--customer", customer, "--asset", "EUR")
    made = partita("wallets", "create", *kind, "--json").json
    path = made["accounts"]["EUR"]
    post(partita, BANK, path, "1000", "deposit")
    post(partita, path, FEES, "30", "card")
    return customer, path


def test_what_was_written_is_in_every_view(partita: CommandLine, wallet: tuple[str, str]) -> None:
    customer, path = wallet
    days = partita("volumes", "--first-day", DAY, "--last-day", DAY)
    assert days.status == 0, days
    assert rows(days.out) == [
        ["day", "asset", "type", "transactions", "volume", "fees"],
        [DAY, "EUR", "deposit", "1", "10.00", "0.00"],
        [DAY, "EUR", "card", "1", "0.30", "0.30"],
    ]
    (whole,) = partita("volumes", "--by", "asset", "--asset", "EUR", "--json").json
    assert (whole["transactions"], whole["volume"], whole["fees"]) == (2, "1030", "30")
    busiest = partita("movers", "EUR", DAY, "--prefix", "customers")
    assert rows(busiest.out)[1:] == [[path, "2", "0.30", "10.00", "10.30"]]
    assert partita("movers", "EUR", DAY, "2026-11-21", "--json").json[0]["moved"] == "1030"
    (day,) = partita("accounts", "days", path, "--json").json
    assert (day["day"], day["entries"], day["debits"]) == (DAY, 2, "30")
    assert "debits 0.30, credits 10.00" in partita("accounts", "activity", path).out
    assert rows(partita("customers", "balances", customer).out)[1:] == [
        ["EUR", "1", "9.70", "9.70"]
    ]
    (held,) = partita("wallets", "held", "--asset", "EUR", "--json").json
    assert (held["customer_id"], held["posted"], held["account"]) == (customer, "970", path)
    assert rows(partita("wallets", "held", "--customer", customer).out)[1][4] == "9.70"
    placed = partita("holds", "place", path, "200", "EUR", "--expires-at", "2099-01-01T00:00:00Z")
    assert placed.status == 0, placed
    assert rows(partita("holds", "exposure").out)[1:] == [
        ["EUR", "2099-01-01", "1", "2.00"], ["EUR", "in", "all", "1", "2.00"],
    ]  # fmt: skip
    by_hour = partita("holds", "exposure", "--by", "hour", "--account", path, "--json").json
    assert by_hour["data"][0]["expires_in"] == "2099-01-01T00"
    resting = partita("accounts", "dormant", "2099-01-01", "--prefix", "fees").out
    assert rows(resting)[1][:5] == [FEES, "open", "EUR", "0.30", "1"]
    assert partita("accounts", "dormant", "2020-01-01", "--json").json == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("volumes", "--first-day", "20261120"),
        ("movers", "EUR", "2026-11-31"),
        ("movers", "EUR", "2020-01-01", "2026-01-01"),
        ("wallets", "held"),
        ("wallets", "held", "--customer", "a", "--wallet", "b"),
    ],
)
def test_questions_without_sense_are_told_so(
    partita: CommandLine, arguments: tuple[str, ...]
) -> None:
    said = partita(*arguments)
    assert said.status == 2, said
    assert "Traceback" not in said.err


@pytest.mark.parametrize("verb", [("activity",), ("days",)])
def test_an_account_that_is_not_there_is_told_so(
    partita: CommandLine, verb: tuple[str, ...]
) -> None:
    said = partita("accounts", *verb, "nobody")
    assert said.status == 1
    assert "There is no account 'nobody'" in said.err
