"""Velocity limits and accounting periods from the command line, on real PostgreSQL."""

from pathlib import Path

import pytest

from tests.unit.surfaces.cli.conftest import CommandLine, Said

OCTOBER = ("periods", "open", "2026-10", "2026-10-01", "2026-11-01")


@pytest.fixture(scope="module", autouse=True)
def accounts_are_open(data_folder: Path) -> None:
    """A bank and a customer."""
    from partita.surfaces.cli.main import run  # noqa: PLC0415 - as the command line itself does it

    for path, kind in (("bank", "asset"), ("customers:alice", "liability")):
        words = ["accounts", "open", path, "--asset", "USD", "--type", kind]
        assert run([*words, "--data", str(data_folder)]) == 0


def done(said: Said) -> Said:
    """What was said by a command that went well."""
    assert said.status == 0, said.err
    return said


def spend(partita: CommandLine, amount: str, *more: str) -> Said:
    """Alice draws so much from the bank."""
    legs = ("--debit", "customers:alice", amount, "USD", "--credit", "bank", amount, "USD")
    return partita("post", *legs, "--json", *more)


def test_a_limit_from_setting_to_archiving(partita: CommandLine) -> None:
    bounds = ("--account", "customers:*", "--asset", "USD", "--window", "day")
    tried = done(partita("limits", "set", "daily", *bounds, "--max-amount", "100", "--dry-run"))
    assert "nothing was written" in tried.err
    limit = done(partita("limits", "set", "daily", *bounds, "--max-amount", "1000", "--json")).json
    assert (limit["version"], limit["max_amount"]) == (1, "1000")
    done(spend(partita, "900"))
    over = spend(partita, "101")
    assert over.status == 1
    assert "velocity_exceeded" in over.err
    (near,) = done(partita("limits", "usage", "daily", "--near", "80", "--json")).json
    assert (near["subject"], near["percent"]) == ("customers:alice", 90)
    assert "9.00" in done(partita("limits", "usage", limit["id"])).out
    assert done(partita("limits", "show", "daily", "--json")).json == limit
    listed = done(partita("limits", "list"))
    assert "day (UTC)" in listed.out
    archived = done(partita("limits", "archive", "daily", "--json")).json
    assert archived["status"] == "archived"
    assert done(partita("limits", "list", "--status", "active", "--json")).json == []
    done(spend(partita, "101"))
    again = partita("limits", "archive", "daily")
    assert "limit_not_found" in again.err


@pytest.mark.parametrize(
    "bounds",
    [
        ("--account", "a", "--each-value-of", "b", "--max-count", "1"),
        ("--account", "a:**:b", "--max-count", "1"),
        ("--account", "a"),
        ("--account", "a", "--max-amount", "1.5"),
        ("--account", "a", "--max-amount", "1", "--seconds", "5"),
    ],
)
def test_a_limit_that_makes_no_sense_says_the_mend(
    partita: CommandLine, bounds: tuple[str, ...]
) -> None:
    said = partita("limits", "set", "x", *bounds, "--asset", "USD", "--window", "day")
    assert said.status == 2, said


def test_an_unknown_limit_says_where_to_look(partita: CommandLine) -> None:
    said = partita("limits", "show", "nothing")
    assert (said.status, "partita limits list" in said.err) == (1, True)


def test_a_period_from_opening_to_its_end(partita: CommandLine) -> None:
    period = done(partita(*OCTOBER, "--json")).json
    assert period["ends_at"] == "2026-11-01T00:00:00.000000Z"
    late = ("--effective-at", "2026-10-31")
    done(partita("periods", "soft-close", "2026-10", "--reason", "figures sent"))
    refused = spend(partita, "1", *late)
    assert "period_closed" in refused.err
    adjusted = done(spend(partita, "1", *late, "--late", "adjust")).json
    assert adjusted["effective_at"] == "2026-10-31T00:00:00.000000Z"
    done(partita("periods", "reopen", "2026-10"))
    done(spend(partita, "1", *late))
    tried = done(partita("periods", "close", period["id"], "--dry-run", "--json")).json
    assert tried["status"] == "closed"
    done(partita("periods", "close", period["id"]))
    moved = done(spend(partita, "1", *late, "--late", "move")).json
    assert moved["metadata"]["partita.late_for"] == period["id"]
    back = ("transactions", "reverse", moved["id"], *late, "--late", "move", "--json")
    assert done(partita(*back)).json["effective_at"] == period["ends_at"]
    (listed,) = done(partita("periods", "list", "--status", "closed", "--json")).json
    assert (listed["title"], listed["allowed_actions"]) == ("2026-10", [])
    assert "2026-10" in done(partita("periods", "list")).out


def test_a_period_that_makes_no_sense_says_the_mend(partita: CommandLine) -> None:
    said = partita("periods", "open", "x", "2026-10-02", "2026-10-01")
    assert (said.status, "where the next one begins" in said.err) == (2, True)
    assert spend(partita, "1", "--pending", "--late", "move").status == 2


def test_no_command_forges_what_the_ledger_notes(partita: CommandLine) -> None:
    said = spend(partita, "1", "--metadata", "partita.late_for=prd_1")
    assert said.status == 2
