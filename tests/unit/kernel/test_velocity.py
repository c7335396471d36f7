"""Velocity: what counts against a limit, what is refused, and what time, changes and failures undo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.kernel import commands
from partita.kernel.context import Context
from partita.kernel.decide import decide_atomically
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.kernel.rule_checks import RuleInvalid
from partita.kernel.velocity_limits import Flow, LimitScope, Window, WindowKind, matches
from tests.unit.kernel.bookkeeping import NOW, credit, debit
from tests.unit.kernel.desk import Desk, capture
from tests.unit.kernel.limited import DAY, MINUTE, desk, limit, spend, used
from tests.unit.kernel.test_reversals import known


def test_what_fits_exactly_goes_and_one_more_does_not() -> None:
    at_desk = desk(limit())
    assert at_desk.code(spend(60)) is None
    assert at_desk.code(spend(41)) is Code.VELOCITY_EXCEEDED
    assert at_desk.code(spend(40)) is None
    assert at_desk.code(spend(1)) is Code.VELOCITY_EXCEEDED
    assert used(at_desk) == (100, 2)


def test_a_count_is_a_limit_too() -> None:
    at_desk = desk(limit(max_amount=None, max_count=2))
    assert [at_desk.code(spend(1)) for _ in range(3)] == [None, None, Code.VELOCITY_EXCEEDED]


def test_a_hold_counts_when_it_is_placed_and_its_capture_only_beyond_it() -> None:
    at_desk = desk(limit())
    hold = at_desk.place(60, overcapture_bps=10_000)
    assert used(at_desk) == (60, 1)
    assert at_desk.code(capture(hold, 60)) is None
    assert used(at_desk) == (60, 1)
    second = at_desk.place(20, overcapture_bps=50_000)
    assert at_desk.code(capture(second, 41)) is Code.VELOCITY_EXCEEDED
    assert at_desk.code(capture(second, 40)) is None
    assert used(at_desk) == (100, 3)


def test_nothing_that_gives_back_counts_or_is_refused() -> None:
    at_desk = desk(limit())
    payment = known(at_desk, spend(40))
    hold = at_desk.place(40, expires_at=Moment(at_desk.now + 1))
    other = at_desk.place(10)
    pending = at_desk.done(commands.PendTransaction((debit("alice", 10), credit("shop", 10)))).id
    assert used(at_desk) == (100, 4)
    assert at_desk.code(commands.ReleaseHold(other)) is None
    assert at_desk.code(commands.ArchiveTransaction(pending)) is None
    at_desk.later(1).expire(hold)
    # The shop pays back: the reversal takes from the shop, on which a limit is as well.
    at_desk.done(limit(title="shop", subject="shop", max_amount=1))
    assert at_desk.code(commands.ReverseTransaction(payment)) is None
    assert used(at_desk) == (100, 4)
    assert used_of(at_desk, "shop", "shop") == (0, 0)


def test_settling_does_not_count_again_and_editing_counts_what_is_more() -> None:
    at_desk = desk(limit())
    pend = commands.PendTransaction((debit("alice", 60), credit("shop", 60)))
    pending = at_desk.done(pend).id
    more = commands.EditTransaction(pending, (debit("alice", 101), credit("shop", 101)))
    assert at_desk.code(more) is Code.VELOCITY_EXCEEDED
    less = commands.EditTransaction(pending, (debit("alice", 50), credit("shop", 50)))
    assert at_desk.code(less) is None
    assert used(at_desk) == (60, 1)
    again = commands.EditTransaction(pending, (debit("alice", 90), credit("shop", 90)))
    assert at_desk.code(again) is None
    assert used(at_desk) == (100, 2)
    assert at_desk.code(commands.SettleTransaction(pending)) is None
    assert used(at_desk) == (100, 2)


def by_card(**changes: object) -> commands.SetLimit:
    """At most 100 an hour on each card."""
    return limit(scope=LimitScope.METADATA, subject="card", **changes)


def test_every_value_of_a_metadata_key_has_a_window_of_its_own() -> None:
    at_desk = desk(by_card())
    one, other = {"card": "1"}, {"card": "2"}
    assert at_desk.code(spend(100, metadata=one)) is None
    assert at_desk.code(spend(1, "bob", metadata=one)) is Code.VELOCITY_EXCEEDED
    assert at_desk.code(spend(100, metadata=other)) is None
    assert at_desk.code(spend(500)) is None
    assert at_desk.code(spend(1, metadata={"card": ""})) is None
    assert used(at_desk, "1") == used(at_desk, "2") == (100, 1)


def test_several_legs_are_one_use_of_what_the_larger_side_moves() -> None:
    at_desk = desk(by_card(), limit(title="other"))
    legs = debit("alice", 30), debit("bob", 70), credit("shop", 100)
    assert at_desk.code(commands.PostTransaction(legs, metadata={"card": "1"})) is None
    assert used(at_desk, "1") == (100, 1)
    assert used_of(at_desk, "other", "alice") == (30, 1)


@pytest.mark.parametrize(
    ("own", "counted"),
    [({}, {"1": 60}), ({"card": "1"}, {"1": 60}), ({"card": "2"}, {"1": 50, "2": 60})],
)
def test_a_capture_counts_under_its_holds_value_only_what_goes_beyond(
    own: dict[str, str], counted: dict[str, int]
) -> None:
    at_desk = desk(by_card())
    hold = at_desk.place(50, overcapture_bps=10_000, metadata={"card": "1"})
    assert at_desk.code(capture(hold, 60, metadata=own)) is None
    assert {value: used(at_desk, value)[0] for value in counted} == counted


def test_a_hold_without_a_value_is_counted_when_it_is_captured_under_one() -> None:
    at_desk = desk(by_card())
    hold = at_desk.place(101)
    assert at_desk.code(capture(hold, 101, metadata={"card": "1"})) is Code.VELOCITY_EXCEEDED
    assert at_desk.code(capture(hold, 100, metadata={"card": "1"})) is None
    assert used(at_desk, "1") == (100, 1)


def test_an_edit_cannot_lead_to_a_value_under_which_it_was_not_counted() -> None:
    at_desk = desk(by_card())
    legs = debit("alice", 80), credit("shop", 80)
    pending = at_desk.done(commands.PendTransaction(legs, metadata={"card": "1"})).id
    bare = at_desk.done(commands.PendTransaction(legs)).id
    for identifier in (pending, bare):
        for wanted in ({"card": "2"}, {"card": "2", "note": "x"}):
            edit = commands.EditTransaction(identifier, metadata=wanted)
            assert at_desk.code(edit) is Code.VELOCITY_EXCEEDED
    for fine in ({"card": "1", "note": "x"}, {"note": "x"}):
        assert at_desk.code(commands.EditTransaction(pending, metadata=fine)) is None
    assert (used(at_desk, "1"), used(at_desk, "2")) == ((80, 1), (0, 0))


def test_what_comes_in_is_another_limit_than_what_goes_out() -> None:
    at_desk = desk(limit(flow=Flow.IN, subject="shop"))
    assert at_desk.code(spend(60)) is None
    assert at_desk.code(spend(60, "bob")) is Code.VELOCITY_EXCEEDED
    back = commands.PostTransaction((debit("shop", 50), credit("bob", 50)))
    assert at_desk.code(back) is None
    assert used(at_desk, "shop") == (60, 1)
    pend = commands.PendTransaction((debit("alice", 41), credit("shop", 41)))
    assert at_desk.code(pend) is Code.VELOCITY_EXCEEDED


@pytest.mark.parametrize(
    ("pattern", "path", "is_covered"),
    [
        ("customers:*", "customers:alice", True),
        ("customers:*", "customers:alice:card", False),
        ("customers:*", "customers", False),
        ("customers:*:card", "customers:alice:card", True),
        ("customers:*:card", "customers:alice:cash", False),
        ("customers:**", "customers:alice:card", True),
        ("customers:**", "customers:alice", True),
        ("customers:**", "customers", False),
        ("customers:*:**", "customers:alice", False),
        ("customers:*:**", "customers:alice:card:eu", True),
        ("*", "cash", True),
        ("*", "cash:eu", False),
        ("**", "cash", True),
        ("**", "cash:eu:paris", True),
        ("cash", "cashier", False),
        ("customers.*", "customers.alice", False),
    ],
)
def test_patterns_go_by_whole_segments(pattern: str, path: str, is_covered: bool) -> None:
    assert matches(pattern, path) is is_covered


def test_each_account_of_a_pattern_has_a_window_of_its_own() -> None:
    at_desk = desk(limit(subject="*"))
    assert at_desk.code(spend(100)) is None
    assert at_desk.code(spend(100, "bob")) is None
    assert at_desk.code(spend(1, "acc_BOB")) is Code.VELOCITY_EXCEEDED


def test_other_assets_do_not_count() -> None:
    at_desk = desk(limit(subject="**"))
    at_desk.open("euros", 500, asset="EUR")
    at_desk.open("till", asset="EUR")
    legs = debit("euros", 500, "EUR"), credit("till", 500, "EUR")
    assert at_desk.code(commands.PostTransaction(legs)) is None


def test_a_changed_limit_keeps_what_was_used() -> None:
    at_desk = desk(limit())
    assert at_desk.code(spend(80)) is None
    at_desk.done(limit(max_amount=90))
    assert at_desk.code(spend(11)) is Code.VELOCITY_EXCEEDED
    at_desk.done(limit(max_amount=70, max_count=9))
    assert at_desk.code(spend(1)) is Code.VELOCITY_EXCEEDED
    at_desk.done(limit(max_amount=200, window=Window(WindowKind.DAY)))
    assert at_desk.code(spend(121)) is Code.VELOCITY_EXCEEDED
    assert at_desk.code(spend(120)) is None
    (changed,) = at_desk.book.velocity.limits.values()
    assert (changed.version, used(at_desk)) == (4, (200, 2))


def test_from_a_day_to_a_rolling_window_what_was_used_today_counts_till_it_is_a_window_ago() -> (
    None
):
    at_desk = desk(limit(window=Window(WindowKind.DAY)))
    assert at_desk.code(spend(100)) is None
    at_desk.done(limit(window=Window(WindowKind.ROLLING, 86_400)))
    at_desk.later(DAY - 1)
    assert at_desk.code(spend(1)) is Code.VELOCITY_EXCEEDED
    at_desk.later(1)
    assert at_desk.code(spend(1)) is None


def test_an_archived_limit_counts_nothing_and_its_title_begins_anew() -> None:
    at_desk = desk(limit())
    assert at_desk.code(spend(100)) is None
    (first,) = at_desk.book.velocity.limits
    at_desk.done(commands.ArchiveLimit("hourly"))
    assert not at_desk.book.is_governed
    assert at_desk.code(spend(100)) is None
    assert at_desk.code(commands.ArchiveLimit("hourly")) is Code.LIMIT_NOT_FOUND
    assert at_desk.code(commands.ArchiveLimit(first)) is Code.LIMIT_NOT_FOUND
    at_desk.done(limit())
    assert used(at_desk) == (0, 0)
    (second,) = at_desk.book.velocity.limits
    assert second != first
    at_desk.done(commands.ArchiveLimit(second))


def test_of_several_limits_the_oldest_answers_and_a_refusal_uses_none() -> None:
    at_desk = desk(limit(), limit(title="second", max_amount=50), by_card(title="third"))
    rejection = at_desk.refused(spend(101, metadata={"card": "1"}))
    assert rejection.facts["title"] == "hourly"
    rejection = at_desk.refused(spend(60, metadata={"card": "1"}))
    assert rejection.facts["title"] == "second"
    at_desk.done(limit(max_amount=99))
    assert at_desk.refused(spend(101)).facts["title"] == "hourly"
    assert used(at_desk) == (0, 0)


def test_money_that_is_not_there_is_the_first_objection() -> None:
    at_desk = desk(limit())
    assert at_desk.code(spend(1_001)) is Code.INSUFFICIENT_FUNDS


def test_a_refused_bulk_uses_nothing() -> None:
    at_desk = desk(limit())
    at_desk.done(spend(10))
    before = at_desk.book.velocity.copy()
    wishes = [spend(50), limit(max_amount=60), spend(5)]
    refused = decide_atomically(
        at_desk.book, wishes, lambda n: Context(NOW, 900 + n, lambda p: f"{p}{900 + n}")
    )
    assert isinstance(refused, tuple)
    assert (refused[0], refused[1].code) == (2, Code.VELOCITY_EXCEEDED)
    after = at_desk.book.velocity
    assert (after.limits, after.usages, after.touched) == (
        before.limits, before.usages, before.touched,
    )  # fmt: skip


def test_a_bulk_passes_no_limit_that_its_parts_would_pass_together() -> None:
    at_desk = desk(limit())
    wishes = [spend(40), spend(40), spend(40)]
    refused = decide_atomically(
        at_desk.book, wishes, lambda n: Context(NOW, 900 + n, lambda p: f"{p}{900 + n}")
    )
    assert isinstance(refused, tuple)
    assert refused[0] == 2
    assert used(at_desk) == (0, 0)


def test_a_rejection_says_when_there_is_room() -> None:
    at_desk = desk(limit())
    assert at_desk.code(spend(30)) is None
    at_desk.later(10 * MINUTE)
    assert at_desk.code(spend(70)) is None
    facts = at_desk.refused(spend(30)).facts
    assert facts["room_at"] == Moment(NOW + 60 * MINUTE).text()
    assert at_desk.refused(spend(31)).facts["room_at"] == Moment(NOW + 70 * MINUTE).text()
    assert at_desk.refused(spend(101)).facts["room_at"] == ""
    at_desk.now = Moment.parse(facts["room_at"])
    assert at_desk.code(spend(30)) is None


def test_a_limit_that_makes_no_sense_never_gets_into_a_journal() -> None:
    for wrong in (
        limit(max_amount=None), limit(max_amount=0), limit(max_count=0), limit(subject="a:**:b"),
        limit(window=Window(WindowKind.ROLLING)), limit(title=""),
        limit(window=Window(WindowKind.DAY, 5)),
        limit(window=Window(WindowKind.DAY, utc_offset_minutes=841)),
    ):  # fmt: skip
        with pytest.raises(RuleInvalid):
            desk(wrong)
    assert desk().code(limit(asset="NONE")) is Code.ASSET_NOT_FOUND


def used_of(at_desk: Desk, title: str, subject: str) -> tuple[int, int]:
    """What is used of the limit of this title."""
    velocity = at_desk.book.velocity
    found = next(each for each in velocity.limits.values() if each.title == title)
    return velocity.usage(found.id, subject).used(found, at_desk.now)


@pytest.mark.parametrize(
    "changes",
    [{"asset": "EUR"}, {"flow": Flow.IN}, {"scope": LimitScope.METADATA, "subject": "card"}],
)
def test_a_change_after_which_what_was_used_would_mean_something_else_is_refused(
    changes: dict[str, object],
) -> None:
    rejection = desk(limit()).refused(limit(**changes))
    assert (rejection.code, rejection.facts["allowed_actions"]) == (Code.INVALID_STATE, "archive")
    by_device = limit(scope=LimitScope.METADATA, subject="device")
    assert desk(by_card()).code(by_device) is Code.INVALID_STATE


def test_a_limit_moves_to_other_accounts_and_back() -> None:
    at_desk = desk(limit(), limit(title="other", max_amount=10**9))
    for subject, mine, other in (
        ("bob", None, Code.VELOCITY_EXCEEDED), ("*", Code.VELOCITY_EXCEEDED, Code.VELOCITY_EXCEEDED),
        ("alice", Code.VELOCITY_EXCEEDED, None),
    ):  # fmt: skip
        at_desk.done(limit(subject=subject))
        assert (at_desk.code(spend(101)), at_desk.code(spend(101, "bob"))) == (mine, other)
    at_desk.done(commands.ArchiveLimit("hourly"))
    assert at_desk.code(spend(101)) is None


@given(st.permutations(["alice", "*", "bob", "alice", "**"]))
def test_the_oldest_limit_objects_however_it_is_found(subjects: list[str]) -> None:
    at_desk = desk()
    for n, subject in enumerate(subjects):
        at_desk.done(limit(title=f"{n}", subject=subject, max_amount=5))
    for n, subject in reversed(list(enumerate(subjects))):
        at_desk.done(limit(title=f"{n}", subject=subject, max_amount=1))
    first = next(n for n, subject in enumerate(subjects) if subject != "bob")
    assert at_desk.refused(spend(6)).facts["title"] == f"{first}"
