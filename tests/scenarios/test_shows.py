"""The shows on real input: every bar is met, and a bar that is missed would be seen."""

import argparse
import json

import pytest

from tools import showing
from tools.shows import ecb_rates, events, instant_settlement, neobank, processor

SHOWS = (instant_settlement, processor)


@pytest.mark.parametrize("show", SHOWS, ids=lambda each: each.__name__.rpartition(".")[2])
def test_every_bar_is_met(show: object, capsys: pytest.CaptureFixture[str]) -> None:
    status = showing.main(show.tell, show.__doc__, arguments=["--json"])  # type: ignore[attr-defined]
    printed = capsys.readouterr()
    if status == 2:
        pytest.skip(printed.err)
    assert json.loads(printed.out)["missed"] == []
    assert status == 0


@pytest.mark.parametrize(
    "every",
    [pytest.param(400, id="each-400th-day"), pytest.param(1, id="all", marks=pytest.mark.slow)],
)
@pytest.mark.timeout(3_000)
def test_the_central_banks_rates_tie(every: int, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--json", "--memory", "--every", str(every)]
    about, options = ecb_rates.__doc__, ecb_rates.options
    status = showing.main(ecb_rates.tell, about, options, words)
    printed = capsys.readouterr()
    if status == 2:
        pytest.skip(printed.err)
    told = json.loads(printed.out)
    assert (told["missed"], status) == ([], 0)
    assert told["figures"]["rates published into the ledger"] == 207_875


def test_a_small_month_meets_every_bar(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--payments", "500", "--json"]
    status = showing.main(neobank.tell, neobank.__doc__, neobank.options, arguments)
    told = json.loads(capsys.readouterr().out)
    assert (status, told["missed"]) == (0, [])
    assert told["figures"]["payments begun"] >= 500


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_events_leave_and_views_follow(capsys: pytest.CaptureFixture[str]) -> None:
    """What is a matter of speed is printed; it never fails a test."""
    words = ["--rounds", "6", "--turns", "1", "--seconds", "2", "--json"]
    status = showing.main(events.tell, events.__doc__, events.options, words)
    printed = capsys.readouterr()
    if status == 2:
        pytest.skip(printed.err)
    missed = json.loads(printed.out)["missed"]
    assert [name for name in missed if not name.startswith(events.OF_SPEED)] == []


def test_a_missed_bar_is_named_and_ends_with_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    def tell(show: showing.Show) -> None:
        show.figure("free", 3)
        show.equal("met", 1_000, 1_000)
        show.equal("missed", 1_000, 1_001)
        show.demand("in words", 2, "at most 1", ok=False)

    assert showing.main(tell, "A sample.", arguments=[]) == 1
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [*lines[2]] == ["missed", "1,000", "1,001", "MISSED"]
    assert lines[1][-1] == "ok"
    assert showing.main(tell, "A sample.", arguments=["--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["missed"]) == (False, ["missed", "in words"])
    assert told["figures"]["met"] == 1_000


def test_missing_input_ends_with_status_2_and_says_where_it_was_looked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARTITA_SHARED_DATA", "/nowhere")
    assert showing.main(instant_settlement.tell, "", arguments=[]) == 2
    assert "/nowhere/statements" in capsys.readouterr().err


def test_a_show_may_have_options(capsys: pytest.CaptureFixture[str]) -> None:
    def options(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=3)

    def tell(show: showing.Show) -> None:
        show.figure("days", show.arguments.days)

    assert showing.main(tell, "A sample.", options, ["--days", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"]["days"] == 5
