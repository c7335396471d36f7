"""Each rule of posting: what breaks it, what just does not, and where the answer points."""

import pytest

from partita.kernel.account import AccountStatus, AccountType, Constraints, Totals
from partita.kernel.amount import LARGEST
from partita.kernel.book import Book
from partita.kernel.commands import PostTransaction
from partita.kernel.decide import decide
from partita.kernel.events import TransactionPosted
from partita.kernel.rejections import MEANINGS, Code, Rejection
from tests.unit.kernel.bookkeeping import (
    book_of,
    context,
    credit,
    debit,
    identifier,
    post,
    snapshot,
    standing,
)

FULL = Totals(LARGEST - 5, LARGEST - 5)


def chart() -> Book:
    """A small bank with one account for every sort of trouble."""
    book = book_of(
        standing("cash", type=AccountType.ASSET),
        standing("alice", totals=Totals(0, 1000)),
        standing("bob"),
        standing("euro", asset="EUR"),
        standing("frozen", status=AccountStatus.FROZEN),
        standing("closed", status=AccountStatus.CLOSED),
        standing("floored", constraints=Constraints(min_available=0), totals=Totals(0, 100)),
        standing("lent", constraints=Constraints(min_posted=0, overdraft=50)),
        standing("capped", constraints=Constraints(max_posted=100), totals=Totals(0, 90)),
        standing("till", type=AccountType.ASSET, constraints=Constraints(min_posted=0)),
        standing("full", totals=FULL),
    )
    book.external_ids.add("order-1")
    return book


def refusal(command: PostTransaction, book: Book | None = None) -> Rejection:
    """The rejection of a command that must be refused, and must leave the book alone."""
    book = book or chart()
    before = snapshot(book)
    decision = decide(book, command, context())
    assert isinstance(decision, Rejection), decision
    assert snapshot(book) == before
    assert decision.detail
    assert decision.fix == MEANINGS[decision.code].fix
    return decision


def accepted(command: PostTransaction, book: Book | None = None) -> TransactionPosted:
    """The event of a command that must be accepted, and must leave the book alone."""
    book = book or chart()
    before = snapshot(book)
    decision = decide(book, command, context())
    assert isinstance(decision, TransactionPosted), decision
    assert snapshot(book) == before
    return decision


def many(count: int) -> PostTransaction:
    """A balanced transaction of so many legs."""
    return post(debit("cash", count - 1), *[credit("bob", 1)] * (count - 1))


REFUSED = {
    "no posting": (post(), Code.TOO_FEW_POSTINGS, "/postings"),
    "one posting": (post(debit("cash", 5)), Code.TOO_FEW_POSTINGS, "/postings"),
    "1,001 postings": (many(1001), Code.TOO_MANY_POSTINGS, "/postings"),
    "zero": (post(debit("cash", 0), credit("bob", 0)), Code.AMOUNT_OUT_OF_RANGE, "/postings/0/amount"),
    "negative": (
        post(debit("cash", 5), credit("bob", 10), credit("alice", -5)),
        Code.AMOUNT_OUT_OF_RANGE,
        "/postings/2/amount",
    ),
    "39 digits": (
        post(debit("cash", LARGEST + 1), credit("bob", LARGEST + 1)),
        Code.AMOUNT_OUT_OF_RANGE,
        "/postings/0/amount",
    ),
    "a total of 39 digits": (
        post(debit("cash", 6), credit("full", 6)),
        Code.AMOUNT_OUT_OF_RANGE,
        "/postings/1/amount",
    ),
    "a total of 39 digits in two legs": (
        post(debit("cash", 6), credit("full", 3), credit("full", 3)),
        Code.AMOUNT_OUT_OF_RANGE,
        "/postings/2/amount",
    ),
    "a total of 39 digits by path and by id": (
        post(debit("cash", 6), credit("full", 3), credit(identifier("full"), 3)),
        Code.AMOUNT_OUT_OF_RANGE,
        "/postings/2/amount",
    ),
    "unbalanced": (post(debit("cash", 5), credit("bob", 4)), Code.UNBALANCED_TRANSACTION, "/postings"),
    "one-sided": (post(debit("cash", 5), debit("bob", 5)), Code.UNBALANCED_TRANSACTION, "/postings"),
    "balanced over two assets only": (
        post(debit("cash", 5), credit("euro", 5, "EUR")),
        Code.UNBALANCED_TRANSACTION,
        "/postings",
    ),
    "both sides of one account": (
        post(debit("bob", 5), credit("alice", 5), credit("bob", 5), debit("cash", 5)),
        Code.SAME_ACCOUNT,
        "/postings/2/account",
    ),
    "both sides, by path and by id": (
        post(debit("bob", 5), credit(identifier("bob"), 5)),
        Code.SAME_ACCOUNT,
        "/postings/1/account",
    ),
    "external id": (
        post(debit("cash", 5), credit("bob", 5), external_id="order-1"),
        Code.EXTERNAL_ID_TAKEN,
        "/external_id",
    ),
    "unknown account": (
        post(debit("cash", 5), credit("nobody", 5)),
        Code.ACCOUNT_NOT_FOUND,
        "/postings/1/account",
    ),
    "unknown id": (
        post(debit("cash", 5), credit("acc_NOBODY", 5)),
        Code.ACCOUNT_NOT_FOUND,
        "/postings/1/account",
    ),
    "another asset": (
        post(debit("cash", 5, "EUR"), credit("euro", 5, "EUR")),
        Code.ASSET_MISMATCH,
        "/postings/0/asset",
    ),
    "an asset in small letters": (
        post(debit("cash", 5, "usd"), credit("bob", 5, "usd")),
        Code.ASSET_MISMATCH,
        "/postings/0/asset",
    ),
    "closed": (post(debit("cash", 5), credit("closed", 5)), Code.ACCOUNT_CLOSED, "/postings/1/account"),
    "frozen, taking": (post(debit("frozen", 5), credit("bob", 5)), Code.ACCOUNT_FROZEN, "/postings/0/account"),
    "frozen, adding": (post(debit("cash", 5), credit("frozen", 5)), Code.ACCOUNT_FROZEN, "/postings/1/account"),
    "floor": (post(credit("cash", 101), debit("floored", 101)), Code.INSUFFICIENT_FUNDS, "/postings/1"),
    "floor in several legs": (
        post(debit("floored", 60), debit("floored", 41), credit("cash", 101)),
        Code.INSUFFICIENT_FUNDS,
        "/postings/0",
    ),
    "floor of an account that grows on its debit side": (
        post(debit("bob", 1), credit("till", 1)),
        Code.INSUFFICIENT_FUNDS,
        "/postings/1",
    ),
    "overdraft": (post(debit("lent", 51), credit("cash", 51)), Code.INSUFFICIENT_FUNDS, "/postings/0"),
    "ceiling": (post(debit("cash", 11), credit("capped", 11)), Code.LIMIT_EXCEEDED, "/postings/1"),
}  # fmt: skip


@pytest.mark.parametrize(("command", "code", "pointer"), REFUSED.values(), ids=REFUSED)
def test_a_broken_rule_is_named_and_the_guilty_item_pointed_at(
    command: PostTransaction, code: Code, pointer: str
) -> None:
    rejection = refusal(command)
    assert (rejection.code, rejection.pointer) == (code, pointer)


ACCEPTED = {
    "1,000 postings": many(1000),
    "a total of 38 digits": post(debit("cash", 5), credit("full", 5)),
    "the largest amount": post(debit("cash", LARGEST), credit("bob", LARGEST)),
    "the floor to the unit": post(debit("floored", 100), credit("cash", 100)),
    "the overdraft to the unit": post(debit("lent", 50), credit("cash", 50)),
    "the ceiling to the unit": post(debit("cash", 10), credit("capped", 10)),
    "one account in several legs of one side": post(
        debit("cash", 5), credit("bob", 2), credit(identifier("bob"), 3)
    ),
    "another external id": post(debit("cash", 5), credit("bob", 5), external_id="order-2"),
    "two assets, each balanced": post(
        debit("cash", 5), credit("bob", 5), debit("euro", 7, "EUR"), credit("yen", 7, "EUR")
    ),
}


@pytest.mark.parametrize("command", ACCEPTED.values(), ids=ACCEPTED)
def test_what_breaks_no_rule_is_accepted(command: PostTransaction) -> None:
    book = chart()
    book.put(standing("yen", asset="EUR"))
    accepted(command, book)


def test_entries_carry_dense_versions_and_running_totals() -> None:
    event = accepted(post(debit("alice", 5), credit(identifier("bob"), 2), credit("bob", 3)))
    found = [
        (e.account, e.version, e.after.posted_debits, e.after.posted_credits) for e in event.entries
    ]
    assert found == [("alice", 2, 5, 1000), ("bob", 1, 0, 2), ("bob", 2, 0, 5)]
    assert [e.number for e in event.entries] == [sum(b"alice"), sum(b"bob"), sum(b"bob")]


def test_totals_under_way_stay_as_they_are() -> None:
    book = book_of(standing("a", totals=Totals(1, 2, 3, 4)), standing("b"))
    event = accepted(post(debit("a", 10), credit("b", 10)), book)
    assert event.entries[0].after == Totals(11, 2, 3, 4)


def test_money_under_way_out_is_not_available() -> None:
    held = standing(
        "held", constraints=Constraints(min_available=0), totals=Totals(0, 100, pending_debits=60)
    )
    book = book_of(held, standing("bob"))
    assert refusal(post(debit("held", 41), credit("bob", 41)), book).facts["short_by"] == "1"
    accepted(post(debit("held", 40), credit("bob", 40)), book)


def test_short_money_is_told_in_figures() -> None:
    facts = refusal(post(debit("lent", 80), credit("bob", 80))).facts
    assert facts == {
        "account": "lent", "limit": "min_posted", "bound": "-50",
        "before": "0", "after": "-80", "short_by": "30",
    }  # fmt: skip


def test_a_passed_ceiling_is_told_in_figures() -> None:
    facts = refusal(post(debit("cash", 30), credit("capped", 30))).facts
    assert facts == {
        "account": "capped", "limit": "max_posted", "bound": "100",
        "before": "90", "after": "120", "short_by": "20",
    }  # fmt: skip


def test_an_unbalanced_asset_is_told_with_its_difference() -> None:
    command = post(
        debit("cash", 5), credit("bob", 5), debit("euro", 9, "EUR"), credit("x", 7, "EUR")
    )
    assert refusal(command).facts == {
        "asset": "EUR", "debits": "9", "credits": "7", "difference": "2",
    }  # fmt: skip


def test_only_the_last_state_of_a_transaction_counts_for_limits() -> None:
    """The rules judge a transaction as a whole, not each leg."""
    book = book_of(standing("a", constraints=Constraints(max_posted=10)), standing("cash"))
    refusal(post(credit("a", 6), credit("a", 6), debit("cash", 12)), book)
    accepted(post(credit("a", 5), credit("a", 5), debit("cash", 10)), book)


def test_every_code_has_a_cause_and_a_mend() -> None:
    assert list(MEANINGS) == list(Code)
    for meaning in MEANINGS.values():
        assert meaning.title
        assert meaning.fix.endswith(".")
