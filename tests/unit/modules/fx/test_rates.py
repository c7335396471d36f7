"""Rates answer for the day they are of, exactly, and a missing one is refused by name."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.modules.fx.rates import (
    ALWAYS,
    MissingRate,
    RateError,
    Rates,
    convert,
    named,
    rate_text,
)

ROWS = [
    ("2024-12-30", "EUR/USD", "1.0444"),
    ("2024-12-31", "EUR/USD", "1.0389"),
    ("2024-12-31", "EUR/CZK", "25.185"),
]


def test_a_rate_is_exact_in_either_direction() -> None:
    rates = Rates(ROWS)
    assert rates.rate("2024-12-31", "EUR", "USD") == Fraction(10389, 10000)
    assert rates.rate("2024-12-31", "USD", "EUR") == Fraction(10000, 10389)
    assert rates.rate("2024-12-31", "USD", "USD") == 1


def test_two_currencies_meet_in_a_third() -> None:
    assert Rates(ROWS).rate("2024-12-31", "USD", "CZK") == Fraction("25.185") / Fraction("1.0389")


def test_a_missing_rate_names_the_last_day_that_has_one() -> None:
    with pytest.raises(MissingRate, match=r"EUR/USD of 2025-01-01; the last .* 2024-12-31") as gone:
        Rates(ROWS).rate("2025-01-01", "EUR", "USD")
    assert gone.value.last == "2024-12-31"
    with pytest.raises(MissingRate, match="no earlier day"):
        Rates(ROWS).rate("2024-12-29", "EUR", "USD")
    with pytest.raises(MissingRate, match="no earlier day"):
        Rates(ROWS).rate("2024-12-31", "EUR", "XAU")


def test_a_day_that_has_other_pairs_only_does_not_answer() -> None:
    with pytest.raises(MissingRate) as gone:
        Rates(ROWS).rate("2024-12-30", "EUR", "CZK")
    assert gone.value.last is None


def test_two_figures_for_one_day_and_pair_are_refused() -> None:
    with pytest.raises(RateError, match="twice"):
        Rates([*ROWS, ("2024-12-31", "EUR/USD", "1.04")])
    Rates([*ROWS, ("2024-12-31", "EUR/USD", "1.03890")])  # the same figure, said twice


@pytest.mark.parametrize(
    "row",
    [
        ("2024-02-30", "EUR/USD", "1"),
        ("20241231", "EUR/USD", "1"),
        ("2024-12-31", "EURUSD", "1"),
        ("2024-12-31", "EUR/EUR", "1"),
        ("2024-12-31", "EUR/USD", "0"),
        ("2024-12-31", "EUR/USD", "-1"),
        ("2024-12-31", "EUR/USD", "1e3"),
        ("2024-12-31", "EUR/USD", "1/3"),
        ("2024-12-31", "EUR/USD", "1,5"),
    ],
)
def test_a_row_that_says_no_rate_is_refused(row: tuple[str, str, str]) -> None:
    with pytest.raises(RateError):
        Rates([row])


@given(st.integers(-(10**20), 10**20), st.fractions(min_value=Fraction(1, 10**6), max_value=10**6))
def test_a_converted_amount_is_the_nearest_and_ties_are_even(amount: int, rate: Fraction) -> None:
    exact = amount * rate / 100
    found = convert(amount, rate, 4, 2)
    assert abs(found - exact) <= Fraction(1, 2)
    if abs(found - exact) == Fraction(1, 2):
        assert found % 2 == 0
    assert convert(-amount, rate, 4, 2) == -found


@pytest.mark.parametrize(("amount", "into"), [(5, 0), (15, 2), (25, 2), (-15, -2)])
def test_half_a_unit_goes_to_the_even_neighbour(amount: int, into: int) -> None:
    assert convert(amount, Fraction(1), 1, 0) == into


def test_a_fixed_rate_answers_for_every_day_and_gives_way_to_the_days_own() -> None:
    rates = Rates([*ROWS, (ALWAYS, "EUR/BGN", "1.95583"), (ALWAYS, "EUR/USD", "1")])
    assert rates.rate("1970-01-01", "EUR", "BGN") == Fraction("1.95583")
    assert rates.rate("2024-12-31", "BGN", "USD") == Fraction("1.0389") / Fraction("1.95583")
    assert rates.rate("2025-01-01", "EUR", "USD") == 1
    assert rates.days == ["2024-12-30", "2024-12-31"]


def test_a_rate_says_who_said_it_and_of_which_day() -> None:
    found = named(Rates(ROWS, "ecb"), "2024-12-31", "USD", "CZK")
    assert (found.provider, found.published) == ("ecb", "2024-12-31")
    assert found.text == "83950/3463"
    assert found.exact == Fraction("25.185") / Fraction("1.0389")


@pytest.mark.parametrize("name", ["", "ECB", "a/b", "a b", "x" * 33])
def test_a_provider_has_a_plain_name(name: str) -> None:
    with pytest.raises(RateError, match="provider"):
        Rates([], name)


@given(st.fractions(min_value=Fraction(1, 10**12), max_value=10**12))
def test_a_rate_as_text_is_the_rate(exact: Fraction) -> None:
    assert Fraction(rate_text(exact)) == exact


@pytest.mark.parametrize(
    ("exact", "text"),
    [(Fraction(3), "3"), (Fraction(1, 8), "0.125"), (Fraction(1, 3), "1/3"), (Fraction(20), "20")],
)
def test_a_rate_is_written_with_the_decimals_that_it_has(exact: Fraction, text: str) -> None:
    assert rate_text(exact) == text
