"""`partita schemas`: list, show, check and publish; no books are needed for any of it."""

import json
from pathlib import Path

import pytest

from partita.engine.event_schemas.shelf import published, render
from partita.surfaces.cli.main import run
from tests.unit.adapters.publishers.registry import Registry, serving

NAME = "payment.settled.v1"


def test_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schemas", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(NAME) and "money is there for good" in line for line in lines)
    assert run(["schemas", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in told] == published().names
    assert all(each["is_current"] for each in told)


@pytest.mark.parametrize("name", [NAME, "payment.settled", f"{NAME}.json"])
def test_one_is_shown_as_it_is_published(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schemas", "show", name]) == 0
    assert capsys.readouterr().out.encode() == published().read(NAME)


def test_one_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schemas", "show", "payment.setled"]) == 2
    assert "payment.settled" in capsys.readouterr().err


def test_they_are_what_the_program_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schemas", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "ok": True, "schemas": len(published().names), "findings": [],
    }  # fmt: skip


def test_copies_of_an_earlier_release_are_held_against_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a reader would who wants to know whether its programs bear the upgrade."""
    kept = published().schema("hold.placed.v1")
    assert kept is not None
    (tmp_path / "hold.placed.v1.json").write_text(render(kept))
    assert run(["schemas", "check", str(tmp_path)]) == 0
    kept["$defs"]["Hold"]["properties"]["colour"] = {"type": "string"}
    (tmp_path / "hold.placed.v1.json").write_text(render(kept))
    (tmp_path / "hold.lost.v1.json").write_text("{}")
    capsys.readouterr()
    assert run(["schemas", "check", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "hold.placed.v1 /data/object/colour: is gone" in told
    assert "hold.lost.v1 was released and is gone" in told
    (tmp_path / "hold.placed.v1.json").write_text("[]")
    assert run(["schemas", "check", str(tmp_path)]) == 2


def test_they_are_told_to_a_registry(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry()
    registry.login = "partita:word"
    with serving(registry):
        command = ["schemas", "publish", registry.url, NAME]
        assert run(command) == 1
        assert "401" in capsys.readouterr().err
        monkeypatch.setenv("PARTITA_SCHEMA_REGISTRY_LOGIN", "partita:word")
        assert run([*command, "--compatibility", "NONE", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == [
            {"name": NAME, "subject": f"dev.partita.{NAME}", "id": 1}
        ]
        assert registry.levels == {f"dev.partita.{NAME}": "NONE"}
        assert run([*command, "--compatibility", "some"]) == 2
    assert run(command) == 3, "nobody is there any more: it may work later"
