"""Reversals: whole, in parts, of everything that can be reversed, and never more than there was."""

import pytest

from partita.kernel import commands, events
from partita.kernel.account import AccountStatus, Side
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction, TransactionStatus
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code
from partita.kernel.transacting import transaction_of
from tests.unit.kernel.bookkeeping import NOW, credit, debit
from tests.unit.kernel.desk import SECOND, Desk, capture


def desk() -> Desk:
    """Alice has 1,000; the shop has nothing; both have euros as well."""
    at_desk = Desk(alice=1_000, shop=0)
    at_desk.open("alice_eur", 500, asset="EUR")
    at_desk.open("shop_eur", asset="EUR")
    return at_desk


def posted(at_desk: Desk, *postings: Posting, effective_at: Moment | None = None) -> str:
    """A posted transaction, known to the book as the store would load it."""
    return known(at_desk, commands.PostTransaction(postings, effective_at=effective_at))


def known(at_desk: Desk, command: commands.Command) -> str:
    """The transaction that a command makes; its record is where the book has it from."""
    event = at_desk.done(command)
    transaction = transaction_of(event, at_desk.sequence)
    assert isinstance(transaction, Transaction)
    at_desk.book.keep(transaction)
    return event.id


LEGS = (
    debit("alice", 100), credit("shop", 80), credit("bank", 20),
    debit("alice_eur", 7, "EUR"), credit("shop_eur", 7, "EUR"),
)  # fmt: skip
PATHS = ("alice", "shop", "bank", "alice_eur", "shop_eur")


def test_all_of_a_transaction_with_several_legs_and_assets_is_taken_back() -> None:
    at_desk = desk()
    before = [at_desk.money(path) for path in PATHS]
    original = posted(at_desk, *LEGS)
    event = at_desk.done(commands.ReverseTransaction(original, reason="mistake"))
    assert [at_desk.money(path) for path in PATHS] == before
    assert isinstance(event, events.TransactionReversed)
    assert (event.transaction.id, event.reason) == (original, "mistake")
    after = at_desk.transaction(original)
    assert (after.reversed, after.reversed_by) == ((100, 80, 20, 7, 7), (event.id,))
    assert (after.left, after.allowed_actions) == ((0,) * 5, ())
    for entry, leg in zip(event.entries, LEGS, strict=True):
        assert (entry.account, entry.amount) == (leg.account, leg.amount)
        assert entry.direction is not leg.direction


def test_a_reversal_says_what_it_reverses() -> None:
    at_desk = desk()
    original = posted(at_desk, *LEGS)
    reversal = known(at_desk, commands.ReverseTransaction(original))
    assert at_desk.transaction(reversal).reverses == original
    rejection = at_desk.refused(commands.ReverseTransaction(reversal))
    assert (rejection.code, rejection.facts["allowed_actions"]) == (Code.INVALID_STATE, "")


def test_twice_is_refused_and_says_by_what() -> None:
    at_desk = desk()
    original = posted(at_desk, *LEGS)
    event = at_desk.done(commands.ReverseTransaction(original))
    for amounts in (None, ((0, 1), (1, 1)), ()):
        rejection = at_desk.refused(commands.ReverseTransaction(original, amounts))
        assert rejection.code is Code.ALREADY_REVERSED
        assert rejection.facts == {"existing_resource_id": event.id}


def test_parts_add_up_to_the_whole_and_no_further() -> None:
    at_desk = desk()
    original = posted(at_desk, *LEGS)
    first = at_desk.done(commands.ReverseTransaction(original, ((0, 30), (1, 30))))
    assert at_desk.transaction(original).left == (70, 50, 20, 7, 7)
    assert at_desk.money("alice").posted == 930
    beyond = commands.ReverseTransaction(original, ((0, 51), (1, 51)))
    rejection = at_desk.refused(beyond)
    assert (rejection.code, rejection.facts) == (
        Code.REVERSAL_EXCEEDS_TRANSACTION, {"left": "50"},
    )  # fmt: skip
    assert rejection.pointer == "/postings/1"
    rest = at_desk.done(commands.ReverseTransaction(original))
    assert isinstance(rest, events.TransactionReversed)
    assert [entry.amount for entry in rest.entries] == [70, 50, 20, 7, 7]
    after = at_desk.transaction(original)
    assert (after.reversed_by, after.left) == ((first.id, rest.id), (0,) * 5)
    assert at_desk.money("alice").posted == 1_000


def test_what_is_left_alone_is_left_out_of_the_reversal() -> None:
    at_desk = desk()
    original = posted(at_desk, *LEGS)
    at_desk.done(commands.ReverseTransaction(original, ((3, 7), (4, 7))))
    rest = at_desk.done(commands.ReverseTransaction(original))
    assert [e.asset for e in rest.entries] == ["USD"] * 3  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("amounts", "code"),
    [
        (((0, 100), (1, 80), (2, 20)), None),
        (((2, 20), (0, 20)), None),
        (((0, 101), (1, 101)), Code.REVERSAL_EXCEEDS_TRANSACTION),
        (((0, 100), (1, 100)), Code.REVERSAL_EXCEEDS_TRANSACTION),
        (((0, 30), (1, 29)), Code.UNBALANCED_TRANSACTION),
        (((0, 7), (3, 7)), Code.UNBALANCED_TRANSACTION),
        (((0, 30),), Code.TOO_FEW_POSTINGS),
        ((), Code.TOO_FEW_POSTINGS),
        (((0, 0), (1, 0)), Code.AMOUNT_OUT_OF_RANGE),
        (((0, 30), (1, 30), (2, 0)), Code.AMOUNT_OUT_OF_RANGE),
        (((0, -5), (1, -5)), Code.AMOUNT_OUT_OF_RANGE),
        (((0, 10), (1, 5), (1, 5)), Code.REVERSAL_EXCEEDS_TRANSACTION),
        (((0, 160), (1, 80), (1, 80)), Code.REVERSAL_EXCEEDS_TRANSACTION),
        (((0, 20), (1, 10), (2, 10), (5, 1)), Code.REVERSAL_EXCEEDS_TRANSACTION),
        (((0, 20), (1, 10), (2, 10), (-1, 1)), Code.REVERSAL_EXCEEDS_TRANSACTION),
    ],
)
def test_parts_must_be_there_and_balance(
    amounts: tuple[tuple[int, int], ...], code: Code | None
) -> None:
    at_desk = desk()
    original = posted(at_desk, *LEGS)
    command = commands.ReverseTransaction(original, amounts)
    if code is not None:
        assert at_desk.refused(command).code is code
        return
    at_desk.done(command)
    taken = dict(amounts)
    assert at_desk.transaction(original).reversed == tuple(taken.get(n, 0) for n in range(5))


def test_money_that_is_gone_cannot_be_taken_back() -> None:
    at_desk = desk()
    original = posted(at_desk, *LEGS)
    at_desk.done(commands.PostTransaction((debit("shop", 50), credit("bank", 50))))
    assert at_desk.refused(commands.ReverseTransaction(original)).code is Code.INSUFFICIENT_FUNDS
    at_desk.done(commands.ReverseTransaction(original, ((0, 30), (1, 30))))
    assert at_desk.money("shop").posted == 0


def test_money_that_is_held_cannot_be_taken_back_either() -> None:
    at_desk = desk()
    original = posted(at_desk, debit("alice", 100), credit("shop", 100))
    at_desk.place(1, "shop")
    assert at_desk.refused(commands.ReverseTransaction(original)).code is Code.INSUFFICIENT_FUNDS


@pytest.mark.parametrize("days", [-400, -1, 1])
def test_a_backdated_transaction_is_reversed_and_the_reversal_may_be_backdated(days: int) -> None:
    at_desk, then = desk(), Moment(NOW + days * 86_400 * SECOND)
    original = posted(at_desk, *LEGS, effective_at=then)
    part = commands.ReverseTransaction(original, ((0, 1), (1, 1)), effective_at=then)
    assert at_desk.done(part).effective_at == then  # type: ignore[union-attr]
    at_desk.later(5)
    assert at_desk.done(commands.ReverseTransaction(original)).effective_at == NOW + 5  # type: ignore[union-attr]


def test_a_capture_is_a_transaction_that_can_be_reversed() -> None:
    at_desk = desk()
    hold = at_desk.place(100)
    spent = known(at_desk, capture(hold, 60))
    at_desk.done(commands.ReverseTransaction(spent, ((0, 10), (1, 10))))
    assert at_desk.money("alice").posted == 950
    at_desk.done(commands.ReverseTransaction(spent))
    alice = at_desk.money("alice")
    assert (alice.posted, alice.pending_out, at_desk.money("shop").posted) == (1_000, 40, 0)
    # What was captured stays captured: the reversal gives money back, and no hold.
    assert at_desk.hold(hold).captured == 60


def test_a_pending_transaction_is_reversed_once_it_is_posted_and_only_then() -> None:
    at_desk = desk()
    pending = at_desk.done(commands.PendTransaction(LEGS)).id
    rejection = at_desk.refused(commands.ReverseTransaction(pending))
    assert rejection.code is Code.INVALID_STATE
    assert rejection.facts == {"status": "pending", "allowed_actions": "post,edit,archive"}
    at_desk.done(commands.SettleTransaction(pending))
    at_desk.done(commands.ReverseTransaction(pending))
    after = at_desk.transaction(pending)
    assert (after.status, after.left) == (TransactionStatus.POSTED, (0,) * 5)
    assert at_desk.money("alice").posted == 1_000


def test_it_is_the_edited_form_that_is_reversed() -> None:
    at_desk = desk()
    pending = at_desk.done(commands.PendTransaction(LEGS)).id
    small = debit("alice", 3), credit("shop", 3)
    at_desk.done(commands.EditTransaction(pending, small))
    at_desk.done(commands.SettleTransaction(pending))
    beyond = commands.ReverseTransaction(pending, ((0, 4), (1, 4)))
    assert at_desk.refused(beyond).code is Code.REVERSAL_EXCEEDS_TRANSACTION
    at_desk.done(commands.ReverseTransaction(pending))
    assert at_desk.money("alice").posted == 1_000


@pytest.mark.parametrize(
    ("status", "code"),
    [(AccountStatus.FROZEN, Code.ACCOUNT_FROZEN), (AccountStatus.CLOSED, Code.ACCOUNT_CLOSED)],
)
def test_an_account_that_takes_no_postings_takes_no_reversal(
    status: AccountStatus, code: Code
) -> None:
    at_desk = desk()
    original = posted(at_desk, *LEGS)
    at_desk.put_status("shop_eur", status)
    assert at_desk.refused(commands.ReverseTransaction(original)).code is code
    at_desk.done(commands.ReverseTransaction(original, ((0, 80), (1, 80))))


def test_a_reversal_takes_a_reference_of_its_own() -> None:
    at_desk = desk()
    original = posted(at_desk, *LEGS)
    part = commands.ReverseTransaction(original, ((0, 1), (1, 1)), external_id="a")
    at_desk.done(part)
    assert at_desk.refused(part).code is Code.EXTERNAL_ID_TAKEN
    assert at_desk.transaction(original).reversed[0] == 1


def test_two_legs_of_one_account_are_reversed_each_by_its_place() -> None:
    at_desk = desk()
    original = posted(at_desk, debit("alice", 30), credit("shop", 20), credit("shop", 10))
    at_desk.done(commands.ReverseTransaction(original, ((0, 10), (2, 10))))
    beyond = commands.ReverseTransaction(original, ((0, 10), (2, 10)))
    assert at_desk.refused(beyond).code is Code.REVERSAL_EXCEEDS_TRANSACTION
    event = at_desk.done(commands.ReverseTransaction(original))
    assert [(e.account, e.direction, e.amount) for e in event.entries] == [  # type: ignore[union-attr]
        ("alice", Side.CREDIT, 20), ("shop", Side.DEBIT, 20),
    ]  # fmt: skip
