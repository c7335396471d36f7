"""Holds come to an end: at their moment and no earlier, and what may still be done afterwards."""

import pytest

from partita.kernel import commands
from partita.kernel.account import AccountStatus
from partita.kernel.holds import HoldStatus, LateCapture
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from tests.unit.kernel.bookkeeping import NOW, credit, debit
from tests.unit.kernel.desk import SECOND, Desk, capture
from tests.unit.kernel.test_holds import desk, expired_but_open_to_capture, partly_captured, placed

SOON = Moment(NOW + SECOND)


@pytest.mark.parametrize(("microseconds", "code"), [(-1, "no"), (0, "no"), (1, None)])
def test_a_hold_expires_later_than_now(microseconds: int, code: str | None) -> None:
    expected = None if code is None else Code.INVALID_EXPIRY
    at_desk, moment = desk(), Moment(NOW + microseconds)
    place = commands.PlaceHold("alice", 1, "USD", expires_at=moment)
    assert at_desk.code(place) is expected
    hold = placed(at_desk)
    assert at_desk.code(commands.ExtendHold(hold, moment)) is expected
    assert at_desk.hold(hold).due_at == (moment if code is None else SOON)


def test_a_hold_may_be_told_never_to_expire() -> None:
    at_desk = desk()
    hold = placed(at_desk)
    at_desk.done(commands.ExtendHold(hold, None))
    assert at_desk.hold(hold).due_at is None
    assert at_desk.money().pending_out == 100


def test_a_hold_expires_at_its_moment_and_not_a_microsecond_before() -> None:
    at_desk = desk()
    hold = placed(at_desk)
    at_desk.later(SECOND - 1)
    with pytest.raises(AssertionError, match="never expires early"):
        at_desk.expire(hold)
    at_desk.later(1).expire(hold)
    after = at_desk.hold(hold)
    assert (after.status, after.expired, after.remaining) == (HoldStatus.EXPIRED, 100, 0)
    assert (after.due_at, at_desk.money().available) == (None, 1_000)


def test_only_what_remains_expires() -> None:
    at_desk = desk()
    hold = partly_captured(at_desk)
    at_desk.done(commands.ReleaseHold(hold, 10))
    at_desk.later(SECOND).expire(hold)
    after = at_desk.hold(hold)
    assert (after.captured, after.released, after.expired, after.remaining) == (40, 10, 50, 0)
    assert (at_desk.money().posted, at_desk.money().available) == (960, 960)


@pytest.mark.parametrize("status", [AccountStatus.OPEN, AccountStatus.FROZEN])
def test_frozen_money_still_comes_free(status: AccountStatus) -> None:
    for let_go in (lambda d, h: d.done(commands.ReleaseHold(h)), Desk.expire):
        at_desk = desk()
        hold = placed(at_desk)
        at_desk.put_status("alice", status)
        at_desk.later(SECOND)
        let_go(at_desk, hold)
        assert at_desk.money().pending_out == 0


def test_a_late_capture_takes_what_is_available_then() -> None:
    at_desk = Desk(alice=100, shop=0)
    hold = expired_but_open_to_capture(at_desk)
    at_desk.done(commands.PostTransaction((debit("alice", 50), credit("shop", 50))))
    assert at_desk.refused(capture(hold, 51)).code is Code.INSUFFICIENT_FUNDS
    at_desk.done(capture(hold, 50))
    after = at_desk.hold(hold)
    assert (after.status, after.captured, after.remaining) == (HoldStatus.EXPIRED, 50, 0)
    assert (at_desk.money().posted, at_desk.money().pending_out) == (0, 0)


def test_a_late_capture_cannot_take_more_than_a_timely_one() -> None:
    at_desk = desk()
    hold = at_desk.place(
        100, expires_at=SOON, late_capture=LateCapture.ALLOWED, overcapture_bps=1_000
    )
    at_desk.done(capture(hold, 30))
    at_desk.done(commands.ReleaseHold(hold, 20))
    at_desk.later(SECOND).expire(hold)
    assert at_desk.refused(capture(hold, 59)).code is Code.CAPTURE_EXCEEDS_HOLD
    at_desk.done(capture(hold, 20))
    at_desk.done(capture(hold, 38))
    assert at_desk.hold(hold).status is HoldStatus.CAPTURED
    assert at_desk.refused(capture(hold, 1)).code is Code.INVALID_STATE


def test_the_rest_of_an_expired_hold_is_what_was_held_without_the_tolerance() -> None:
    at_desk = desk()
    hold = at_desk.place(
        100, expires_at=SOON, late_capture=LateCapture.ALLOWED, overcapture_bps=1_000
    )
    at_desk.done(commands.ReleaseHold(hold, 10))
    at_desk.later(SECOND).expire(hold)
    at_desk.done(capture(hold, 60))
    at_desk.done(commands.CaptureHold(hold, destination="shop"))
    assert at_desk.hold(hold).captured == 90
    at_desk.done(capture(hold, 9))
    over = commands.CaptureHold(hold, destination="shop", external_id="a")
    assert at_desk.refused(over).code is Code.INVALID_STATE
    at_desk.book.external_ids.add("a")
    assert at_desk.refused(over).code is Code.EXTERNAL_ID_TAKEN


def test_a_final_late_capture_is_the_last() -> None:
    at_desk = desk()
    hold = expired_but_open_to_capture(at_desk)
    at_desk.done(capture(hold, 1, is_final=True))
    assert at_desk.hold(hold).status is HoldStatus.CAPTURED
    assert at_desk.money().pending_out == 0
