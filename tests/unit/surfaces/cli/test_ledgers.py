"""Two ledgers from the command line, on real PostgreSQL."""

from pathlib import Path

import pytest

from partita.config import Settings
from partita.wiring import build
from tests.unit.surfaces.cli.conftest import CommandLine

SENDING = ("ledgers", "transfer", "bank", "300", "USD", "--to-ledger", "other", "--to", "bank")


@pytest.fixture(scope="module", autouse=True)
def two_ledgers(data_folder: Path) -> None:
    """A bank in each of two ledgers."""
    from partita.surfaces.cli.main import run  # noqa: PLC0415 - as the command line itself does it

    application = build(Settings(data=data_folder))
    application.open_ledger("other")
    application.close()
    for name in ("main", "other"):
        words = ["accounts", "open", "bank", "--asset", "USD", "--type", "asset"]
        assert run([*words, "--data", str(data_folder), "--ledger", name]) == 0


def test_money_goes_from_one_ledger_to_another(partita: CommandLine) -> None:
    tried = partita(*SENDING, "--dry-run")
    assert "nothing was written" in tried.err
    made = partita(*SENDING, "--key", "k", "--json").json
    again = partita(*SENDING, "--key", "k", "--json")
    assert again.json == made
    assert "first answer" in again.err
    for name, side in (("main", "sent"), ("other", "received")):
        shown = partita("ledgers", "show", made["id"], "--json", "--ledger", name).json
        assert (shown["id"], shown["side"]) == (made["id"], side)
        assert partita("ledgers", "transfers", "--json", "--ledger", name).json == [shown]
    assert "300" in partita("ledgers", "transfers").out
    names = [each["name"] for each in partita("ledgers", "list", "--json").json]
    assert names == ["main", "other"]
    assert "other" in partita("ledgers", "list").out


def test_what_is_refused_says_so(partita: CommandLine) -> None:
    elsewhere = [word if word != "other" else "nowhere" for word in SENDING]
    assert "nowhere" in partita(*elsewhere).err
    within = [word if word != "other" else "main" for word in SENDING]
    said = partita(*within)
    assert said.status == 2
    assert "--to-ledger" in said.err
    nobody = [*SENDING[:-1], "nobody"]
    assert "account_not_found" in partita(*nobody).err


def test_a_key_for_all_ledgers_is_made_by_a_star(partita: CommandLine) -> None:
    assert partita("keys", "create", "--ledger", "*", "--json").json["ledger"] == "*"
    assert "nowhere" in partita("keys", "create", "--ledger", "nowhere").err
