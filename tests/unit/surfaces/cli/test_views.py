"""Views from the command line: how far each has come, and rebuilding one by name."""

from pathlib import Path

from partita.views import INLINE, TRAILING
from tests.unit.surfaces.cli.conftest import CommandLine


def test_views_are_listed_and_rebuilt(partita: CommandLine) -> None:
    opened = partita("accounts", "open", "cash", "--asset", "USD", "--type", "asset")
    assert opened.status == 0, opened
    told = {each["name"]: each for each in partita("views", "--json").json}
    assert list(told) == [view.name for view in (*INLINE, *TRAILING)]
    assert (told["chart"]["pace"], told["chart"]["lag_records"]) == ("inline", "0")
    assert told["activity"] == {
        **told["activity"], "object": "view", "pace": "trailing", "state": "building",
        "sequence": "0", "lag_records": "2", "generation": None, "building_sequence": None,
    }  # fmt: skip
    first = partita("rebuild", "activity", "--json").json["views"][0]
    assert (first["records"], first["rows"], first["differences"]) == (2, 1, None)
    again = partita("rebuild", "activity")
    assert (again.status, again.out.splitlines()[1].split()[:3]) == (0, ["activity", "1", "0"])
    rows = {line.split()[0]: line.split()[1:] for line in partita("views").out.splitlines()}
    assert rows["activity"] == ["trailing", "live", "2", "0", "0.0", "1", "2"]


def test_an_unknown_view_is_met_with_those_there_are(partita: CommandLine) -> None:
    said = partita("rebuild", "activty")
    assert said.status == 2
    assert "activity" in said.err


def test_verifying_and_restoring_look_at_the_journal_alone(
    partita: CommandLine, tmp_path: Path
) -> None:
    """Rows of views are no part of what is kept: they are projected anew where they are missing."""
    partita("accounts", "open", "bank", "--asset", "USD", "--type", "asset")
    assert partita("rebuild", "activity").status == 0
    before = partita("views", "--json").json
    assert partita("verify").status == 0
    kept, again = str(tmp_path / "kept"), str(tmp_path / "again")
    assert partita("export", "journal", kept).status == 0
    assert partita.plain("restore", kept, "--data", again).status == 0
    assert partita.plain("verify", "--data", again).status == 0
    assert partita.plain("rebuild", "activity", "--data", again).status == 0
    after = partita.plain("views", "--json", "--data", again).json
    rows = [{each["name"]: each["rows"] for each in told}["activity"] for told in (before, after)]
    assert rows[0] == rows[1] != "0"
