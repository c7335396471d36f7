"""Conditions on write: judged in the commit, on the account before (version) and after (balance)."""

import pytest

from partita.kernel import commands
from partita.kernel.conditions import BalanceCondition, Condition, Field, Operator
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code
from tests.unit.kernel.bookkeeping import credit, debit, identifier
from tests.unit.kernel.desk import Desk


def desk() -> Desk:
    """Alice has 100, of which 30 are held, and 20 are on their way to her."""
    at_desk = Desk(alice=100, bob=50)
    at_desk.place(30)
    at_desk.done(commands.PendTransaction(pay(20, "bob", "alice")))
    return at_desk


def pay(amount: int, source: str = "alice", target: str = "bob") -> tuple[Posting, ...]:
    return debit(source, amount), credit(target, amount)


def post(amount: int, *conditions: Condition) -> commands.PostTransaction:
    return commands.PostTransaction(pay(amount), conditions=conditions)


# Paying 10 leaves Alice with: posted 90, pending_in 20, pending_out 30, available 60.
AFTER = {Field.POSTED: 90, Field.PENDING_IN: 20, Field.PENDING_OUT: 30, Field.AVAILABLE: 60}
TRUE_AT = {
    Operator.AT_LEAST: (True, True, False),
    Operator.AT_MOST: (False, True, True),
    Operator.ABOVE: (True, False, False),
    Operator.BELOW: (False, False, True),
    Operator.EQUAL: (False, True, False),
}
"""Whether it holds where the bound is one less than the figure, the figure, and one more."""


@pytest.mark.parametrize("field", Field)
@pytest.mark.parametrize("operator", Operator)
def test_a_figure_after_the_transaction_is_held_against_a_bound(
    field: Field, operator: Operator
) -> None:
    for step, is_true in zip((-1, 0, 1), TRUE_AT[operator], strict=True):
        at_desk = desk()
        wanted = BalanceCondition(field, operator, AFTER[field] + step)
        command = post(10, Condition(0, if_balance=(wanted,)))
        if is_true:
            at_desk.done(command)
            continue
        rejection = at_desk.refused(command)
        assert rejection.code is Code.BALANCE_CONDITION_FAILED
        assert rejection.pointer == f"/postings/0/if_balance/{field.value}"
        assert rejection.facts["after"] == str(AFTER[field])


def test_each_of_several_conditions_must_hold() -> None:
    good = BalanceCondition(Field.POSTED, Operator.EQUAL, 90)
    bad = BalanceCondition(Field.AVAILABLE, Operator.ABOVE, 60)
    assert desk().refused(post(10, Condition(0, if_balance=(good, bad)))).facts["field"] == (
        "available"
    )
    of_bob = Condition(1, if_balance=(BalanceCondition(Field.POSTED, Operator.BELOW, 60),))
    both = post(10, Condition(0, if_balance=(good,)), of_bob)
    assert desk().refused(both).pointer == "/postings/1/if_balance/posted"
    desk().done(post(10, Condition(0, if_balance=(good,))))


def test_the_balance_is_that_after_all_of_the_accounts_legs() -> None:
    legs = debit("alice", 4), debit(identifier("alice"), 6), credit("bob", 10)
    for place in (0, 1):
        wanted = Condition(place, if_balance=(BalanceCondition(Field.POSTED, Operator.EQUAL, 90),))
        desk().done(commands.PostTransaction(legs, conditions=(wanted,)))


def test_the_version_is_that_of_the_account_before() -> None:
    at_desk = desk()
    version = at_desk.book.standings["alice"].version
    for stale in (0, version - 1, version + 1):
        rejection = at_desk.refused(post(1, Condition(0, if_version=stale)))
        assert rejection.code is Code.VERSION_CONFLICT
        assert rejection.pointer == "/postings/0/if_version"
        assert rejection.facts == {"account": "alice", "version": str(version)}
    at_desk.done(post(1, Condition(0, if_version=version)))
    assert at_desk.refused(post(1, Condition(0, if_version=version))).code is Code.VERSION_CONFLICT


def test_an_account_without_entries_is_at_version_0() -> None:
    at_desk = desk()
    at_desk.open("carol")
    to_carol = commands.PostTransaction(
        pay(1, target="carol"), conditions=(Condition(1, if_version=0),)
    )
    at_desk.done(to_carol)
    assert at_desk.refused(to_carol).code is Code.VERSION_CONFLICT


@pytest.mark.parametrize(
    "touch",
    [
        commands.PlaceHold("alice", 1, "USD"),
        commands.PendTransaction(pay(1)),
        commands.PendTransaction(pay(1, "bob", "alice")),
    ],
    ids=["held", "going out", "coming in"],
)
def test_whatever_touches_an_account_makes_a_new_version(touch: commands.Command) -> None:
    at_desk = desk()
    version = at_desk.book.standings["alice"].version
    at_desk.done(touch)
    assert at_desk.refused(post(1, Condition(0, if_version=version))).code is Code.VERSION_CONFLICT
