"""Floors and ceilings: a floor stops only what takes, a ceiling only what adds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.account import UNLIMITED, Constraints, Side, Totals
from partita.kernel.balance import balance
from partita.kernel.limits import breach

sums = st.integers(0, 60)
totals = st.builds(Totals, sums, sums, sums, sums)
bounds = st.none() | st.integers(-40, 40)
limits = st.builds(Constraints, bounds, bounds, bounds, bounds, st.integers(0, 20))
sides = st.sampled_from(Side)


def test_a_balance_is_told_on_the_normal_side() -> None:
    gone_through = Totals(
        posted_debits=700, posted_credits=200, pending_debits=30, pending_credits=50
    )
    on_debit, on_credit = (balance(gone_through, side) for side in (Side.DEBIT, Side.CREDIT))
    assert (on_debit.posted, on_debit.available) == (500, 450)
    assert (on_debit.pending_in, on_debit.pending_out) == (30, 50)
    assert (on_credit.posted, on_credit.available) == (-500, -530)
    assert (on_credit.pending_in, on_credit.pending_out) == (50, 30)


def violated(limits: Constraints, side: Side, before: Totals, after: Totals) -> set[str]:
    """The limits that stand in the way, read off the rule of the book, one by one."""
    now, then = balance(before, side), balance(after, side)
    found = set()
    for name in ("posted", "available"):
        old, new = getattr(now, name), getattr(then, name)
        floor, ceiling = getattr(limits, f"min_{name}"), getattr(limits, f"max_{name}")
        if floor is not None and new < old and new + limits.overdraft < floor:
            found.add(f"min_{name}")
        if ceiling is not None and new > old and new > ceiling:
            found.add(f"max_{name}")
    return found


@given(limits, sides, totals, totals)
def test_a_breach_is_one_of_the_limits_in_the_way_floors_first(
    limits: Constraints, side: Side, before: Totals, after: Totals
) -> None:
    expected, found = violated(limits, side, before, after), breach(limits, side, before, after)
    if found is None:
        assert not expected
        return
    assert found.limit in expected
    assert found.is_floor is found.limit.startswith("min_")
    assert found.is_floor or not any(name.startswith("min_") for name in expected)
    assert found.after < found.bound if found.is_floor else found.after > found.bound


@given(sides, totals, totals)
def test_without_limits_everything_may_happen(side: Side, before: Totals, after: Totals) -> None:
    assert not UNLIMITED.is_set
    assert breach(UNLIMITED, side, before, after) is None


@pytest.mark.parametrize("side", Side)
def test_an_account_below_its_floor_can_be_brought_back(side: Side) -> None:
    floor = Constraints(min_posted=0, min_available=0)
    deep, shallow = Totals(100, 40), Totals(100, 80)
    if side is Side.DEBIT:
        deep, shallow = Totals(40, 100), Totals(80, 100)
    assert breach(floor, side, deep, shallow) is None
    assert breach(floor, side, shallow, deep) is not None


@pytest.mark.parametrize("name", ["min_posted", "min_available"])
def test_an_overdraft_lowers_both_floors_to_the_unit(name: str) -> None:
    constraints = Constraints(**{name: 0}, overdraft=50)
    empty, at, below = Totals(), Totals(posted_debits=50), Totals(posted_debits=51)
    assert breach(constraints, Side.CREDIT, empty, at) is None
    found = breach(constraints, Side.CREDIT, empty, below)
    assert found is not None
    assert (found.limit, found.bound, found.after) == (name, -50, -51)


@pytest.mark.parametrize("name", ["max_posted", "max_available"])
def test_an_overdraft_leaves_ceilings_alone(name: str) -> None:
    constraints = Constraints(**{name: 100}, overdraft=50)
    assert breach(constraints, Side.CREDIT, Totals(), Totals(0, 100)) is None
    assert breach(constraints, Side.CREDIT, Totals(), Totals(0, 101)) is not None


def test_each_floor_looks_at_its_own_figure() -> None:
    """Money set aside lowers what is available, not what is posted; a deposit may do both."""
    before, after = Totals(100, 40, 0, 0), Totals(100, 70, 60, 0)
    assert breach(Constraints(min_posted=0), Side.CREDIT, before, after) is None
    found = breach(Constraints(min_posted=0, min_available=0), Side.CREDIT, before, after)
    assert found is not None
    assert found.limit == "min_available"
    before, after = Totals(40, 200, 60, 0), Totals(70, 200, 0, 0)
    assert breach(Constraints(max_available=0), Side.CREDIT, before, after) is not None
    assert breach(Constraints(max_posted=0), Side.CREDIT, before, after) is None
