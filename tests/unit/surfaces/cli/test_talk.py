"""Data and talk: aligned and uncut tables, JSON that streams, moments and progress as people read them."""

import json
import time

import pytest

from partita.surfaces.cli import progress as progress_module
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.moments import exact, through
from partita.surfaces.cli.progress import progress
from partita.surfaces.cli.talk import emit, emit_list, say, table


def test_a_table_is_aligned_and_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    table(("path", "posted"), [("a" * 300, "1"), ("b", "-12.50")], right="posted")
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "path" + " " * 298 + "posted",
        "a" * 300 + "       1",
        "b" + " " * 301 + "-12.50",
    ]


def test_a_table_without_rows_has_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    table(("path", "posted"), [])
    assert capsys.readouterr().out == "path  posted\n"


@pytest.mark.parametrize("values", [[], [{"a": "ü"}], [{"a": 1}, {"b": None}]])
def test_a_list_is_one_json_array(
    values: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    emit_list(iter(values))
    assert json.loads(capsys.readouterr().out) == values


def test_data_and_talk_go_their_own_ways(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"ok": True})
    say("Done.")
    said = capsys.readouterr()
    assert (said.out, said.err) == ('{"ok":true}\n', "Done.\n")


def test_a_day_means_through_its_end_and_an_instant_itself() -> None:
    assert through("1993-12-31").text() == "1993-12-31T23:59:59.999999Z"
    assert through("1993-12-31T10:00:00+01:00").text() == "1993-12-31T09:00:00.000000Z"
    assert exact("1993-12-31").text() == "1993-12-31T00:00:00.000000Z"


@pytest.mark.parametrize("text", ["today", "1993-13-01", "1993-1-1", "1993-01-01T00:00:00"])
def test_other_moments_are_refused(text: str) -> None:
    with pytest.raises(CommandFailed) as failed:
        through(text)
    assert failed.value.status == 2


def test_progress_off_a_terminal_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "_LINE_EVERY_SECONDS", 0.02)
    with progress("verify main", "records") as advance:
        advance(1, 100)
        time.sleep(0.03)
        advance(50, 100)
        advance(51, 100)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("verify main: 50 records of 100, ")
    assert lines[0].endswith("/s")


def test_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("verify main", "records") as advance:
        advance(100, 100)
    assert capsys.readouterr().err == ""
