"""Rates answer for the day they are of, exactly, and a missing one is refused by name."""

import gzip
import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.modules.reports.rates import (
    MissingRate,
    RateError,
    Rates,
    convert,
    plain_rows,
    read_rates,
)

SHARED = Path(os.environ.get("PARTITA_SHARED_DATA", Path(__file__).parents[5] / "shared" / "data"))
ECB = SHARED / "fx" / "ecb" / "eurofxref-hist.csv.gz"
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


def test_files_of_both_forms_are_read() -> None:
    plain = "date,pair,rate\n2024-12-31,EUR/USD,1.0389\n"
    central = "Date,USD,CYP,\n2024-12-31,1.0389,N/A,\n"
    for text in (plain, central):
        assert read_rates(text).rate("2024-12-31", "EUR", "USD") == Fraction("1.0389")
    with pytest.raises(RateError):
        read_rates("hello\n")
    with pytest.raises(RateError, match="line 2"):
        list(plain_rows("date,pair,rate\n2024-12-31,EUR/USD\n"))


def test_the_central_banks_own_file_is_read() -> None:
    if not ECB.exists():
        pytest.skip(f"the ECB's file is not at {ECB}")
    rates = read_rates(gzip.decompress(ECB.read_bytes()).decode())
    assert rates.rate("2024-12-31", "EUR", "USD") == Fraction("1.0389")
    assert rates.rate("1999-01-04", "EUR", "CZK") == Fraction("35.107")
    with pytest.raises(MissingRate, match="2024-12-27"):
        rates.rate("2024-12-29", "USD", "CHF")  # a Sunday
    with pytest.raises(MissingRate, match="2007-12-31"):
        rates.rate("2008-01-02", "EUR", "CYP")  # Cyprus has the euro since then
