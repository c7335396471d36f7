"""Lots follow the balance, whatever moves points; what ends first is spent first."""

from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.account import Totals
from partita.kernel.moment import Moment
from partita.modules.loyalty.lots import Lot, Purse

EMPTY = Purse(id="pts_1", wallet="wal_1", asset="PTS", account="a:PTS")
STEPS = st.lists(
    st.tuples(st.sampled_from(("grant", "in", "out", "spend", "end", "look")), st.integers(1, 50),
              st.integers(1, 9)),
    max_size=25,
)  # fmt: skip


def test_points_that_end_first_are_spent_first() -> None:
    purse = EMPTY.granted(10, Moment(90)).granted(5, Moment(30)).granted(7, None)
    assert [lot.expires_at for lot in purse.lots] == [30, 90, None]
    assert purse.spent(6, Moment(0)).lots == (
        Lot(amount=9, expires_at=Moment(90)), Lot(amount=7),
    )  # fmt: skip
    assert purse.spent(6, Moment(30)).lots[0] == Lot(amount=5, expires_at=Moment(30))
    assert (purse.ended(Moment(30)), purse.usable(Moment(30)), purse.wakes_at) == (5, 17, 30)


def test_points_that_end_together_are_one_lot() -> None:
    assert EMPTY.granted(1, Moment(5)).granted(2, Moment(5)).lots == (
        Lot(amount=3, expires_at=Moment(5)),
    )  # fmt: skip


@given(STEPS)
def test_lots_are_the_balance_whatever_moves_points(steps: list[tuple[str, int, int]]) -> None:
    """Against a plain model: every point by itself, with its end."""
    purse, now = EMPTY, 0
    came = went = 0
    plain: list[float] = []
    for what, amount, ahead in steps:
        if what == "grant":
            purse = purse.caught_up(Totals(went, came)).granted(amount, Moment(now + ahead))
            came += amount
            plain += [now + ahead] * amount
        elif what == "in":
            came += amount
            plain += [float("inf")] * amount
        elif what == "out":
            amount = min(amount, len(plain))
            went += amount
            purse = purse.caught_up(Totals(went, came))
            plain = sorted(plain)[amount:]
        elif what == "spend":
            purse = purse.caught_up(Totals(went, came))
            usable = sorted(end for end in plain if end > now)
            assert purse.usable(Moment(now)) == len(usable)
            amount = min(amount, len(usable))
            purse = purse.spent(amount, Moment(now))
            went += amount
            plain = sorted([end for end in plain if end <= now] + usable[amount:])
        elif what == "end":
            now += ahead
            purse = purse.caught_up(Totals(went, came))
            ended = purse.ended(Moment(now))
            assert ended == sum(end <= now for end in plain)
            purse = purse.expired(ended)
            went += ended
            plain = [end for end in plain if end > now]
        caught = purse.caught_up(Totals(went, came))
        assert caught.total == len(plain) == came - went
        spread = [lot.expires_at or float("inf") for lot in caught.lots for _ in range(lot.amount)]
        assert spread == sorted(plain)
