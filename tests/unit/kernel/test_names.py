"""What may name an asset, an account or anything with an id."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.account import NORMAL_SIDE, AccountType, Side, check_path
from partita.kernel.asset import BUILT_IN, LARGEST_SCALE, AssetKind, check_code
from partita.kernel.identifiers import RANDOM_BYTES, mint, mint_many

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.mark.parametrize(
    "path",
    ["a", "customers:alice", "A.b-c_9", "x" * 64, ":".join(["a"] * 12), "0", "users:42:main", "-",
     ":".join(["x" * 63] * 3 + ["x" * 63])],
)  # fmt: skip
def test_a_path_of_up_to_twelve_words_names_an_account(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", ":", "a:", ":a", "a::b", "a b", "a/b", "ä", "a\n", "a\0", "a'b", 'a"b', "a;drop table account",
     "x" * 65, ":".join(["a"] * 13), ":".join(["x" * 63] * 4 + ["y"]), "acc_", "acc_01K", "acc_1:b", "a*",
     "a%", "٣"],
)  # fmt: skip
def test_any_other_text_is_no_path_and_the_rule_is_told(path: str) -> None:
    with pytest.raises(ValueError, match="segments"):
        check_path(path)


@pytest.mark.parametrize("code", ["USD", "A", "BTC.X", "EUR-2", "P_1", "A" * 24])
def test_capitals_and_digits_name_an_asset(code: str) -> None:
    assert check_code(code) == code


@pytest.mark.parametrize(
    "code", ["", "usd", "1A", "-A", "A" * 25, "U D", "USD\n", "ÄB", 'A"', "A:B"]
)
def test_any_other_text_names_no_asset(code: str) -> None:
    with pytest.raises(ValueError, match="asset code"):
        check_code(code)


def test_the_five_types_grow_on_their_usual_sides() -> None:
    debit = {AccountType.ASSET, AccountType.EXPENSE}
    assert {kind for kind, side in NORMAL_SIDE.items() if side is Side.DEBIT} == debit
    assert set(NORMAL_SIDE) == set(AccountType)


@pytest.mark.parametrize(
    ("code", "scale"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4), ("KRW", 0)]
)
def test_currencies_have_the_decimals_of_iso_4217(code: str, scale: int) -> None:
    assert BUILT_IN[code].scale == scale


def test_every_built_in_currency_could_have_been_registered() -> None:
    assert len(BUILT_IN) > 150
    for code, asset in BUILT_IN.items():
        assert check_code(code) == asset.code
        assert 0 <= asset.scale <= LARGEST_SCALE
        assert asset.kind is AssetKind.FIAT
        assert re.fullmatch("[A-Z]{3}", code)


@given(st.integers(0, (1 << 48) - 1), st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_an_identifier_is_its_time_and_its_randomness(milliseconds: int, random: bytes) -> None:
    prefix, _, ulid = mint("acc_", milliseconds, random).partition("_")
    assert prefix == "acc"
    assert len(ulid) == 26
    value = 0
    for letter in ulid:
        value = value * 32 + CROCKFORD.index(letter)
    randomness = 0
    for byte in random:
        randomness = randomness * 32 + byte % 32
    assert value == milliseconds << 80 | randomness


@given(st.integers(0, (1 << 48) - 2), st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_later_identifiers_sort_later(milliseconds: int, random: bytes) -> None:
    assert mint("txn_", milliseconds, random) < mint("txn_", milliseconds + 1, bytes(RANDOM_BYTES))


def test_even_bytes_give_even_letters() -> None:
    every_byte = bytes(range(256))
    letters = "".join(i[-RANDOM_BYTES:] for i in mint_many("", 0, every_byte))
    assert {letters.count(letter) for letter in CROCKFORD} == {8}


@given(st.lists(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES), max_size=20))
def test_minting_many_is_minting_each(randoms: list[bytes]) -> None:
    assert mint_many("txn_", 7, b"".join(randoms)) == [mint("txn_", 7, r) for r in randoms]
