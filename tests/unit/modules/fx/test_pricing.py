"""A price accounts for every unit of both sides, whatever the scales, the spread and the rule."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.asset import BUILT_IN, Asset
from partita.modules.fx.pricing import (
    FixedSide,
    Price,
    RoundingRule,
    Unpriceable,
    Wanted,
    minor_rate,
    price,
)

EUR, USD, JPY, BHD = (BUILT_IN[code] for code in ("EUR", "USD", "JPY", "BHD"))
SIDES, RULES = st.sampled_from(FixedSide), st.sampled_from(RoundingRule)
RATES = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6)


@st.composite
def wishes(draw: st.DrawFn) -> Wanted:
    """Anything that could be asked for."""
    return Wanted(
        source=Asset("A", draw(st.integers(0, 18))),
        target=Asset("B", draw(st.integers(0, 18))),
        side=draw(SIDES),
        amount=draw(st.integers(1, 10**20)),
        rate=draw(RATES),
        spread_bps=draw(st.integers(0, 9_999)),
        fee=draw(st.integers(0, 10**6)),
        rule=draw(RULES),
    )


def priced(wanted: Wanted) -> Price | None:
    try:
        return price(wanted)
    except Unpriceable:
        return None


@given(wishes())
def test_every_unit_is_accounted_for(wanted: Wanted) -> None:
    found = priced(wanted)
    if found is None:
        return
    assert found.source_amount == found.fee + found.position_in + found.source_rounding
    assert found.position_out == found.target_amount + found.spread + found.target_rounding
    named = found.source_amount if wanted.side is FixedSide.SOURCE else found.target_amount
    assert named == wanted.amount
    assert min(found.target_amount, found.position_in, found.position_out) > 0
    assert min(found.spread, found.fee, found.source_rounding) >= 0


@given(wishes())
def test_no_figure_is_a_unit_away_from_the_exact_one(wanted: Wanted) -> None:
    found = priced(wanted)
    if found is None:
        return
    rate = minor_rate(wanted.rate, wanted.source, wanted.target)
    kept = 1 - Fraction(wanted.spread_bps, 10_000)
    if wanted.side is FixedSide.SOURCE:
        worth = (wanted.amount - wanted.fee) * rate
        exact = worth * kept
        away = found.target_amount - exact
    else:
        worth = wanted.amount / kept
        exact = worth / rate
        away = exact - (found.source_amount - found.fee)
    assert abs(found.position_out - worth) <= Fraction(1, 2)
    if wanted.rule is RoundingRule.HALF_EVEN:
        assert abs(away) <= Fraction(1, 2)
        assert found.source_rounding == 0
        assert found.target_rounding in {-1, 0, 1}
    else:
        assert -1 < away <= 0
        assert found.source_rounding in {0, 1}
        assert found.target_rounding in {0, 1, 2}


def sold(amount: int, rate: str, **terms: object) -> Price:
    wanted = {"source": EUR, "target": USD, "side": FixedSide.SOURCE, **terms}
    return price(Wanted(amount=amount, rate=Fraction(rate), **wanted))  # type: ignore[arg-type]


def test_golden_figures_of_a_conversion_with_fee_and_spread() -> None:
    # 100.00 EUR less 1.00 fee, at 1.0389: 102.8511 USD, of which 0.5 % is 0.51 and the rest 102.34.
    found = sold(10_000, "1.0389", fee=100, spread_bps=50)
    assert (found.position_in, found.position_out) == (9_900, 10_285)
    assert (found.target_amount, found.spread, found.target_rounding) == (10_234, 51, 0)


def test_golden_figures_where_a_unit_is_left_over() -> None:
    # 0.99 EUR at 1.0389 is 102.8511 cents; a third of them (3,333 bps) is 34.2803, the rest 68.5708.
    half_even = sold(99, "1.0389", spread_bps=3_333)
    assert (half_even.target_amount, half_even.spread, half_even.target_rounding) == (69, 34, 0)
    floor = sold(99, "1.0389", spread_bps=3_333, rule=RoundingRule.FLOOR)
    assert (floor.target_amount, floor.spread, floor.target_rounding) == (68, 34, 1)


def test_golden_figures_between_scales() -> None:
    assert sold(10_000, "163.06", target=JPY).target_amount == 16_306
    assert sold(10_000, "0.3922", target=BHD).target_amount == 39_220
    back = sold(16_306, "0.0061", source=JPY, target=EUR)
    assert back.target_amount == 9_947  # 99.4666 euros, to the nearest cent


def test_golden_figures_of_a_fixed_target() -> None:
    # 100.00 USD to arrive, 1 % for the house: 101.0101 USD, which is 97.2279 EUR, and the fee on top.
    terms = {"side": FixedSide.TARGET, "spread_bps": 100, "fee": 25}
    half_even = sold(10_000, "1.0389", **terms)
    assert (half_even.source_amount, half_even.position_in) == (9_748, 9_723)
    assert (half_even.position_out, half_even.spread) == (10_101, 101)
    floor = sold(10_000, "1.0389", **terms, rule=RoundingRule.FLOOR)
    assert (floor.source_amount, floor.position_in, floor.source_rounding) == (9_748, 9_723, 0)
    assert sold(10_000, "3", side=FixedSide.TARGET, rule=RoundingRule.FLOOR).source_rounding == 1


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"target": EUR}, "itself"),
        ({"amount": 0}, "38 digits"),
        ({"rate": "0"}, "above zero"),
        ({"spread_bps": 10_000}, "basis points"),
        ({"spread_bps": -1}, "basis points"),
        ({"fee": -1}, "below zero"),
        ({"fee": 100}, "leaves nothing"),
        ({"rate": "0.0001"}, "less than one unit"),
        ({"amount": 10**38 - 1, "rate": "10"}, "more than 38 digits"),
    ],
)
def test_what_makes_no_exchange_is_refused(terms: dict[str, object], says: str) -> None:
    given = {"amount": 100, "rate": "1.5", **terms}
    with pytest.raises(Unpriceable, match=says):
        sold(**given)  # type: ignore[arg-type]
