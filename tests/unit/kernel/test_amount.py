"""Amounts: read, written, rounded and split without a unit lost or made."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.amount import LARGEST, Rounding, allocate, from_decimal, parse, to_decimal

EXACT = Context(prec=200)
scales = st.integers(0, 30)
amounts = st.integers(-LARGEST, LARGEST)


@given(st.integers(0, LARGEST))
def test_every_amount_of_38_digits_is_read_back(amount: int) -> None:
    assert parse(str(amount)) == amount


@pytest.mark.parametrize(
    "text",
    ["", " ", "-1", "+1", "01", "00", "1.0", "1e3", "1E3", "0x1", "1_000", "1,000", " 1", "1 ",
     "1\n", "\n1", "NaN", "inf", "٣", "\uff11", "²", "1\0", "1" + "0" * 38, "one"],
)  # fmt: skip
def test_what_is_no_plain_figure_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="minor units"):
        parse(text)


@given(amounts, scales)
def test_written_as_decimal_and_read_again_an_amount_is_itself(minor: int, scale: int) -> None:
    assert from_decimal(to_decimal(minor, scale), scale) == minor


@given(amounts, scales)
def test_a_decimal_says_the_same_value_with_all_its_decimals(minor: int, scale: int) -> None:
    text = to_decimal(minor, scale)
    assert EXACT.create_decimal(text) == EXACT.scaleb(EXACT.create_decimal(minor), -scale)
    assert len(text.partition(".")[2]) == scale
    assert "e" not in text.lower()


@given(st.integers(-(10**30), 10**30), st.integers(0, 12), st.integers(0, 8))
def test_finer_figures_round_as_decimal_arithmetic_says(
    unscaled: int, decimals: int, scale: int
) -> None:
    text = to_decimal(unscaled, decimals)
    unit = Decimal(1).scaleb(-scale)
    for rounding, mode in ((Rounding.HALF_EVEN, ROUND_HALF_EVEN), (Rounding.DOWN, ROUND_DOWN)):
        expected = EXACT.create_decimal(text).quantize(unit, rounding=mode, context=EXACT)
        assert from_decimal(text, scale, rounding) == int(expected.scaleb(scale, context=EXACT))


@given(st.integers(-(10**20), 10**20), st.integers(1, 12), st.integers(0, 8))
def test_nothing_is_rounded_unless_told(unscaled: int, decimals: int, scale: int) -> None:
    text, finer = to_decimal(unscaled, decimals), 10 ** max(decimals - scale, 0)
    if unscaled % finer:
        with pytest.raises(ValueError, match="finer"):
            from_decimal(text, scale)
    else:
        assert from_decimal(text, scale) == unscaled * 10 ** max(scale - decimals, 0) // finer


@pytest.mark.parametrize(
    ("text", "even"),
    [("0.5", 0), ("1.5", 2), ("2.5", 2), ("-0.5", 0), ("-1.5", -2), ("2.50001", 3), ("0.499", 0)],
)
def test_ties_go_to_the_even_digit(text: str, even: int) -> None:
    assert from_decimal(text, 0, Rounding.HALF_EVEN) == even


@pytest.mark.parametrize(
    "text", ["", ".", ".5", "-", "+", "1e3", "1,5", "1.2.3", "0x10", "NaN", "Infinity", "1 ", "٣", "1\n"]
)  # fmt: skip
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="decimal figure"):
        from_decimal(text, 2)


shares = st.lists(st.integers(0, 10**12), min_size=1, max_size=12).filter(any)


@given(st.integers(0, LARGEST), shares)
def test_an_allocation_gives_out_every_unit(amount: int, among: list[int]) -> None:
    parts = allocate(amount, among)
    assert len(parts) == len(among)
    assert sum(parts) == amount


@given(st.integers(0, LARGEST), shares)
def test_nobody_is_a_whole_unit_away_from_the_exact_share(amount: int, among: list[int]) -> None:
    total = sum(among)
    for part, share in zip(allocate(amount, among), among, strict=True):
        assert abs(part * total - amount * share) < total
        assert part >= 0
        assert share or not part, "without a share there is no part"


@given(st.integers(0, LARGEST), st.integers(1, 9))
def test_equal_shares_differ_by_one_unit_and_the_first_have_it(amount: int, count: int) -> None:
    parts = allocate(amount, [1] * count)
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] in (0, 1)


@pytest.mark.parametrize(("amount", "among"), [(-1, [1]), (1, []), (1, [0]), (1, [2, -1])])
def test_an_allocation_that_cannot_be_made_is_refused(amount: int, among: list[int]) -> None:
    with pytest.raises(ValueError, match="allocate"):
        allocate(amount, among)
