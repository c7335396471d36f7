"""Holds: the whole table of what may be done in which status, and every edge of every amount."""

from collections.abc import Callable

import pytest

from partita.kernel import commands, events
from partita.kernel.account import AccountStatus, AccountType, Constraints, Side
from partita.kernel.amount import LARGEST
from partita.kernel.holds import HOLD_ACTIONS, HoldStatus, LateCapture
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from tests.unit.kernel.bookkeeping import NOW, credit, debit, identifier
from tests.unit.kernel.desk import SECOND, Desk, capture

SOON = Moment(NOW + SECOND)


def placed(desk: Desk) -> str:
    return desk.place(100, expires_at=SOON)


def partly_captured(desk: Desk) -> str:
    hold = placed(desk)
    desk.done(capture(hold, 40))
    return hold


def captured(desk: Desk) -> str:
    hold = placed(desk)
    desk.done(capture(hold, 100))
    return hold


def released(desk: Desk) -> str:
    hold = placed(desk)
    desk.done(commands.ReleaseHold(hold))
    return hold


def expired(desk: Desk, late: LateCapture = LateCapture.REFUSED) -> str:
    hold = desk.place(100, expires_at=SOON, late_capture=late)
    desk.later(SECOND).expire(hold)
    return hold


def expired_but_open_to_capture(desk: Desk) -> str:
    return expired(desk, LateCapture.ALLOWED)


WAYS: dict[str, tuple[Callable[[Desk], str], HoldStatus, str]] = {
    "placed": (placed, HoldStatus.PLACED, "capture,increment,release,extend"),
    "partly captured": (
        partly_captured, HoldStatus.PARTIALLY_CAPTURED, "capture,increment,release,extend",
    ),
    "captured": (captured, HoldStatus.CAPTURED, ""),
    "released": (released, HoldStatus.RELEASED, ""),
    "expired": (expired, HoldStatus.EXPIRED, ""),
    "expired, late capture": (expired_but_open_to_capture, HoldStatus.EXPIRED, "capture"),
}  # fmt: skip
"""How a hold gets into each status, and what may be done to it there, as the issue says."""
ACTIONS: dict[str, Callable[[str], commands.Command]] = {
    "capture": lambda hold: capture(hold, 10),
    "increment": lambda hold: commands.IncrementHold(hold, 10),
    "release": lambda hold: commands.ReleaseHold(hold, 10),
    "extend": lambda hold: commands.ExtendHold(hold, Moment(NOW + 9 * SECOND)),
}


def desk() -> Desk:
    """Alice has 1,000; the shop has nothing."""
    return Desk(alice=1_000, shop=0)


def test_every_status_and_every_action_is_in_the_table() -> None:
    assert {status for _, status, _ in WAYS.values()} == set(HOLD_ACTIONS) == set(HoldStatus)
    assert {action for each in HOLD_ACTIONS.values() for action in each} == set(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("way", WAYS)
def test_what_may_be_done_in_each_status(way: str, action: str) -> None:
    make, status, allowed = WAYS[way]
    at_desk = desk()
    hold = make(at_desk)
    assert at_desk.hold(hold).status is status
    assert ",".join(at_desk.hold(hold).allowed_actions) == allowed
    if action in allowed.split(","):
        at_desk.done(ACTIONS[action](hold))
        return
    rejection = at_desk.refused(ACTIONS[action](hold))
    assert rejection.code is Code.INVALID_STATE
    assert rejection.facts == {"status": status.value, "allowed_actions": allowed}


def test_a_hold_lowers_what_is_available_and_nothing_else() -> None:
    at_desk = desk()
    at_desk.place(100)
    money = at_desk.money()
    assert (money.posted, money.pending_out, money.available) == (1_000, 100, 900)
    assert at_desk.code(commands.PlaceHold("alice", 901, "USD")) is Code.INSUFFICIENT_FUNDS
    assert at_desk.code(commands.PlaceHold("alice", 900, "USD")) is None
    assert at_desk.money().available == 0
    pay = commands.PostTransaction((debit("alice", 1), credit("shop", 1)))
    assert at_desk.refused(pay).code is Code.INSUFFICIENT_FUNDS


def test_a_hold_on_an_account_that_grows_by_debits_is_pending_on_the_credit_side() -> None:
    at_desk = desk()
    at_desk.open("till", kind=AccountType.ASSET)
    at_desk.done(commands.PostTransaction((debit("till", 50), credit("bank", 50))))
    hold = at_desk.place(50, "till")
    assert at_desk.hold(hold).direction is Side.CREDIT
    assert at_desk.money("till").available == 0
    spend = commands.CaptureHold(hold, (debit("bank", 50),))
    assert isinstance(at_desk.done(spend), events.HoldCaptured)
    assert (at_desk.money("till").posted, at_desk.money("till").pending_out) == (0, 0)


def test_an_account_is_named_by_its_id_too() -> None:
    at_desk = desk()
    hold = at_desk.place(10, identifier("alice"))
    assert at_desk.hold(hold).account == "alice"
    at_desk.done(capture(hold, 10, identifier("shop")))
    assert at_desk.money("shop").posted == 10
    assert at_desk.code(commands.PlaceHold(identifier("alice"), 991, "USD")) is not None


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (0, Code.AMOUNT_OUT_OF_RANGE),
        (-1, Code.AMOUNT_OUT_OF_RANGE),
        (1, None),
        (1_000, None),
        (1_001, Code.INSUFFICIENT_FUNDS),
        (LARGEST, Code.INSUFFICIENT_FUNDS),
        (LARGEST + 1, Code.AMOUNT_OUT_OF_RANGE),
    ],
)
def test_amounts_that_can_be_held(amount: int, code: Code | None) -> None:
    assert desk().code(commands.PlaceHold("alice", amount, "USD")) is code


def test_38_digits_can_be_held_once() -> None:
    at_desk = desk()
    hold = at_desk.place(LARGEST, "bank")
    assert at_desk.refused(commands.PlaceHold("bank", 1, "USD")).code is Code.AMOUNT_OUT_OF_RANGE
    assert at_desk.refused(commands.IncrementHold(hold, 1)).code is Code.AMOUNT_OUT_OF_RANGE
    at_desk.open("whale")
    # The bank has paid out 1,000 to Alice before.
    assert at_desk.refused(capture(hold, LARGEST, "whale")).code is Code.AMOUNT_OUT_OF_RANGE
    at_desk.done(capture(hold, LARGEST - 1_000, "whale"))
    assert at_desk.hold(hold).remaining == 1_000


@pytest.mark.parametrize(
    ("amount", "bps", "code"),
    [
        (0, 0, Code.AMOUNT_OUT_OF_RANGE),
        (-1, 0, Code.AMOUNT_OUT_OF_RANGE),
        (1, 0, None),
        (100, 0, None),
        (101, 0, Code.CAPTURE_EXCEEDS_HOLD),
        (110, 1_000, None),
        (111, 1_000, Code.CAPTURE_EXCEEDS_HOLD),
        (101, 99, Code.CAPTURE_EXCEEDS_HOLD),  # 0.99 of a minor unit: rounded down
        (101, 100, None),
        (101, 199, None),
        (102, 199, Code.CAPTURE_EXCEEDS_HOLD),
        (LARGEST, 0, Code.CAPTURE_EXCEEDS_HOLD),
    ],
)
def test_amounts_that_can_be_captured(amount: int, bps: int, code: Code | None) -> None:
    at_desk = desk()
    hold = at_desk.place(100, overcapture_bps=bps)
    capturable = at_desk.hold(hold).capturable
    assert (amount <= capturable) is (code is not Code.CAPTURE_EXCEEDS_HOLD)
    assert at_desk.code(capture(hold, amount)) is code
    if code is None:
        after = at_desk.hold(hold)
        assert (after.captured, at_desk.money("shop").posted) == (amount, amount)
        assert at_desk.money().pending_out == after.remaining == max(100 - amount, 0)
        assert at_desk.money().posted == 1_000 - amount


def test_the_tolerance_is_of_what_is_kept_and_counted_over_all_captures() -> None:
    at_desk = desk()
    hold = at_desk.place(100, overcapture_bps=1_000)
    at_desk.done(capture(hold, 60))
    at_desk.done(commands.ReleaseHold(hold, 20))
    assert at_desk.hold(hold).capturable == 80 + 8 - 60
    at_desk.done(commands.IncrementHold(hold, 10))
    assert at_desk.hold(hold).capturable == 90 + 9 - 60
    assert at_desk.refused(capture(hold, 40)).code is Code.CAPTURE_EXCEEDS_HOLD
    at_desk.done(capture(hold, 39))
    assert at_desk.hold(hold).status is HoldStatus.CAPTURED
    assert at_desk.money().pending_out == 0


def test_what_goes_beyond_the_hold_must_be_available() -> None:
    at_desk = Desk(alice=105, shop=0)
    hold = at_desk.place(100, overcapture_bps=1_000)
    refusal = at_desk.refused(capture(hold, 106))
    assert (refusal.code, refusal.facts["short_by"]) == (Code.INSUFFICIENT_FUNDS, "1")
    at_desk.done(capture(hold, 105))
    assert (at_desk.money().posted, at_desk.money().available) == (0, 0)


def test_a_capture_within_the_hold_needs_no_further_money() -> None:
    at_desk = Desk(alice=100, shop=0)
    hold = at_desk.place(100)
    assert at_desk.money().available == 0
    at_desk.done(capture(hold, 100))
    assert at_desk.money("shop").posted == 100


def test_a_final_capture_lets_the_rest_go() -> None:
    at_desk = desk()
    hold = at_desk.place(100)
    at_desk.done(capture(hold, 30, is_final=True))
    after = at_desk.hold(hold)
    assert (after.status, after.captured, after.released, after.remaining) == (
        HoldStatus.CAPTURED, 30, 70, 0,
    )  # fmt: skip
    assert (at_desk.money().posted, at_desk.money().available) == (970, 970)


def test_what_was_released_cannot_be_captured_any_more() -> None:
    at_desk = desk()
    hold = at_desk.place(100)
    at_desk.done(commands.ReleaseHold(hold, 30))
    assert at_desk.refused(capture(hold, 71)).code is Code.CAPTURE_EXCEEDS_HOLD
    at_desk.done(capture(hold, 70))
    after = at_desk.hold(hold)
    assert (after.status, after.captured, after.released) == (HoldStatus.CAPTURED, 70, 30)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (0, Code.AMOUNT_OUT_OF_RANGE),
        (-1, Code.AMOUNT_OUT_OF_RANGE),
        (1, None),
        (60, None),
        (61, Code.RELEASE_EXCEEDS_HOLD),
        (None, None),
        (LARGEST + 1, Code.RELEASE_EXCEEDS_HOLD),
    ],
)
def test_amounts_that_can_be_released(amount: int | None, code: Code | None) -> None:
    at_desk = desk()
    hold = partly_captured(at_desk)
    assert at_desk.code(commands.ReleaseHold(hold, amount)) is code
    if code is None:
        after = at_desk.hold(hold)
        freed = 60 if amount is None else amount
        assert (after.released, after.remaining) == (freed, 60 - freed)
        assert at_desk.money().pending_out == after.remaining
        # Something was captured: letting the rest go does not make that unsaid.
        assert after.is_open or after.status is HoldStatus.CAPTURED


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (0, Code.AMOUNT_OUT_OF_RANGE),
        (-1, Code.AMOUNT_OUT_OF_RANGE),
        (900, None),
        (901, Code.INSUFFICIENT_FUNDS),
    ],
)
def test_amounts_that_a_hold_can_grow_by(amount: int, code: Code | None) -> None:
    at_desk = desk()
    hold = placed(at_desk)
    assert at_desk.code(commands.IncrementHold(hold, amount)) is code
    grown = amount if code is None else 0
    assert (at_desk.hold(hold).amount, at_desk.hold(hold).remaining) == (100 + grown,) * 2
    assert at_desk.money().pending_out == 100 + grown


@pytest.mark.parametrize(
    ("status", "code"),
    [(AccountStatus.FROZEN, Code.ACCOUNT_FROZEN), (AccountStatus.CLOSED, Code.ACCOUNT_CLOSED)],
)
def test_nothing_is_held_or_spent_where_an_account_takes_no_postings(
    status: AccountStatus, code: Code
) -> None:
    at_desk = desk()
    hold = placed(at_desk)
    at_desk.put_status("shop", status)
    assert at_desk.refused(capture(hold, 1)).code is code
    at_desk.put_status("shop", AccountStatus.OPEN)
    at_desk.put_status("alice", status)
    assert at_desk.refused(commands.PlaceHold("alice", 1, "USD")).code is code
    assert at_desk.refused(capture(hold, 1)).code is code
    assert at_desk.refused(commands.IncrementHold(hold, 1)).code is code


def test_an_account_with_money_set_aside_cannot_be_closed() -> None:
    at_desk = Desk(alice=100, shop=0)
    hold = at_desk.place(100, overcapture_bps=0)
    at_desk.done(commands.PostTransaction((debit("bank", 5), credit("shop", 5))))
    assert at_desk.refused(commands.CloseAccount("alice")).code is Code.ACCOUNT_NOT_EMPTY
    at_desk.open("free", limits=Constraints())
    other = at_desk.place(7, "free")
    assert at_desk.money("free").posted == 0
    assert at_desk.refused(commands.CloseAccount("free")).code is Code.ACCOUNT_NOT_EMPTY
    at_desk.done(commands.ReleaseHold(other))
    at_desk.done(commands.CloseAccount("free"))
    at_desk.done(capture(hold, 100))
    at_desk.done(commands.CloseAccount("alice"))


def test_a_reference_is_taken_by_a_hold_and_by_its_capture() -> None:
    at_desk = desk()
    hold = at_desk.place(10, external_id="a")
    again = commands.PlaceHold("alice", 1, "USD", external_id="a")
    assert at_desk.refused(again).code is Code.EXTERNAL_ID_TAKEN
    assert at_desk.refused(capture(hold, 1, external_id="a")).code is Code.EXTERNAL_ID_TAKEN
    at_desk.done(capture(hold, 1, external_id="b"))
    post = commands.PostTransaction((debit("bank", 1), credit("shop", 1)), external_id="b")
    assert at_desk.refused(post).code is Code.EXTERNAL_ID_TAKEN


def test_a_hold_is_captured_to_several_accounts_at_once() -> None:
    at_desk = desk()
    at_desk.open("tax")
    hold = placed(at_desk)
    event = at_desk.done(commands.CaptureHold(hold, (credit("shop", 80), credit("tax", 20))))
    assert isinstance(event, events.HoldCaptured)
    assert [(e.account, e.amount, e.pending) for e in event.entries] == [
        ("shop", 80, 0), ("tax", 20, 0), ("alice", 100, -100),
    ]  # fmt: skip
    assert (at_desk.money("shop").posted, at_desk.money("tax").posted) == (80, 20)


def test_a_capture_must_balance_in_the_asset_of_the_hold() -> None:
    at_desk = desk()
    at_desk.open("euros", asset="EUR")
    hold = placed(at_desk)
    legs = {
        (debit("shop", 10),): Code.UNBALANCED_TRANSACTION,
        (credit("euros", 10, "EUR"),): Code.UNBALANCED_TRANSACTION,
        (credit("euros", 10),): Code.ASSET_MISMATCH,
        (credit("alice", 10),): Code.SAME_ACCOUNT,
        (): Code.TOO_FEW_POSTINGS,
        (credit("shop", 1),) * 999: Code.CAPTURE_EXCEEDS_HOLD,
        (credit("shop", 1),) * 1_000: Code.TOO_MANY_POSTINGS,
        (credit("shop", 20), debit("bank", 10)): Code.UNBALANCED_TRANSACTION,
        (credit("shop", 20), credit("shop", -10)): Code.AMOUNT_OUT_OF_RANGE,
    }
    for postings, code in legs.items():
        assert at_desk.refused(commands.CaptureHold(hold, postings)).code is code


def test_a_limit_stops_a_capture_and_not_a_release() -> None:
    at_desk = desk()
    at_desk.open("capped", limits=Constraints(max_posted=5))
    hold = placed(at_desk)
    assert at_desk.refused(capture(hold, 6, "capped")).code is Code.LIMIT_EXCEEDED
    at_desk.done(capture(hold, 5, "capped"))
    at_desk.open("full", limits=Constraints(max_available=10))
    at_desk.done(commands.PostTransaction((debit("bank", 10), credit("full", 10))))
    other = at_desk.place(10, "full")
    at_desk.done(commands.PostTransaction((debit("bank", 10), credit("full", 10))))
    at_desk.done(commands.ReleaseHold(other))
    assert at_desk.money("full").available == 20


def test_an_authorised_overdraft_can_be_held() -> None:
    at_desk = desk()
    at_desk.open("bob", 10, limits=Constraints(min_available=0, overdraft=5))
    assert at_desk.code(commands.PlaceHold("bob", 16, "USD")) is Code.INSUFFICIENT_FUNDS
    hold = at_desk.place(15, "bob")
    at_desk.done(capture(hold, 15))
    assert at_desk.money("bob").posted == -5


def test_an_unknown_hold_is_not_found() -> None:
    at_desk = desk()
    for action in ACTIONS.values():
        assert at_desk.refused(action("hld_nobody")).code is Code.HOLD_NOT_FOUND
    assert at_desk.refused(ACTIONS["capture"]("txn_1")).code is Code.HOLD_NOT_FOUND
