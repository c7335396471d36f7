"""Average cost: a position, its cost and what was gained tie after every trade, in either direction."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from partita.modules.fx.valuing import Holding, Result, Trade, traded, unrealised

TRADES = st.lists(
    st.builds(
        lambda quantity, price: Trade(quantity, round(quantity * price)),
        st.integers(-(10**9), 10**9).filter(bool),
        st.fractions(min_value=Fraction(1, 100), max_value=100),
    ),
    max_size=40,
)


@given(TRADES)
def test_what_was_paid_is_either_cost_or_result(trades: list[Trade]) -> None:
    holding, gained = Holding(), 0
    for trade in trades:
        result = traded(holding, trade)
        holding, gained = result.after, gained + result.gained
    assert holding.quantity == sum(trade.quantity for trade in trades)
    assert holding.cost == sum(trade.paid for trade in trades) + gained


@given(TRADES, st.fractions(min_value=Fraction(1, 100), max_value=100))
def test_closing_a_position_gains_all_that_there_was_to_gain(
    trades: list[Trade], price: Fraction
) -> None:
    holding, gained = Holding(), 0
    for trade in trades:
        result = traded(holding, trade)
        holding, gained = result.after, gained + result.gained
    worth = round(holding.quantity * price)
    if holding.quantity:
        last = traded(holding, Trade(-holding.quantity, -worth))
        assert last.after == Holding()
        assert last.gained == unrealised(holding, worth)
        gained += last.gained
    assert gained == worth - sum(trade.paid for trade in trades)


@given(TRADES)
def test_cost_stands_on_the_side_of_the_position(trades: list[Trade]) -> None:
    holding = Holding()
    for trade in trades:
        holding = traded(holding, trade).after
        assert holding.quantity or not holding.cost
        assert holding.quantity * holding.cost >= 0


def test_golden_long_position() -> None:
    # 100 for 96, 100 for 100: 200 cost 196. Half of them sold for 103: 98 of the cost, 5 gained.
    holding = traded(traded(Holding(), Trade(100, 96)).after, Trade(100, 100)).after
    assert holding == Holding(200, 196)
    assert traded(holding, Trade(-100, -103)) == Result(Holding(100, 98), 5)


def test_golden_short_position_through_zero() -> None:
    # 100 sold for 96 that were not owned; 150 bought for 141: 100 of them, for 94, close it (2 gained).
    holding = traded(Holding(), Trade(-100, -96)).after
    assert holding == Holding(-100, -96)
    assert traded(holding, Trade(150, 141)) == Result(Holding(50, 47), 2)


def test_a_share_of_the_cost_is_rounded_half_to_even_once() -> None:
    assert traded(Holding(2, 5), Trade(-1, -3)) == Result(Holding(1, 3), 1)  # 2.5 goes to 2


def test_what_a_reversal_left_on_a_closed_position_is_settled_by_the_next_trade() -> None:
    assert traded(Holding(0, 2), Trade(100, 90)) == Result(Holding(100, 90), -2)
