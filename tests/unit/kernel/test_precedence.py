"""Precedence: where two rules say no at once, the one that stands higher in `Code` is the answer."""

from itertools import combinations

import pytest

from partita.kernel import commands
from partita.kernel.account import AccountStatus, AccountType, Constraints, Totals
from partita.kernel.book import Book
from partita.kernel.conditions import BalanceCondition, Condition, Field, Operator
from partita.kernel.decide import decide
from partita.kernel.posting import Posting
from partita.kernel.posting_rules import CHECKS, entries_of
from partita.kernel.rejections import Code, Rejection
from tests.unit.kernel.bookkeeping import book_of, context, credit, debit, standing

ORDER = list(Code)
POSTING_CODES = list(CHECKS)

# What to add to a transaction so that it breaks one rule, and the first leg of it does.
LEGS: dict[Code, list[Posting]] = {
    Code.TOO_MANY_POSTINGS: [debit("plain", 500), *[credit("other", 1)] * 500, *[debit("plain", 1)] * 500,
                             credit("other", 500)],
    Code.AMOUNT_OUT_OF_RANGE: [debit("plain", 0), credit("other", 0)],
    Code.UNBALANCED_TRANSACTION: [debit("plain", 3), credit("other", 2)],
    Code.SAME_ACCOUNT: [debit("both", 4), credit("both", 4)],
    Code.EXTERNAL_ID_TAKEN: [debit("plain", 1), credit("other", 1)],
    Code.ACCOUNT_NOT_FOUND: [debit("nobody", 5), credit("other", 5)],
    Code.ASSET_MISMATCH: [debit("euro", 6), credit("other", 6)],
    Code.ACCOUNT_CLOSED: [debit("closed", 7), credit("other", 7)],
    Code.ACCOUNT_FROZEN: [debit("frozen", 8), credit("other", 8)],
    Code.INSUFFICIENT_FUNDS: [debit("floored", 9), credit("other", 9)],
    Code.VERSION_CONFLICT: [debit("plain", 11), credit("other", 11)],
    Code.LIMIT_EXCEEDED: [credit("capped", 10), debit("plain", 10)],
    Code.BALANCE_CONDITION_FAILED: [debit("plain", 12), credit("other", 12)],
}  # fmt: skip


NEVER = BalanceCondition(Field.POSTED, Operator.EQUAL, 10**20)
CONDITIONS: dict[Code, Condition] = {
    Code.VERSION_CONFLICT: Condition(0, if_version=99),
    Code.BALANCE_CONDITION_FAILED: Condition(0, if_balance=(NEVER,)),
}
"""Conditions on the first leg that cannot hold; where that leg's account is unknown, nobody asks."""


def chart() -> Book:
    """Every account that the legs name, but `nobody`."""
    book = book_of(
        standing("plain"),
        standing("other"),
        standing("both"),
        standing("euro", asset="EUR"),
        standing("closed", status=AccountStatus.CLOSED),
        standing("frozen", status=AccountStatus.FROZEN),
        standing("floored", constraints=Constraints(min_posted=0)),
        standing("capped", constraints=Constraints(max_posted=9)),
    )
    book.external_ids.add("taken")
    return book


def breaking(*codes: Code) -> commands.PostTransaction:
    """A transaction that breaks all these rules."""
    legs = [leg for code in codes if code in LEGS for leg in LEGS[code]]
    if Code.TOO_FEW_POSTINGS in codes:
        legs = legs[:1]
    external_id = "taken" if Code.EXTERNAL_ID_TAKEN in codes else None
    return commands.PostTransaction(
        tuple(legs),
        external_id=external_id,
        conditions=tuple(CONDITIONS[code] for code in codes if code in CONDITIONS),
    )


def possible(one: Code, other: Code) -> bool:
    """One leg can neither be too many nor stand on both sides; of no account nothing can be true."""
    if one is Code.ACCOUNT_NOT_FOUND and other in CONDITIONS:
        return False
    too_few = Code.TOO_FEW_POSTINGS in (one, other)
    return not (too_few and {one, other} & {Code.TOO_MANY_POSTINGS, Code.SAME_ACCOUNT})


PAIRS = [pair for pair in combinations(POSTING_CODES, 2) if possible(*pair)]


def test_the_table_of_checks_is_in_the_order_of_the_codes() -> None:
    assert sorted(POSTING_CODES, key=ORDER.index) == POSTING_CODES


@pytest.mark.parametrize("code", POSTING_CODES, ids=lambda code: code.value)
def test_each_rule_can_be_broken_alone(code: Code) -> None:
    command = breaking(code)
    decision = decide(chart(), command, context())
    assert isinstance(decision, Rejection)
    assert decision.code is code


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda code: code.value)
def test_of_two_broken_rules_the_higher_answers(one: Code, other: Code) -> None:
    for command in (breaking(one, other), breaking(other, one)):
        book = chart()
        assert CHECKS[other](book, command) is not None, "the pair must break the lower rule too"
        assert entries_of(book, command) is None
        decision = decide(book, command, context())
        assert isinstance(decision, Rejection)
        assert decision.code is min(one, other, key=ORDER.index)


def code_of(command: commands.Command) -> Code:
    """The code by which a command is refused here."""
    book = book_of(
        standing("taken"),
        standing("closed", status=AccountStatus.CLOSED, totals=Totals(0, 5)),
        standing("frozen", status=AccountStatus.FROZEN, totals=Totals(0, 5)),
    )
    decision = decide(book, command, context())
    assert isinstance(decision, Rejection)
    return decision.code


def test_an_unknown_asset_goes_before_a_taken_path() -> None:
    assert code_of(commands.OpenAccount("taken", "NO", AccountType.ASSET)) is Code.ASSET_NOT_FOUND
    assert code_of(commands.OpenAccount("taken", "USD", AccountType.ASSET)) is Code.PATH_TAKEN
    assert ORDER.index(Code.ASSET_NOT_FOUND) < ORDER.index(Code.PATH_TAKEN)


def test_a_wrong_status_goes_before_a_balance() -> None:
    assert code_of(commands.CloseAccount("closed")) is Code.INVALID_STATE
    assert code_of(commands.CloseAccount("frozen")) is Code.ACCOUNT_NOT_EMPTY
    assert ORDER.index(Code.INVALID_STATE) < ORDER.index(Code.ACCOUNT_NOT_EMPTY)
