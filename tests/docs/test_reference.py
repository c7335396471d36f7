"""Reference pages say all that the code knows, and links lead somewhere."""

import re
from pathlib import Path

import psycopg
import pytest

from bench.parts import PARTS
from partita.adapters.stores.postgres.roles import SCHEMA
from partita.kernel.account import AccountStatus
from partita.kernel.decide import ALLOWED_ACTIONS
from partita.kernel.holds import HOLD_ACTIONS
from partita.kernel.pending import TRANSACTION_ACTIONS
from partita.surfaces.cli.commands import COMMANDS
from partita.surfaces.http.problems import PROBLEMS
from tests.docs.fences import ROOT
from tests.plugins.postgres import PostgresDatabase
from tools import docs


def test_every_error_code_has_a_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) ", docs.errors(), flags=re.MULTILINE)
    assert dict(rows) == {code: str(kind.status) for code, kind in PROBLEMS.items()}


def test_every_allowed_action_is_drawn() -> None:
    drawn = re.findall(r"^ *(\w+) ── (\w+) ─► (\w+)$", docs.accounts(), flags=re.MULTILINE)
    allowed = {(s.value, action) for s in AccountStatus for action in ALLOWED_ACTIONS[s]}
    assert {(before, action) for before, action, _ in drawn} == allowed
    assert ("frozen", "unfreeze", "open") in drawn


def test_every_step_of_a_hold_and_of_a_transaction_is_drawn() -> None:
    drawn = re.findall(r"^ *(\w+) ── ([\w ]+) ─► (\w+)$", docs.lives(), flags=re.MULTILINE)
    for table in (HOLD_ACTIONS, TRANSACTION_ACTIONS):
        for status, actions in table.items():
            found = {words.split()[0] for before, words, _ in drawn if before == status.value}
            assert found - {"its"} == set(actions)
    assert ("placed", "its moment comes", "expired") in drawn
    assert ("expired", "capture what is left", "captured") in drawn
    assert ("pending", "post", "posted") in drawn


def test_every_command_is_there() -> None:
    text = docs.command_line()
    assert [c.name for c in COMMANDS if f"### partita {c.name}\n" not in text] == []


def test_the_schema_page_has_every_column_of_a_real_database(
    postgres_database: PostgresDatabase,
) -> None:
    with psycopg.connect(postgres_database.owner) as connection:
        found = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = %s and table_name <> 'migration'",
            (SCHEMA,),
        ).fetchall()
    sections = docs.schema().split("\n## ")[1:]
    written = {
        (section.split("\n")[0], column)
        for section in sections
        for column in re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)
    }
    assert written == set(found)


@pytest.mark.parametrize("document", docs.documents(), ids=lambda d: str(d.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    assert list(docs.broken_links(document)) == []


def test_figures_are_filled_in_from_a_run_and_again_from_the_next(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- measured -->\nold\n<!-- /measured -->\nafter\n")
    names = ("cores", "processor", "python", "postgres", "filesystem")
    surroundings = {
        "machine": dict.fromkeys(names, "2"),
        "commit": "c",
        "date": "d",
        "memory_mb": 9,
    }
    for rate in (1_000.4, 54_321.6):
        part = {"rate": rate, "p50_ms": 1.26, "p99_ms": 2, "ratio": 8.125}
        docs.fill_in(dict.fromkeys(docs.MEASURED, part) | surroundings, readme)
    text = readme.read_text()
    assert text.count("| 54,322 | 1.3 | 2.0 | 8.12 |") == len(docs.MEASURED)
    assert set(docs.MEASURED) == {part.name for part in PARTS if part.units == "transfers"}
    assert "1,000" not in text
    assert "old" not in text
    assert text.startswith("before\n<!-- measured -->\n| ")
    assert text.endswith("<!-- /measured -->\nafter\n")


def test_a_broken_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    (tmp_path / "b.md").write_text("# A heading: `x`\n")
    page = tmp_path / "a.md"
    page.write_text(
        "[a](b.md) [b](b.md#a-heading-x) [c](c.md) [d](b.md#nowhere) [e](https://example.org)\n"
        "```text\n[f](nowhere.md)\n```\n"
    )
    assert list(docs.broken_links(page)) == [
        "a.md: c.md leads to no file",
        "a.md: b.md#nowhere leads to no heading",
    ]
