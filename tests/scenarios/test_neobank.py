"""The neobank scenario in small: everything ends, ties and verifies, whatever the network does."""

import json
from pathlib import Path

import pytest

from partita import wiring
from partita.config import Settings
from partita.modules.payments.lifecycle import PaymentType
from partita.surfaces.cli.main import run
from partita.surfaces.scenario import neobank
from partita.surfaces.scenario.reckoning import Reckoning, shape
from partita.surfaces.scenario.time import SteeredClock

ALL_FAULTS = dict.fromkeys(neobank.FAULTS, 700)


def lived(payments: int, *, seed: int = 1, faults: dict[str, int]) -> Reckoning:
    clock = SteeredClock(neobank.START)
    application = wiring.build(Settings(memory=True), clock=clock)
    plan = neobank.Plan(payments, seed, "neobank", faults)
    try:
        neobank.live(application, clock, plan, lambda _done, _total: None)
        return neobank.look_back(application, plan, lambda _done, _total: None)
    finally:
        application.close()


@pytest.mark.parametrize(
    "faults", [{}, dict(neobank.FAULTS), ALL_FAULTS], ids=["none", "some", "all"]
)
def test_a_month_ends_and_ties(faults: dict[str, int]) -> None:
    found = lived(600, faults=faults)
    assert found.ok, shape(found)
    assert {line.type for line in found.lines} >= {type_.value for type_ in PaymentType}
    for block in found.float_blocks:
        assert (block.difference, block.in_transit, block.awaiting) == (0, 0, 0)
    ends = {line.state for line in found.lines if line.type == "withdrawal"}
    assert "settled" in ends
    if not faults:
        assert ends == {"settled"}
    if faults is ALL_FAULTS:  # at the usual rates a month this short may well go without a failure
        assert ends > {"settled"}


def test_what_is_left_open_is_seen() -> None:
    """A reckoning of a month that is not over is not well."""
    clock = SteeredClock(neobank.START)
    application = wiring.build(Settings(memory=True), clock=clock)
    application.processes.clear()  # nobody carries anything to the network
    plan = neobank.Plan(300, 1, "neobank", {})
    neobank.live(application, clock, plan, lambda _done, _total: None)
    found = neobank.look_back(application, plan, lambda _done, _total: None)
    application.close()
    assert (found.verified, found.float_ties, found.ok) == (True, True, False)
    assert found.under_way > 10


def test_the_verb_lives_a_month_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTITA_DATA", str(tmp_path))
    arguments = ["scenario", "neobank", "--payments", "300", "--seed", "3", "--json"]
    status = run([*arguments, "--faults", "reject=2000,silent=500"])
    told = json.loads(capsys.readouterr().out)
    assert (status, told["ok"]) == (0, True), told
    assert told["payments"] >= 300
    assert told["faults"] == {"reject": 2000, "silent": 500}
    assert sum(line["count"] for line in told["payments_by_state"]) > 250
    head = told["records"]
    assert run([*arguments, "--faults", "none"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == head, "lived again it changes nothing"
    assert run(["scenario", "neobank", "--payments", "300", "--seed", "4"]) == 1
    assert "of something else" in capsys.readouterr().err


def test_faults_that_are_none_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scenario", "neobank", "--faults", "reject=often"]) == 2
    assert "reject=200,silent=30" in capsys.readouterr().err
