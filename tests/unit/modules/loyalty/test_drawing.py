"""Drawing on sources in order: never more than wanted, never more than there is, in the order said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.modules.loyalty.drawing import Source, draw

ratios = st.integers(1, 200)
sources = st.lists(
    st.builds(
        Source, st.uuids().map(str), st.sampled_from(("USD", "PTS")), st.integers(0, 10_000),
        ratios, ratios,
    ),
    max_size=6,
)  # fmt: skip


@given(sources, st.integers(0, 20_000))
def test_a_sum_is_drawn_in_order_and_exactly(order: list[Source], wanted: int) -> None:
    drawn = {each.account: each for each in draw(order, wanted)}
    assert list(drawn) == [source.account for source in order if source.account in drawn]
    left = wanted
    for source in order:
        taken = drawn.get(source.account)
        amount, worth = (taken.amount, taken.worth) if taken else (0, 0)
        assert 0 <= amount <= source.available
        assert worth == amount * source.worth // source.points
        assert worth == 0 or (amount - 1) * source.worth // source.points < worth, "no point wasted"
        # As brute force has it: no other amount is worth more without going beyond.
        most = max(
            n * source.worth // source.points
            for n in range(source.available + 1)
            if n * source.worth // source.points <= left
        )
        assert worth == most
        left -= worth
    assert left >= 0


@pytest.mark.parametrize(
    ("available", "points", "worth", "wanted", "amount", "value"),
    [
        (250, 100, 1, 500, 200, 2),
        (10, 1, 5, 7, 1, 5),
        (3, 3, 2, 5, 3, 2),
        (0, 1, 1, 5, 0, 0),
        (5, 1, 1, 5, 5, 5),
    ],
)
def test_points_are_turned_into_money_by_whole_units(
    available: int, points: int, worth: int, wanted: int, amount: int, value: int
) -> None:
    drawn = draw([Source("a", "PTS", available, points, worth)], wanted)
    assert [(each.amount, each.worth) for each in drawn] == ([(amount, value)] if value else [])
