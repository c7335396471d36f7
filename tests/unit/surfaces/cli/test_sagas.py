"""Sagas from the command line, on real PostgreSQL; their steps are taken by a server."""

from pathlib import Path

import pytest

from partita.config import Settings
from partita.wiring import build
from tests.unit.surfaces.cli.conftest import CommandLine

START = (
    "sagas", "start", "collect_and_pay", "payer=customers:alice", "merchant=merchants:inn",
    "asset=USD", "amount=500", "rail=book", "end_to_end_id=order-7",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def accounts_are_open(data_folder: Path) -> None:
    """A customer and a merchant."""
    from partita.surfaces.cli.main import run  # noqa: PLC0415 - as the command line itself does it

    for path in ("customers:alice", "merchants:inn"):
        words = ["accounts", "open", path, "--asset", "USD", "--type", "liability"]
        assert run([*words, "--data", str(data_folder)]) == 0


def run_processes(folder: Path) -> None:
    """What a server does by itself."""
    application = build(Settings(data=folder))
    for process in application.processes:
        process.run_once(application.clock.now())
    application.close()


def test_a_saga_from_its_start_to_its_end(partita: CommandLine) -> None:
    assert "collect_and_pay" in partita("sagas", "flows").out
    tried = partita(*START, "--dry-run")
    assert "nothing was written" in tried.err
    started = partita(*START, "--key", "k", "--external-id", "order-7", "--json").json
    assert (started["status"], started["external_id"]) == ("running", "order-7")
    run_processes(partita.folder)
    shown = partita("sagas", "show", started["id"])
    assert "waiting" in shown.out
    assert partita("sagas", "list", "--overdue", "--json").json == []
    assert "1 under way, none late" in partita("doctor").out
    partita("sagas", "retry", started["id"], "--reason", "to see")
    over = partita("sagas", "compensate", started["id"], "--reason", "the customer left", "--json")
    assert over.json["status"] == "compensated"
    (listed,) = partita("sagas", "list", "--status", "compensated", "--json").json
    assert listed["id"] == started["id"]


def test_what_cannot_be_done_says_so(partita: CommandLine) -> None:
    assert "saga_invalid" in partita("sagas", "start", "no_such").err
    assert "saga_invalid" in partita(*START[:-1]).err
    nobody = "sag_" + "0" * 26
    assert "saga_not_found" in partita("sagas", "resolve", nobody, "by hand").err
    assert "there is no saga" in partita("sagas", "show", nobody).err.lower()
