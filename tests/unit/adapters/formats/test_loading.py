"""Profiles: what is not understood is refused, with the place and the nearest name."""

from pathlib import Path

import pytest

from partita.adapters.formats.csv_profile.checking import ProfileError
from partita.adapters.formats.csv_profile.loading import load_profile, parse_profile
from partita.adapters.formats.csv_profile.schema import DateColumn, IntegerColumn
from partita.kernel.account import AccountType
from tests.unit.adapters.formats.profiles import PROFILE, changed


def test_a_profile_is_read() -> None:
    profile = parse_profile(PROFILE)
    assert profile.columns["number"] == IntegerColumn()
    assert profile.columns["day"] == DateColumn(format="%Y-%m-%d")
    assert profile.accounts["cash"].type is AccountType.ASSET
    assert [rule.name for rule in profile.rules] == ["in", "out"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[file]", "[fiel]", r"unknown key in the profile: 'fiel'; did you mean 'file'"),
        ("delimiter", "delimitter", r"\[file\]: 'delimitter'; did you mean 'delimiter'"),
        ("decimal_mark", "decimal_sign", r"\[columns.amount\]: 'decimal_sign'; did you mean"),
        ('kind = "text"', 'kind = "texte"', r"type: 'texte'; did you mean 'text'"),
        ("first = ", "frist = ", r"key of \[order\]: 'frist'; did you mean 'first'"),
        ("external_id", "externalid", r"\[transaction\]: 'externalid'; did you mean 'external_id'"),
        ('type = "asset"', 'typ = "asset"', r"\[accounts.cash\]: 'typ'; did you mean 'type'"),
        ("transaction_type", "transactiontype", r"rule 1: 'transactiontype'; did you mean"),
        ("amount = \"amount\" }, { credit", 'amout = "amount" }, { credit', r"rule 1: 'amout'"),
        ('when = { kind = "in" }', "when = { kind = { emty = true } }", "did you mean 'empty'"),
        ('path = "cash"', 'path = "cash"\nconstraints = { minposted = "0" }', "'min_posted'"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_refused_with_the_nearest_name(old: str, new: str, problem: str) -> None:
    with pytest.raises(ProfileError, match=problem):
        parse_profile(changed(old, new))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('debit = "cash"', 'debit = "cahs"', "'cahs'; did you mean 'cash'"),
        ('day = "day"', 'day = "dya"', r"\[order\] day .* 'dya'; did you mean 'day'"),
        ('day = "day"', 'day = "kind"', "must have the type 'date'"),
        ("{who|unknown}", "{whom|unknown}", "'whom'; did you mean 'who'"),
        ("{who|unknown}", "{who", "brace"),
        ('key = "till:{number}"', 'key = "till"', "differs from row to row"),
        ('effective_at = "day"', 'effective_at = "amount"', "type 'date'"),
        ('debit = "cash", amount = "amount"', 'debit = "cash", amount = "kind"', "'decimal'"),
        ('{ debit = "cash",', '{ debit = "cash", credit = "cash",', "either debit or credit"),
        ('format = "%Y-%m-%d"', 'format = "%y-%m-%d"', "two_digit_years_from"),
        ('format = "%Y-%m-%d"', 'format = "%Y-%m"', "does not say the day"),
        ('format = "%Y-%m-%d"', 'format = "%Y-%m-%d", zone = "Europe/Nowhere"', "no zone"),
        ('delimiter = ","', 'delimiter = ",,"', "one character"),
        ('delimiter = ","', "delimiter = '\"'", "the same character"),
        ('name = "till"', 'name = "../till"', "names of files"),
        ('delimiter = ","', 'encoding = "utf-99"', "no encoding"),
        ('decimal_mark = "."', 'decimal_mark = ".", thousands_mark = "."', "another"),
        ('decimal_mark = "."', 'decimal_mark = "5"', "digit"),
        ('path = "cash"', 'path = "cash desk"', "not an account path"),
        ('asset = "EUR"', 'asset = "eur"', "not an asset code"),
        ('path = "cash"', 'path = "cash"\nconstraints = { min_posted = "0.5" }', "minor units"),
        ('type = "asset"', 'type = "money"', "Invalid enum value"),
        ('number = "integer"', '"the number" = "integer"', "cannot stand in a template"),
        ('name = "till"', "name = 5", "Expected `str`"),
        ('name = "till"', "name = ", "not TOML"),
        ('when = { kind = "in" }', 'when = { kind = { sign = "positive" } }', "'decimal'"),
    ],
)
def test_what_makes_no_sense_is_refused(old: str, new: str, problem: str) -> None:
    with pytest.raises(ProfileError, match=problem):
        parse_profile(changed(old, new))


def test_a_refusal_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    with pytest.raises(ProfileError, match=r"mine\.toml: cannot be read"):
        load_profile(file)
    file.write_text("naem = 'x'")
    with pytest.raises(ProfileError, match=r"mine\.toml: .*did you mean 'name'"):
        load_profile(file)
