"""The glossary names things that exist, and words kept for later are not in use for something else."""

import re
from importlib import import_module
from typing import Any

import pytest

from tests.docs.fences import ROOT
from tests.tidy.source import modules

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
NOW, LATER = GLOSSARY.split("## Words kept for later parts")
ROWS = re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \| (.+?) \|$", NOW, flags=re.MULTILINE)
PLACES = re.findall(r"`(partita\.[\w.]+)`", NOW)
KEPT = re.findall(r"\*\*(\w+)\*\*", LATER)


def look_up(place: str) -> Any:
    """Follow a dotted place: modules as far as they go, then attributes or fields."""
    parts = place.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue  # the last names are attributes, not modules
        for name in parts[count:]:
            found = getattr(found, name)
        return found
    raise LookupError(place)


@pytest.mark.parametrize("place", PLACES)
def test_every_place_exists(place: str) -> None:
    look_up(place)


def test_a_place_that_does_not_exist_is_found() -> None:
    with pytest.raises((AttributeError, LookupError)):
        look_up("partita.kernel.account.Wallet")


def test_every_table_exists() -> None:
    folder = ROOT / "src/partita/adapters/stores/postgres/migrations"
    text = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.sql"))
    made = set(re.findall(r"^create table (\w+)", text, flags=re.MULTILINE))
    named = set(re.findall(r"table `(\w+)`", NOW))
    assert named <= made, f"no such table: {sorted(named - made)}"


def test_every_word_has_a_place_and_is_explained_once() -> None:
    words = [word for word, _, _ in ROWS]
    assert len(words) == len(set(words))
    assert not [word for word, _, place in ROWS if "`" not in place]


@pytest.mark.parametrize("word", KEPT)
def test_a_word_kept_for_later_is_no_module_yet(word: str) -> None:
    used = [module.path for module in modules("src") if word in module.name.split(".")]
    assert not used, f"{word} is there now: move it up in the glossary, with its place"
