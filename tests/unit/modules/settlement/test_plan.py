"""Cut-offs by the clock on the wall: every day has one, however many hours it has."""

import pytest

from partita.kernel.moment import Moment
from partita.modules.settlement.plan import Plan, Terms, plan_body, read_plan


def moment(text: str) -> Moment:
    return Moment.parse(text)


@pytest.mark.parametrize(
    ("terms", "now", "cut_off"),
    [
        (Terms(cut_off="17:00"), "2026-11-20T16:59:59Z", "2026-11-20T17:00:00Z"),
        (Terms(cut_off="17:00"), "2026-11-20T17:00:00Z", "2026-11-21T17:00:00Z"),
        # Zurich is an hour ahead in winter and two in summer; the hour on the wall stays
        (Terms(cut_off="17:00", timezone="Europe/Zurich"),
         "2026-03-28T17:00:00Z", "2026-03-29T15:00:00Z"),
        (Terms(cut_off="17:00", timezone="Europe/Zurich"),
         "2026-10-24T15:00:00Z", "2026-10-25T16:00:00Z"),
        # 02:30 is left out in spring: the moment that it would have been
        (Terms(cut_off="02:30", timezone="Europe/Zurich"),
         "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
        # 02:30 comes twice in autumn: the first one counts, and the second is no other cut-off
        (Terms(cut_off="02:30", timezone="Europe/Zurich"),
         "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        (Terms(cut_off="02:30", timezone="Europe/Zurich"),
         "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        # far from UTC the day on the wall is another
        (Terms(cut_off="09:00", timezone="Pacific/Auckland"),
         "2026-11-19T20:30:00Z", "2026-11-20T20:00:00Z"),
        # on Fridays alone
        (Terms(cut_off="12:00", weekdays=(4,)), "2026-11-20T12:00:00Z", "2026-11-27T12:00:00Z"),
    ],
)  # fmt: skip
def test_the_next_cut_off(terms: Terms, now: str, cut_off: str) -> None:
    assert terms.cut_off_after(moment(now)) == moment(cut_off)


def test_a_year_has_one_cut_off_a_day() -> None:
    terms = Terms(cut_off="02:30", timezone="America/New_York")
    now, count = moment("2025-12-31T12:00:00Z"), 0
    while (now := terms.cut_off_after(now)) < moment("2026-12-31T12:00:00Z"):
        count += 1
    assert count == 365


def test_a_reserve_is_free_at_the_same_hour_on_the_wall() -> None:
    terms = Terms(timezone="Europe/Zurich", reserve_basis_points=500, reserve_days=10)
    assert terms.releases_at(moment("2026-03-24T16:00:00Z")) == moment("2026-04-03T15:00:00Z")


@pytest.mark.parametrize(
    ("sales", "reserve"), [(0, 0), (-500, 0), (9, 0), (10, 1), (12_345, 1_234), (10**37, 10**36)]
)
def test_a_reserve_is_rounded_in_favour_of_the_merchant(sales: int, reserve: int) -> None:
    assert Terms(reserve_basis_points=1_000, reserve_days=90).reserved(sales) == reserve


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (Terms(timezone="Mars/Base"), "Europe/Zurich"),
        (Terms(weekdays=(7,)), "Monday"),
        (Terms(holidays=("2026-02-30",)), "day"),
        (Terms(reserve_days=90), "or neither"),
        (Terms(reserve_basis_points=90), "or neither"),
    ],
)
def test_terms_that_nobody_can_keep_to_are_refused(terms: Terms, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        terms.checked()


def test_a_plan_comes_back_from_what_is_kept() -> None:
    plan = Plan(
        wallet="wal_1", customer="cus_1", account="a:USD", asset="USD",
        terms=Terms(holidays=("2026-12-25",)).checked(), next_cut_off=Moment(5),
        balance=10**30, moved=((4, 10**30),),
    )  # fmt: skip
    assert read_plan(plan_body(plan)) == plan
