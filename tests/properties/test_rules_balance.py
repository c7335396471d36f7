"""No rule can unbalance anything: whatever rules and payments, debits equal credits by asset."""

from collections import Counter as Sums
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from partita.kernel.account import Side
from partita.kernel.posting import Posting
from partita.modules.rules.applying import apply_rules
from partita.modules.rules.compiling import compile_rule
from partita.modules.rules.document import read_rule
from partita.modules.rules.effects import moves_of
from partita.modules.rules.occasion import RuleMove
from partita.modules.rules.rule import Rule, RuleStatus
from tests.unit.modules.rules.paper import Equalities, occasion

amounts = st.integers(1, 10**12)
figures = amounts.map(str)
percentages = st.integers(0, 30_000).map(lambda n: f"{n}bp")
roles = st.sampled_from(["destination", "source", "fees/card", "taxes", "rewards"])
roundings = st.sampled_from(["floor", "ceiling", "half_even", "half_up"])
charges = {"percentage": percentages, "rounding": roundings, "min": figures}
ways = st.tuples(roles, roles).filter(lambda way: way[0] != way[1])


def _effects() -> st.SearchStrategy[dict[str, Any]]:
    fee = st.fixed_dictionaries({"fixed": figures, **charges})
    tax = st.fixed_dictionaries({
        "mode": st.just("added"), "of": st.sampled_from(["amount", "fees"]), **charges,
    })  # fmt: skip
    reward = st.fixed_dictionaries({"asset": st.sampled_from(["EUR", "POINTS"]), **charges})
    return st.one_of(
        _with_a_way("fee", fee), _with_a_way("tax", tax), _with_a_way("reward", reward)
    )


def _with_a_way(
    name: str, effects: st.SearchStrategy[dict[str, str]]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda e, way: {name: e | {"from": way[0], "to": way[1]}}, effects, ways)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    name = draw(st.sampled_from("abcdef"))
    priority = draw(st.integers(0, 3))
    document = {"name": name, "on": "payment.captured", "asset": "EUR", "priority": priority}
    read = read_rule(document | draw(_effects()))
    return compile_rule(read, Equalities(), status=RuleStatus.ACTIVE)


@given(st.lists(rules(), max_size=6), amounts)
def test_whatever_the_rules_add_balances(written: list[Rule], amount: int) -> None:
    result = apply_rules(written, occasion(amount))
    assert result.denied is None
    assert all(move.amount > 0 and move.debit != move.credit for move in result.moves)
    assert [m for fact in result.facts for m in fact.moves] == list(result.moves)


@given(
    st.lists(st.tuples(ways, amounts, st.sampled_from(["EUR", "USD"])), max_size=12), st.randoms()
)
def test_balanced_postings_become_moves_that_say_the_same(
    legs: list[tuple[tuple[str, str], int, str]], random: Any
) -> None:
    postings = [
        posting
        for (debit, credit), amount, asset in legs
        for posting in (
            Posting(debit, Side.DEBIT, amount, asset),
            Posting(credit, Side.CREDIT, amount, asset),
        )
    ]
    random.shuffle(postings)
    assert _net(moves_of(postings)) == _net(
        RuleMove(debit, credit, amount, asset) for (debit, credit), amount, asset in legs
    )


def _net(moves: Any) -> dict[tuple[str, str], int]:
    """What each role has less or more of, by asset; nothing is left out but 0."""
    sums: Sums[tuple[str, str]] = Sums()
    for move in moves:
        sums[move.debit, move.asset] += move.amount
        sums[move.credit, move.asset] -= move.amount
    return {place: total for place, total in sums.items() if total}
