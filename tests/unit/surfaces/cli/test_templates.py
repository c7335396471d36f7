"""Templates from the command line: checked without books, saved, rendered, posted, archived."""

from pathlib import Path

import pytest

from tests.tidy.source import ROOT
from tests.unit.surfaces.cli.conftest import CommandLine

CARD_FEE = str(ROOT / "examples" / "templates" / "card_fee.yaml")
FILLED = ("price=10000", "customer=anna", "merchant=merchants:books")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    file = tmp_path / "broken.yaml"
    file.write_text(
        "name: broken\nparameters: {a: {type: amount, asset: EUR}}\n"
        "postings: [{debit: x, amount: a}, {credit: y, amount: a - 1}]\n"
    )
    return str(file)


def test_a_file_is_checked_without_books(partita: CommandLine, broken: str) -> None:
    good = partita.plain("templates", "check", CARD_FEE)
    assert (good.status, good.out) == (0, f"{CARD_FEE}: always balances.\n")
    bad = partita.plain("templates", "check", broken)
    assert bad.status == 1
    assert "/postings/1: In EUR, nothing proves that debits equal credits" in bad.out
    told = partita.plain("templates", "check", broken, "--json").json
    assert (told["ok"], told["findings"][0]["pointer"]) == (False, "/postings/1")


def test_a_file_is_rendered_without_books(partita: CommandLine) -> None:
    said = partita.plain("templates", "render", CARD_FEE, *FILLED)
    assert said.status == 0
    assert said.out.splitlines()[1:] == [
        "customers:anna   debit       10000  EUR",
        "income:fees      credit        320  EUR",
        "merchants:books  credit       9680  EUR",
    ]


def test_what_is_wrong_is_told_with_its_mend(partita: CommandLine, broken: str) -> None:
    for words, code in (
        (("save", broken), "template_invalid"),
        (("render", CARD_FEE, "price=1.5"), "template_argument_invalid"),
        (("render", "nothing.yaml"), "template_invalid"),
    ):
        said = partita.plain("templates", *words)
        assert said.status == 1, said
        assert f"partita: {code}: " in said.err
        assert "Mend: " in said.err


def test_a_template_is_kept_rendered_posted_and_put_away(partita: CommandLine) -> None:
    saved = partita("templates", "save", CARD_FEE, "--json")
    assert (saved.status, saved.json["version"]) == (0, 1), saved
    again = partita("templates", "save", CARD_FEE)
    assert again.status == 0
    assert "says exactly this already" in again.err
    assert again.out.startswith("card_fee  version 1  active\n")
    assert "card_fee        1  active" in partita("templates", "list").out
    assert partita("templates", "list", "--json").json[0]["name"] == "card_fee"
    assert '"half_even' not in partita("templates", "list").out
    assert "half_even(price * rate)" in partita("templates", "show", "card_fee").out

    rendered = partita("templates", "render", "card_fee", *FILLED)
    assert "customers:anna   debit      100.00  EUR" in rendered.out
    for path, kind in (("customers:anna", "liability"), ("income:fees", "income"),
                       ("merchants:books", "liability")):  # fmt: skip
        opened = partita("accounts", "open", path, "--asset", "EUR", "--type", kind)
        assert opened.status == 0, opened
    words = ("templates", "post", "card_fee", *FILLED, "--key", "k-1", "--json")
    posted = partita(*words)
    assert posted.status == 0, posted
    assert posted.json["metadata"]["template_version"] == "1"
    assert partita(*words).json["id"] == posted.json["id"]
    refused = partita("templates", "post", "card_fee", *FILLED[:2], "merchant=nobody")
    assert (refused.status, "account_not_found" in refused.err) == (1, True)

    archived = partita("templates", "archive", "card_fee")
    assert archived.out.startswith("card_fee  version 1  archived\n")
    assert "template_archived" in partita("templates", "render", "card_fee", *FILLED).err
    assert partita("templates", "show", "nothing").status == 1
