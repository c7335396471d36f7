"""The page of capabilities names code and tests that are there, and commands that can be typed."""

import re
from pathlib import Path

import pytest

from tests.docs.fences import ROOT

PAGE = (ROOT / "docs" / "capabilities.md").read_text(encoding="utf-8")
PLACES = sorted(set(re.findall(r"`([\w/]+(?:/|\.py|\.sql))`", PAGE)))
ROOTS = ("src/partita", "src/partita/adapters/stores/postgres", "tests", ".")
REFERENCE = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")


def is_there(place: str) -> bool:
    """Whether a place that the page names exists below one of the folders that it counts from."""
    return any((ROOT / root / place).exists() for root in ROOTS)


def commands() -> set[str]:
    """The words in the column of commands that are no options."""
    rows = [line.split("|") for line in PAGE.splitlines() if line.count("|") > 6]
    cells = (row[5] for row in rows)
    found = {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}
    return {word for word in found if not word.startswith("-")}


@pytest.mark.parametrize("place", PLACES)
def test_every_place_exists(place: str) -> None:
    assert is_there(place), f"docs/capabilities.md names {place}, which is not there"


def test_a_place_that_is_gone_is_found() -> None:
    assert not is_there("kernel/wallets.py")
    assert Path("kernel/posting_rules.py").as_posix() in PLACES


def test_every_command_can_be_typed() -> None:
    headings = set(re.findall(r"^#+ partita (.+)$", REFERENCE, flags=re.MULTILINE))
    assert commands() <= headings, f"no such command: {sorted(commands() - headings)}"
