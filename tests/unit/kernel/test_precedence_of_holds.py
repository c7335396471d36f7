"""Precedence in the life of holds and transactions: of several objections the highest code answers.

Each row is one command with several faults at once. They are told from the highest to the lowest;
the faults are then mended one after another, and each time the next one must be the answer.
"""

import pytest

from partita.kernel import commands
from partita.kernel.account import AccountStatus, Constraints
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection, highest
from tests.unit.kernel.bookkeeping import NOW, credit, debit
from tests.unit.kernel.desk import Desk, capture

ORDER = list(Code)
PAST = Moment(NOW - 1)


def desk() -> Desk:
    """Accounts in every state, and one reference that is taken."""
    at_desk = Desk(alice=100, shop=0, frozen=100, closed=0, poor=0)
    at_desk.open("euros", 100, asset="EUR")
    at_desk.open("capped", limits=Constraints(max_posted=1))
    at_desk.book.external_ids.add("taken")
    return at_desk


def freeze(at_desk: Desk) -> Desk:
    at_desk.put_status("frozen", AccountStatus.FROZEN)
    at_desk.put_status("closed", AccountStatus.CLOSED)
    return at_desk


def place(
    account: str, amount: int = 1_000, expires_at: Moment | None = PAST, *, external_id: str = "new"
) -> commands.PlaceHold:
    return commands.PlaceHold(
        account, amount, "USD", expires_at=expires_at, external_id=external_id
    )


PLACING = [
    (place("nobody", 0, external_id="taken"), Code.AMOUNT_OUT_OF_RANGE),
    (place("nobody", external_id="taken"), Code.EXTERNAL_ID_TAKEN),
    (place("nobody"), Code.ACCOUNT_NOT_FOUND),
    (place("euros"), Code.ASSET_MISMATCH),
    (place("closed"), Code.ACCOUNT_CLOSED),
    (place("frozen"), Code.ACCOUNT_FROZEN),
    (place("alice"), Code.INVALID_EXPIRY),
    (place("alice", expires_at=None), Code.INSUFFICIENT_FUNDS),
]


@pytest.mark.parametrize(("command", "code"), PLACING, ids=lambda each: getattr(each, "value", ""))
def test_placing(command: commands.PlaceHold, code: Code) -> None:
    assert freeze(desk()).refused(command).code is code


def test_the_rows_go_down_the_order() -> None:
    codes = [code for _, code in PLACING]
    assert sorted(codes, key=ORDER.index) == codes


def captures(hold: str) -> list[tuple[commands.CaptureHold, Code]]:
    """Captures of a hold that is over, each with one fault less than the one before."""

    def spend(*legs: object, external_id: str = "taken") -> commands.CaptureHold:
        return commands.CaptureHold(hold, legs, external_id=external_id)  # type: ignore[arg-type]

    closed, frozen, much = credit("closed", 500), credit("frozen", 500), credit("capped", 500)
    return [
        (spend(), Code.TOO_FEW_POSTINGS),
        (spend(*[credit("nobody", 0)] * 1_000), Code.TOO_MANY_POSTINGS),
        (spend(credit("nobody", 0), debit("alice", 9)), Code.AMOUNT_OUT_OF_RANGE),
        (spend(credit("nobody", 9), debit("alice", 9)), Code.UNBALANCED_TRANSACTION),
        (spend(credit("nobody", 9), credit("alice", 9)), Code.SAME_ACCOUNT),
        (spend(credit("nobody", 9)), Code.EXTERNAL_ID_TAKEN),
        (spend(credit("nobody", 9), external_id="new"), Code.ACCOUNT_NOT_FOUND),
        (spend(credit("euros", 500), closed, external_id="new"), Code.ASSET_MISMATCH),
        (spend(closed, frozen, much, external_id="new"), Code.ACCOUNT_CLOSED),
        (spend(frozen, much, external_id="new"), Code.ACCOUNT_FROZEN),
    ]


@pytest.mark.parametrize("is_over", [True, False])
def test_capturing(is_over: bool) -> None:
    at_desk = freeze(desk())
    hold = at_desk.place(50)
    if is_over:
        at_desk.done(commands.ReleaseHold(hold))
    rows = captures(hold)
    codes = [code for _, code in rows]
    assert sorted(codes, key=ORDER.index) == codes
    for command, code in rows:
        assert at_desk.refused(command).code is code
    much = capture(hold, 500, "capped")
    expected = Code.INVALID_STATE if is_over else Code.CAPTURE_EXCEEDS_HOLD
    assert at_desk.refused(much).code is expected


def test_capturing_what_is_not_there() -> None:
    at_desk = desk()
    assert at_desk.refused(capture("hld_no", 1, external_id="taken")).code is Code.EXTERNAL_ID_TAKEN
    assert at_desk.refused(capture("hld_no", 1)).code is Code.HOLD_NOT_FOUND


def test_funds_go_before_ceilings() -> None:
    at_desk = desk()
    hold = at_desk.place(100, overcapture_bps=10_000)
    assert at_desk.refused(capture(hold, 101, "capped")).code is Code.INSUFFICIENT_FUNDS
    assert at_desk.refused(capture(hold, 100, "capped")).code is Code.LIMIT_EXCEEDED


def test_changing_a_hold_that_is_over() -> None:
    at_desk = desk()
    hold = at_desk.place(50)
    at_desk.done(commands.ReleaseHold(hold))
    rows: list[tuple[commands.Command, Code]] = [
        (commands.IncrementHold(hold, 0), Code.AMOUNT_OUT_OF_RANGE),
        (commands.IncrementHold(hold, 1_000), Code.INVALID_STATE),
        (commands.ReleaseHold(hold, 0), Code.AMOUNT_OUT_OF_RANGE),
        (commands.ReleaseHold(hold, 51), Code.INVALID_STATE),
        (commands.ReleaseHold(hold), Code.INVALID_STATE),
        (commands.ExtendHold(hold, PAST), Code.INVALID_STATE),
    ]
    for command, code in rows:
        assert at_desk.refused(command).code is code
    at_desk.put_status("alice", AccountStatus.FROZEN)
    assert at_desk.refused(commands.IncrementHold(hold, 1)).code is Code.ACCOUNT_FROZEN
    assert at_desk.refused(commands.ReleaseHold(hold, 1)).code is Code.INVALID_STATE


def test_editing() -> None:
    at_desk = freeze(desk())
    legs = debit("alice", 5), credit("shop", 5)
    transaction = at_desk.done(commands.PendTransaction(legs)).id

    def edit(*postings: object) -> commands.EditTransaction:
        return commands.EditTransaction(transaction, postings, if_version=9)  # type: ignore[arg-type]

    rows = [
        (edit(debit("nobody", 1)), Code.TOO_FEW_POSTINGS),
        (edit(debit("nobody", 0), credit("closed", 1)), Code.AMOUNT_OUT_OF_RANGE),
        (edit(debit("nobody", 2), credit("closed", 1)), Code.UNBALANCED_TRANSACTION),
        (edit(debit("nobody", 2), credit("closed", 2)), Code.ACCOUNT_NOT_FOUND),
        (edit(debit("alice", 500), credit("closed", 500)), Code.ACCOUNT_CLOSED),
        (edit(debit("alice", 500), credit("frozen", 500)), Code.ACCOUNT_FROZEN),
        (edit(debit("alice", 500), credit("shop", 500)), Code.VERSION_CONFLICT),
    ]
    for command, code in rows:
        assert at_desk.refused(command).code is code
    much = commands.EditTransaction(transaction, rows[-1][0].postings)
    assert at_desk.refused(much).code is Code.INSUFFICIENT_FUNDS
    at_desk.done(commands.ArchiveTransaction(transaction))
    for command, code in rows:
        expected = Code.INVALID_STATE if code is Code.VERSION_CONFLICT else code
        assert at_desk.refused(command).code is expected


def test_posting_a_pending_one() -> None:
    at_desk = desk()
    legs = debit("frozen", 5), credit("capped", 5)
    transaction = at_desk.done(commands.PendTransaction(legs)).id
    freeze(at_desk)
    settle = commands.SettleTransaction(transaction, if_version=9)
    assert at_desk.refused(settle).code is Code.ACCOUNT_FROZEN
    at_desk.put_status("frozen", AccountStatus.OPEN)
    assert at_desk.refused(settle).code is Code.VERSION_CONFLICT
    rejection = at_desk.refused(commands.SettleTransaction(transaction))
    assert rejection.code is Code.LIMIT_EXCEEDED
    at_desk.done(commands.ArchiveTransaction(transaction))
    freeze(at_desk)
    assert at_desk.refused(settle).code is Code.INVALID_STATE


def test_reversing() -> None:
    at_desk = desk()
    legs = debit("alice", 50), credit("frozen", 50)
    transaction = at_desk.done(commands.PendTransaction(legs)).id
    at_desk.done(commands.SettleTransaction(transaction))
    freeze(at_desk)

    def back(first: int, second: int, external_id: str = "new") -> commands.ReverseTransaction:
        amounts = ((0, first), (1, second))
        return commands.ReverseTransaction(transaction, amounts, external_id=external_id)

    rows = [
        (back(0, 99, "taken"), Code.AMOUNT_OUT_OF_RANGE),
        (back(98, 99, "taken"), Code.UNBALANCED_TRANSACTION),
        (back(99, 99, "taken"), Code.EXTERNAL_ID_TAKEN),
        (back(99, 99), Code.ACCOUNT_FROZEN),
    ]
    for command, code in rows:
        assert at_desk.refused(command).code is code
    at_desk.put_status("frozen", AccountStatus.OPEN)
    at_desk.done(commands.PostTransaction((debit("frozen", 150), credit("bank", 150))))
    assert at_desk.refused(back(99, 99)).code is Code.REVERSAL_EXCEEDS_TRANSACTION
    assert at_desk.refused(back(50, 50)).code is Code.INSUFFICIENT_FUNDS


def test_reversing_what_is_reversed() -> None:
    at_desk = desk()
    legs = debit("alice", 50), credit("shop", 50)
    transaction = at_desk.done(commands.PendTransaction(legs)).id
    at_desk.done(commands.SettleTransaction(transaction))
    at_desk.done(commands.ReverseTransaction(transaction))
    for which, code in (
        (transaction, Code.ALREADY_REVERSED),
        ("txn_no", Code.TRANSACTION_NOT_FOUND),
    ):
        again = commands.ReverseTransaction(which, external_id="taken")
        assert at_desk.refused(again).code is Code.EXTERNAL_ID_TAKEN
        assert at_desk.refused(commands.ReverseTransaction(which)).code is code


def test_the_highest_of_several_objections() -> None:
    assert highest() is None
    assert highest(None, None) is None
    for n, code in enumerate(ORDER):
        below = [Rejection(each, "") for each in reversed(ORDER[n:])]
        assert highest(None, *below) == Rejection(code, "")
