"""Accounting periods: what a closed one keeps out, where what is late goes, and who may change what."""

import pytest

from partita.kernel import commands, events
from partita.kernel.moment import Moment
from partita.kernel.periods import PERIOD_ACTIONS, Late, Period, PeriodStatus
from partita.kernel.rejections import Code
from partita.kernel.rule_checks import RuleInvalid
from tests.unit.kernel.bookkeeping import NOW, credit, debit
from tests.unit.kernel.desk import Desk, capture
from tests.unit.kernel.test_reversals import known

CHANGES = {
    "soft_close": commands.SoftClosePeriod,
    "reopen": commands.ReopenPeriod,
    "close": commands.ClosePeriod,
}
BEGINS, ENDS = Moment(NOW - 1_000), Moment(NOW - 500)
INSIDE = Moment(NOW - 700)
LEGS = debit("alice", 10), credit("shop", 10)


def desk(*actions: str, begins_at: int = BEGINS, ends_at: int = ENDS) -> Desk:
    """Alice has 1,000; there is a period, to which these were done."""
    at_desk = Desk(alice=1_000, shop=0)
    name(at_desk, "p", begins_at, ends_at, *actions)
    return at_desk


def name(at_desk: Desk, title: str, begins_at: int, ends_at: int, *actions: str) -> str:
    """One more period; its id."""
    wish = commands.OpenPeriod(title, Moment(begins_at), Moment(ends_at))
    identifier = at_desk.done(wish).id
    for action in actions:
        at_desk.done(CHANGES[action](title))
    return identifier


def period(at_desk: Desk, title: str = "p") -> Period:
    """A period as it is now."""
    (found,) = (p for p in at_desk.book.calendar.periods.values() if p.title == title)
    return found


def post(moment: int | None = INSIDE, late: Late = Late.REFUSE) -> commands.PostTransaction:
    """A transaction that counts at this moment."""
    at = None if moment is None else Moment(moment)
    return commands.PostTransaction(LEGS, effective_at=at, late=late)


WAYS: dict[PeriodStatus, tuple[str, ...]] = {
    PeriodStatus.OPEN: (),
    PeriodStatus.SOFT_CLOSED: ("soft_close",),
    PeriodStatus.CLOSED: ("close",),
}
AFTER = {
    "soft_close": PeriodStatus.SOFT_CLOSED,
    "reopen": PeriodStatus.OPEN,
    "close": PeriodStatus.CLOSED,
}


@pytest.mark.parametrize("status", list(PeriodStatus))
@pytest.mark.parametrize("action", list(CHANGES))
@pytest.mark.parametrize("by", ["title", "id"])
def test_every_action_in_every_status(status: PeriodStatus, action: str, by: str) -> None:
    at_desk = desk(*WAYS[status])
    before = period(at_desk)
    assert before.status is status
    reference = "p" if by == "title" else before.id
    command = CHANGES[action](reference, "because")
    if action in PERIOD_ACTIONS[status]:
        at_desk.done(command)
        after = period(at_desk)
        assert after == before.with_changes(status=AFTER[action], reason="because")
    else:
        rejection = at_desk.refused(command)
        assert rejection.code is Code.INVALID_STATE
        assert rejection.facts["allowed_actions"] == ",".join(PERIOD_ACTIONS[status])
        assert period(at_desk) == before


def test_what_may_be_done_in_which_status() -> None:
    assert PERIOD_ACTIONS == {
        PeriodStatus.OPEN: ("soft_close", "close"),
        PeriodStatus.SOFT_CLOSED: ("reopen", "close"),
        PeriodStatus.CLOSED: (),
    }


@pytest.mark.parametrize("action", list(CHANGES))
def test_an_unknown_period_is_not_found(action: str) -> None:
    assert desk().code(CHANGES[action]("q")) is Code.PERIOD_NOT_FOUND


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (BEGINS - 1, None), (BEGINS, Code.PERIOD_CLOSED), (INSIDE, Code.PERIOD_CLOSED),
        (ENDS - 1, Code.PERIOD_CLOSED), (ENDS, None), (None, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("action", ["soft_close", "close"])
def test_a_period_ends_before_its_end(action: str, moment: int | None, code: Code | None) -> None:
    assert desk(action).code(post(moment)) is code


def test_now_can_lie_in_a_closed_period_too() -> None:
    at_desk = desk("close", begins_at=NOW, ends_at=NOW + 1)
    assert at_desk.code(post(None)) is Code.PERIOD_CLOSED
    assert at_desk.later(1).code(post(None)) is None


@pytest.mark.parametrize("status", list(PeriodStatus))
@pytest.mark.parametrize("late", list(Late))
def test_what_becomes_of_what_is_late(status: PeriodStatus, late: Late) -> None:
    at_desk = desk(*WAYS[status])
    decision = at_desk.ask(post(INSIDE, late))
    is_let_in = status is PeriodStatus.OPEN or (
        status is PeriodStatus.SOFT_CLOSED and late is Late.ADJUST
    )
    if is_let_in or late is Late.MOVE:
        assert isinstance(decision, events.TransactionPosted)
        assert decision.effective_at == (INSIDE if is_let_in else ENDS)
        assert bool(decision.metadata) is not is_let_in
    else:
        assert not isinstance(decision, events.TransactionPosted)
        assert getattr(decision, "code", None) is Code.PERIOD_CLOSED


def test_what_was_moved_points_back() -> None:
    at_desk = desk("soft_close")
    wish = commands.PostTransaction(
        LEGS, effective_at=INSIDE, metadata={"invoice": "7"}, late=Late.MOVE
    )
    moved = at_desk.done(wish)
    assert isinstance(moved, events.TransactionPosted)
    assert moved.metadata == {
        "invoice": "7",
        "partita.late_for": period(at_desk).id,
        "partita.effective_at": INSIDE.text(),
    }


def test_it_goes_to_the_first_open_moment_after_all_that_is_shut() -> None:
    at_desk = desk("close")
    name(at_desk, "next but one", ENDS + 100, ENDS + 200, "close")
    name(at_desk, "next", ENDS, ENDS + 100, "soft_close")
    name(at_desk, "after a gap", ENDS + 201, ENDS + 300, "close")
    moved = at_desk.done(post(INSIDE, Late.MOVE))
    assert isinstance(moved, events.TransactionPosted)
    assert moved.effective_at == ENDS + 200
    in_the_gap = at_desk.done(post(ENDS + 200))
    assert isinstance(in_the_gap, events.TransactionPosted)
    assert in_the_gap.metadata == {}
    at_desk.done(commands.ReopenPeriod("next"))
    moved = at_desk.done(post(INSIDE, Late.MOVE))
    assert isinstance(moved, events.TransactionPosted)
    assert moved.effective_at == ENDS


@pytest.mark.parametrize("action", ["soft_close", "close"])
def test_nothing_gets_in_by_another_way(action: str) -> None:
    at_desk = desk()
    original = known(at_desk, commands.PostTransaction(LEGS))
    hold = at_desk.place(10)
    pending = at_desk.done(commands.PendTransaction(LEGS, effective_at=INSIDE)).id
    at_desk.done(CHANGES[action]("p"))
    for wish in (
        commands.SettleTransaction(pending),
        capture(hold, 10, effective_at=INSIDE),
        commands.ReverseTransaction(original, effective_at=INSIDE),
        commands.ReverseTransaction(original, effective_at=BEGINS),
    ):
        assert at_desk.refused(wish).code is Code.PERIOD_CLOSED
    at_desk.done(commands.EditTransaction(pending, effective_at=ENDS))
    for wish in (
        commands.SettleTransaction(pending),
        capture(hold, 10, effective_at=ENDS),
        commands.ReverseTransaction(original),
    ):
        at_desk.done(wish)


def test_what_moves_no_money_is_nobodys_period() -> None:
    """Placing, letting go, giving up: nothing is posted, so nothing counts anywhere."""
    at_desk = desk("close", begins_at=NOW - 1, ends_at=NOW + 1_000)
    hold = at_desk.place(10, expires_at=Moment(NOW + 5))
    for wish in (
        commands.IncrementHold(hold, 1), commands.ReleaseHold(hold, 1),
        commands.ExtendHold(hold, Moment(NOW + 6)), commands.PendTransaction(LEGS),
    ):  # fmt: skip
        at_desk.done(wish)
    at_desk.done(commands.ArchiveTransaction(next(
        identifier for kind, identifier in at_desk.book.resources if kind == "transaction"
    )))  # fmt: skip
    at_desk.later(6).expire(hold)


@pytest.mark.parametrize("late", [Late.ADJUST, Late.MOVE])
def test_a_reversal_may_be_late_too(late: Late) -> None:
    at_desk = desk("soft_close")
    original = known(at_desk, commands.PostTransaction(LEGS))
    reversal = at_desk.done(
        commands.ReverseTransaction(original, effective_at=INSIDE, late=late, reason="wrong")
    )
    assert isinstance(reversal, events.TransactionReversed)
    assert reversal.effective_at == (INSIDE if late is Late.ADJUST else ENDS)
    assert ("partita.late_for" in reversal.metadata) is (late is Late.MOVE)


@pytest.mark.parametrize(
    ("begins_at", "ends_at", "is_apart"),
    [
        (ENDS, ENDS + 1, True), (BEGINS - 1, BEGINS, True), (ENDS + 5, ENDS + 9, True),
        (ENDS - 1, ENDS + 1, False), (BEGINS - 1, BEGINS + 1, False),
        (BEGINS - 1, ENDS + 1, False), (BEGINS + 1, ENDS - 1, False), (BEGINS, ENDS, False),
    ],
)  # fmt: skip
def test_periods_share_no_moment(begins_at: int, ends_at: int, is_apart: bool) -> None:
    at_desk = desk()
    wish = commands.OpenPeriod("q", Moment(begins_at), Moment(ends_at))
    assert at_desk.code(wish) is (None if is_apart else Code.PERIOD_OVERLAPS)


def test_a_title_is_given_once() -> None:
    at_desk = desk("close")
    wish = commands.OpenPeriod("p", Moment(ENDS), Moment(ENDS + 1))
    rejection = at_desk.refused(wish)
    assert rejection.code is Code.PERIOD_OVERLAPS
    assert rejection.facts["existing_resource_id"] == period(at_desk).id


@pytest.mark.parametrize("ends_at", [BEGINS, BEGINS - 1])
def test_a_period_that_ends_before_it_begins_never_gets_into_a_journal(ends_at: int) -> None:
    with pytest.raises(RuleInvalid, match="would begin at"):
        desk(begins_at=BEGINS, ends_at=ends_at)


def test_a_closed_period_is_the_objection_before_a_limit_but_after_the_money() -> None:
    at_desk = desk("close")
    too_much = debit("alice", 1_001), credit("shop", 1_001)
    wish = commands.PostTransaction(too_much, effective_at=INSIDE)
    assert at_desk.code(wish) is Code.INSUFFICIENT_FUNDS
