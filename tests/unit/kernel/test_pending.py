"""Pending transactions: what may be done in which status, and what is set aside meanwhile."""

from collections.abc import Callable

import pytest

from partita.kernel import commands, events
from partita.kernel.account import AccountStatus, Constraints
from partita.kernel.amount import LARGEST
from partita.kernel.moment import Moment
from partita.kernel.pending import TRANSACTION_ACTIONS, TransactionStatus
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code
from tests.unit.kernel.bookkeeping import NOW, credit, debit, identifier
from tests.unit.kernel.desk import SECOND, Desk

PENDING, POSTED, ARCHIVED = TransactionStatus


def desk() -> Desk:
    """Alice has 1,000; Bob and the shop have nothing."""
    return Desk(alice=1_000, bob=0, shop=0)


def pay(amount: int, source: str = "alice", target: str = "shop") -> tuple[Posting, ...]:
    return debit(source, amount), credit(target, amount)


def pended(at_desk: Desk) -> str:
    return at_desk.done(commands.PendTransaction(pay(100))).id


def settled(at_desk: Desk) -> str:
    transaction = pended(at_desk)
    at_desk.done(commands.SettleTransaction(transaction))
    return transaction


def archived(at_desk: Desk) -> str:
    transaction = pended(at_desk)
    at_desk.done(commands.ArchiveTransaction(transaction))
    return transaction


WAYS: dict[str, tuple[Callable[[Desk], str], TransactionStatus, str]] = {
    "pending": (pended, PENDING, "post,edit,archive"),
    "posted": (settled, POSTED, "reverse"),
    "archived": (archived, ARCHIVED, ""),
}
"""How a transaction gets into each status, and what may be done to it there, as the issue says."""
ACTIONS: dict[str, Callable[[str], commands.Command]] = {
    "post": commands.SettleTransaction,
    "edit": lambda which: commands.EditTransaction(which, type="other"),
    "archive": commands.ArchiveTransaction,
    "reverse": commands.ReverseTransaction,
}


def test_every_status_and_every_action_is_in_the_table() -> None:
    assert {status for _, status, _ in WAYS.values()} == set(TRANSACTION_ACTIONS)
    assert set(TRANSACTION_ACTIONS) == set(TransactionStatus)
    assert {action for each in TRANSACTION_ACTIONS.values() for action in each} == set(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("way", WAYS)
def test_what_may_be_done_in_each_status(way: str, action: str) -> None:
    make, status, allowed = WAYS[way]
    at_desk = desk()
    transaction = make(at_desk)
    assert at_desk.transaction(transaction).status is status
    if action in allowed.split(","):
        at_desk.done(ACTIONS[action](transaction))
        return
    rejection = at_desk.refused(ACTIONS[action](transaction))
    assert rejection.code is Code.INVALID_STATE
    assert rejection.facts == {"status": status.value, "allowed_actions": allowed}


def test_a_pending_transaction_sets_aside_on_both_sides_and_moves_nothing() -> None:
    at_desk = desk()
    pended(at_desk)
    alice, shop = at_desk.money("alice"), at_desk.money("shop")
    assert (alice.posted, alice.pending_out, alice.available) == (1_000, 100, 900)
    assert (shop.posted, shop.pending_in, shop.available) == (0, 100, 0)


def test_posting_it_moves_what_was_set_aside() -> None:
    at_desk = desk()
    settled(at_desk)
    alice, shop = at_desk.money("alice"), at_desk.money("shop")
    assert (alice.posted, alice.pending_out, alice.available) == (900, 0, 900)
    assert (shop.posted, shop.pending_in, shop.available) == (100, 0, 100)


def test_archiving_it_leaves_everything_as_it_was() -> None:
    at_desk = desk()
    before = at_desk.money("alice"), at_desk.money("shop")
    archived(at_desk)
    assert (at_desk.money("alice"), at_desk.money("shop")) == before


def test_money_that_is_coming_cannot_be_spent() -> None:
    at_desk = desk()
    pended(at_desk)
    spend = commands.PendTransaction(pay(1, "shop", "bob"))
    assert at_desk.refused(spend).code is Code.INSUFFICIENT_FUNDS


def test_what_is_set_aside_cannot_be_set_aside_again() -> None:
    at_desk = desk()
    pended(at_desk)
    assert at_desk.refused(commands.PendTransaction(pay(901))).code is Code.INSUFFICIENT_FUNDS
    assert at_desk.refused(commands.PlaceHold("alice", 901, "USD")).code is Code.INSUFFICIENT_FUNDS
    at_desk.place(900)
    assert at_desk.money().available == 0


@pytest.mark.parametrize(
    ("postings", "code"),
    [
        ((), Code.TOO_FEW_POSTINGS),
        (pay(1)[:1], Code.TOO_FEW_POSTINGS),
        ((*pay(500), *pay(1) * 500), Code.TOO_MANY_POSTINGS),
        (pay(0), Code.AMOUNT_OUT_OF_RANGE),
        (pay(-1), Code.AMOUNT_OUT_OF_RANGE),
        (pay(LARGEST + 1, "bank"), Code.AMOUNT_OUT_OF_RANGE),
        ((debit("alice", 2), credit("shop", 1)), Code.UNBALANCED_TRANSACTION),
        ((debit("alice", 1), credit("alice", 1)), Code.SAME_ACCOUNT),
        ((debit("alice", 1), credit(identifier("alice"), 1)), Code.SAME_ACCOUNT),
        (pay(1, target="nobody"), Code.ACCOUNT_NOT_FOUND),
        ((debit("alice", 1, "EUR"), credit("shop", 1, "EUR")), Code.ASSET_MISMATCH),
        (pay(1_001), Code.INSUFFICIENT_FUNDS),
        (pay(1_000), None),
    ],
)
def test_what_can_be_pending(postings: tuple[Posting, ...], code: Code | None) -> None:
    assert desk().code(commands.PendTransaction(postings)) is code
    # An edit is judged as if the transaction were pended anew.
    at_desk = desk()
    transaction = pended(at_desk)
    assert at_desk.code(commands.EditTransaction(transaction, postings)) is code


def test_an_edit_sets_aside_more_or_less() -> None:
    at_desk = desk()
    transaction = pended(at_desk)
    for amount in (1_000, 30, 31):
        at_desk.done(commands.EditTransaction(transaction, pay(amount)))
        assert at_desk.money().pending_out == at_desk.money("shop").pending_in == amount
    assert (
        at_desk.refused(commands.EditTransaction(transaction, pay(1_001))).code
        is Code.INSUFFICIENT_FUNDS
    )
    assert at_desk.money().pending_out == 31


def test_an_edit_moves_what_is_set_aside_to_other_accounts() -> None:
    at_desk = desk()
    at_desk.done(commands.PostTransaction(pay(200, target="bob")))
    transaction = pended(at_desk)
    at_desk.done(commands.EditTransaction(transaction, pay(150, "bob", "alice")))
    assert (at_desk.money("alice").pending_out, at_desk.money("alice").pending_in) == (0, 150)
    assert (at_desk.money("bob").pending_out, at_desk.money("shop").pending_in) == (150, 0)
    at_desk.done(commands.SettleTransaction(transaction))
    assert [at_desk.money(p).posted for p in ("alice", "bob", "shop")] == [950, 50, 0]
    assert all(at_desk.money(p).pending_out == 0 for p in ("alice", "bob", "shop"))


def test_an_edit_of_words_moves_nothing_and_counts_as_a_version() -> None:
    at_desk = desk()
    transaction = pended(at_desk)
    before = at_desk.figures()
    event = at_desk.done(
        commands.EditTransaction(transaction, metadata={"a": "b"}, effective_at=Moment(NOW + 5))
    )
    assert at_desk.figures() == before
    assert isinstance(event, events.TransactionEdited)
    assert (event.entries, event.transaction.version) == ((), 2)
    after = at_desk.transaction(transaction)
    assert (after.metadata, after.effective_at, after.legs) == ({"a": "b"}, NOW + 5, pay(100))


def test_a_version_that_is_not_the_newest_is_refused() -> None:
    at_desk = desk()
    transaction = pended(at_desk)
    at_desk.done(commands.EditTransaction(transaction, pay(50), if_version=1))
    for stale in (0, 1, 3):
        for command in (
            commands.EditTransaction(transaction, pay(10), if_version=stale),
            commands.SettleTransaction(transaction, if_version=stale),
        ):
            rejection = at_desk.refused(command)
            assert (rejection.code, rejection.facts) == (Code.VERSION_CONFLICT, {"version": "2"})
    at_desk.done(commands.SettleTransaction(transaction, if_version=2))
    assert at_desk.money().posted == 950


def test_it_counts_when_it_was_said_to_or_else_when_it_is_posted() -> None:
    at_desk = desk()
    plain = pended(at_desk)
    dated = at_desk.done(commands.PendTransaction(pay(1), effective_at=Moment(NOW - SECOND))).id
    at_desk.later(SECOND)
    assert at_desk.done(commands.SettleTransaction(plain)).effective_at == NOW + SECOND  # type: ignore[union-attr]
    assert at_desk.done(commands.SettleTransaction(dated)).effective_at == NOW - SECOND  # type: ignore[union-attr]


def test_a_frozen_account_lets_an_archive_through_and_nothing_else() -> None:
    at_desk = desk()
    transaction = pended(at_desk)
    at_desk.put_status("shop", AccountStatus.FROZEN)
    assert at_desk.refused(commands.PendTransaction(pay(1))).code is Code.ACCOUNT_FROZEN
    assert at_desk.refused(commands.SettleTransaction(transaction)).code is Code.ACCOUNT_FROZEN
    away = commands.EditTransaction(transaction, pay(100, target="bob"))
    rejection = at_desk.refused(away)
    assert (rejection.code, rejection.pointer) == (Code.ACCOUNT_FROZEN, "/postings")
    at_desk.done(commands.ArchiveTransaction(transaction))
    assert at_desk.money("shop").pending_in == 0


def test_an_account_with_money_on_its_way_cannot_be_closed() -> None:
    at_desk = desk()
    transaction = pended(at_desk)
    assert at_desk.refused(commands.CloseAccount("shop")).code is Code.ACCOUNT_NOT_EMPTY
    at_desk.done(commands.ArchiveTransaction(transaction))
    at_desk.done(commands.CloseAccount("shop"))


def test_a_ceiling_counts_when_the_money_comes() -> None:
    at_desk = desk()
    at_desk.open("capped", limits=Constraints(max_posted=50))
    first, second = (
        at_desk.done(commands.PendTransaction(pay(40, target="capped"))).id for _ in range(2)
    )
    at_desk.done(commands.SettleTransaction(first))
    assert at_desk.refused(commands.SettleTransaction(second)).code is Code.LIMIT_EXCEEDED
    assert at_desk.money().pending_out == 40


def test_several_assets_are_pending_together() -> None:
    at_desk = desk()
    at_desk.open("euros", 70, asset="EUR")
    legs = (*pay(10), debit("euros", 7, "EUR"), credit("bank_EUR", 7, "EUR"))
    transaction = at_desk.done(commands.PendTransaction(legs)).id
    assert at_desk.money("euros").available == 63
    at_desk.done(commands.SettleTransaction(transaction))
    assert (at_desk.money("euros").posted, at_desk.money("euros").pending_out) == (63, 0)


def test_one_account_may_have_several_legs() -> None:
    at_desk = desk()
    legs = debit("alice", 30), debit("alice", 20), credit("shop", 50)
    transaction = at_desk.done(commands.PendTransaction(legs)).id
    assert at_desk.money().pending_out == 50
    at_desk.done(commands.EditTransaction(transaction, (debit("alice", 5), credit("shop", 5))))
    assert at_desk.money().pending_out == 5
    at_desk.done(commands.SettleTransaction(transaction))
    assert (at_desk.money().posted, at_desk.money().pending_out) == (995, 0)


def test_a_reference_is_taken_once() -> None:
    at_desk = desk()
    first = commands.PendTransaction(pay(1), external_id="a")
    at_desk.done(first)
    assert at_desk.refused(first).code is Code.EXTERNAL_ID_TAKEN
    post = commands.PostTransaction(pay(1), external_id="a")
    assert at_desk.refused(post).code is Code.EXTERNAL_ID_TAKEN


def test_an_unknown_transaction_is_not_found() -> None:
    at_desk = desk()
    hold = at_desk.place(1)
    for action in ACTIONS.values():
        for unknown in ("txn_nobody", hold, ""):
            assert at_desk.refused(action(unknown)).code is Code.TRANSACTION_NOT_FOUND
