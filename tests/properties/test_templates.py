"""Templates made at random: whatever is accepted balances, and no rounding loses a unit.

The judge is a second reading of the documents, in plain fractions, that shares no arithmetic with
the product: it works out every amount from the tree, rounds by `decimal`-like rules of its own,
and adds up both sides.
"""

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, example, given, settings
from hypothesis import strategies as st

from partita.modules.templates.compiling import compile_template
from partita.modules.templates.document import read_document
from partita.modules.templates.errors import TemplateInvalid, TemplateRenderFailed
from partita.modules.templates.expression import (
    Called,
    Joined,
    NameRead,
    Number,
    Tree,
    read_expression,
)
from partita.modules.templates.polynomial import Atoms, NormalForm, TooComplicated
from partita.modules.templates.typing import PLAIN, AmountType
from tests.unit.modules.templates.schemes import BareNames

PARAMETERS: dict[str, Any] = {
    "a": {"type": "amount", "asset": "EUR"},
    "b": {"type": "amount", "asset": "EUR"},
    "n": {"type": "integer", "min": "1"},
    "r": {"type": "rate"},
    "yes": {"type": "boolean"},
    "no": {"type": "boolean"},
}
WHOLE_NAMES, ROUNDINGS = ("a", "b"), ("floor", "ceiling", "half_even", "half_up")


def exact(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Amounts of EUR that may have a fraction."""
    factors = st.sampled_from(["r", "n", "2", "1/3", "12.5%", "(1 + r)", "(1 - r)"])
    divisors = st.sampled_from(["n", "3", "7", "(1 + n)"])
    return st.one_of(
        children,
        st.builds("({} * {})".format, children, factors),
        st.builds("({} / {})".format, children, divisors),
    )


def whole(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Whole amounts of EUR."""
    return st.one_of(
        st.builds("({} + {})".format, children, children),
        st.builds("({} - {})".format, children, children),
        st.builds("min({}, {})".format, children, children),
        st.builds("max({}, {})".format, children, children),
        st.builds("{}({})".format, st.sampled_from(ROUNDINGS), exact(children)),
        st.builds("({} * 2)".format, children),
        st.builds("(n * {})".format, children),
    )


AMOUNTS = st.recursive(st.sampled_from(WHOLE_NAMES), whole, max_leaves=4)
CONDITIONS = st.sampled_from([None, None, "yes", "no"])


@st.composite
def groups(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Items on single sides that cancel out if read rightly, some of them spoiled afterwards."""
    total, cut = draw(AMOUNTS), draw(AMOUNTS)
    when = draw(CONDITIONS)
    written = draw(
        st.sampled_from([
            [("debit", total), ("credit", total)],
            [("debit", total), ("credit", cut), ("credit", f"{total} - {cut}")],
            [("debit", f"{total} + {cut}"), ("credit", cut), ("credit", total)],
            [("credit", f"2 * {total}"), ("debit", f"{total} - {cut}"), ("debit", f"{total} + {cut}")],
            [("debit", total), ("credit", cut)],
            [("debit", total), ("credit", cut), ("credit", f"floor({total} / 2)")],
        ])
    )  # fmt: skip
    items: list[dict[str, Any]] = [
        {side: f"x{n}", "amount": amount, "skip_if_zero": True}
        for n, (side, amount) in enumerate(written)
    ]
    for item in items:
        spoiled = draw(st.sampled_from([None] * 12 + ["when", "amount"]))
        condition = draw(CONDITIONS) if spoiled == "when" else when
        if condition is not None:
            item["when"] = condition
        if spoiled == "amount":
            item["amount"] = f"{item['amount']} + {draw(st.sampled_from(['1', 'b', 'a - b']))}"
    return items


@st.composite
def sides(draw: st.DrawFn) -> str | list[dict[str, Any]]:
    """An account, or a split of one of its kinds."""
    parts = draw(
        st.sampled_from([
            None,
            ["share 1", "share 1", "share 1"],
            ["share n", "share 2"],
            ["share r", "share 1 - r"],
            ["share 1/3", "rest"],
            ["share r", "share 1/4", "rest"],
            ["amount floor(a / 4)", "share 3", "share 4"],
            ["amount half_up(a * r)", "rest"],
        ])
    )  # fmt: skip
    if parts is None:
        return draw(st.sampled_from(["left", "right"]))
    made: list[dict[str, Any]] = []
    for n, part in enumerate(parts):
        kind, _, text = part.partition(" ")
        made.append({"account": f"p{n}", kind: text or True, "skip_if_zero": True})
    return made


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A document of one to three items or groups."""
    postings: list[dict[str, Any]] = []
    for n in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            found = draw(groups())
        else:
            side = draw(sides())
            found = [
                {"debit": f"d{n}", "credit": side, "amount": draw(AMOUNTS), "skip_if_zero": True}
            ]
        postings += [_apart(item, n) for item in found]
    return {"name": "random", "parameters": PARAMETERS, "postings": postings}


def _apart(item: dict[str, Any], n: int) -> dict[str, Any]:
    """The item with accounts of its own, so that none stands on both sides."""
    apart = dict(item)
    for side in ("debit", "credit"):
        if isinstance(apart.get(side), str):
            apart[side] = f"{side}:{n}:{apart[side]}"
        elif side in apart:
            apart[side] = [p | {"account": f"{side}:{n}:{p['account']}"} for p in apart[side]]
    return apart


AMOUNT_TEXTS = st.one_of(
    st.integers(0, 30), st.integers(0, 10**6), st.integers(0, 10**30)
).map(str)  # fmt: skip
ARGUMENTS = st.fixed_dictionaries({
    "a": AMOUNT_TEXTS,
    "b": AMOUNT_TEXTS,
    "n": st.integers(1, 50),
    "r": st.sampled_from(["0", "8.1%", "0.5", "1/3".replace("1/3", "0.333333333333333333"), "1"]),
    "yes": st.booleans(),
    "no": st.booleans(),
})  # fmt: skip


def worth(tree: Tree, values: dict[str, Fraction]) -> Fraction:
    """What a tree comes to, in fractions."""
    match tree:
        case Number(value):
            return value
        case NameRead(name):
            return values[name]
        case Joined(operator, left, right):
            x, y = worth(left, values), worth(right, values)
            return {"+": x + y, "-": x - y, "*": x * y, "/": x / y if y else Fraction(0)}[
                operator.value
            ]
        case Called(function, arguments):
            return rounded(function.value, [worth(each, values) for each in arguments])


def rounded(function: str, values: list[Fraction]) -> Fraction:
    """Rounding as its definition has it, written without a division of whole numbers."""
    value = values[0]
    match function:
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "floor":
            return Fraction(math.floor(value))
        case "ceiling":
            return Fraction(math.ceil(value))
        case "half_even":
            return Fraction(round(value))
    size = math.floor(abs(value) + Fraction(1, 2))
    return Fraction(size if value >= 0 else -size)


def values_of(arguments: dict[str, Any]) -> dict[str, Fraction]:
    """Arguments as fractions."""
    rate = arguments["r"]
    percent = Fraction(rate.removesuffix("%")) / 100 if rate.endswith("%") else Fraction(rate)
    named = {name: Fraction(int(arguments[name])) for name in ("a", "b", "n")}
    return named | {"r": percent}


def wanted(document: dict[str, Any], arguments: dict[str, Any]) -> Counter[str]:
    """Debits and credits, summed by side from the document, as the second reading has them."""
    sums: Counter[str] = Counter()
    for item in document["postings"]:
        if "when" in item and not arguments[item["when"]]:
            continue
        amount = worth(read_expression(item["amount"]), values_of(arguments))
        assert amount.denominator == 1, "a posting's amount is whole"
        for side in ("debit", "credit"):
            sums[side] += int(amount) if side in item else 0
    return sums


def judge_accepted(document: dict[str, Any], many: list[dict[str, Any]]) -> None:
    """Render an accepted document with many arguments, and hold it against the second reading."""
    try:
        template = compile_template(read_document(document), BareNames())
    except TemplateInvalid as refused:
        event(f"refused: {refused.findings[0].detail.split(':')[0][:60]}")
        assume(condition=False)
        return
    for arguments in many:
        should = wanted(document, arguments)
        try:
            postings = template.render(arguments).postings
        except TemplateRenderFailed as failed:
            event(f"not rendered: {failed.findings[0].detail[-40:]}")
            continue
        event("rendered")
        sums: Counter[str] = Counter()
        for posting in postings:
            assert posting.amount > 0
            sums[posting.direction.value] += posting.amount
        assert sums["debit"] == sums["credit"]
        assert sums == should, "the second reading comes to something else"


SOME, MANY = (st.lists(ARGUMENTS, min_size=low, max_size=high) for low, high in ((3, 6), (1, 20)))
SAMPLE = settings(max_examples=300, deadline=None)
LONG = settings(SAMPLE, max_examples=5_000, suppress_health_check=list(HealthCheck))


@given(documents(), SOME)
@SAMPLE
def test_what_is_accepted_balances_for_all_arguments(
    document: dict[str, Any], many: list[dict[str, Any]]
) -> None:
    judge_accepted(document, many)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@given(documents(), SOME)
@LONG
def test_what_is_accepted_balances_in_a_long_run(
    document: dict[str, Any], many: list[dict[str, Any]]
) -> None:
    judge_accepted(document, many)


@given(documents(), MANY)
@SAMPLE
def test_what_arguments_can_unbalance_is_refused(
    document: dict[str, Any], many: list[dict[str, Any]]
) -> None:
    judge_unbalanced(document, many)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@given(documents(), MANY)
@LONG
def test_what_arguments_can_unbalance_is_refused_in_a_long_run(
    document: dict[str, Any], many: list[dict[str, Any]]
) -> None:
    judge_unbalanced(document, many)


def judge_unbalanced(document: dict[str, Any], many: list[dict[str, Any]]) -> None:
    """Where the second reading finds arguments that unbalance a document, it must be refused."""
    culprit = next((each for each in many if len(set(wanted(document, each).values())) > 1), None)
    assume(culprit is not None)
    try:
        compile_template(read_document(document), BareNames())
    except TemplateInvalid:
        return
    raise AssertionError(f"accepted, though {culprit} unbalances it")


@given(AMOUNTS, AMOUNTS, ARGUMENTS)
@example("(a + b)", "(b + a)", {"a": "1", "b": "2", "n": 1, "r": "0", "yes": True, "no": True})
@SAMPLE
def test_one_normal_form_means_one_value(left: str, right: str, arguments: dict[str, Any]) -> None:
    forms = NormalForm(Atoms())
    for name, kind in (("a", "EUR"), ("b", "EUR"), ("n", PLAIN), ("r", PLAIN)):
        forms.know_parameter(name, AmountType(kind, is_whole=name != "r"))
    first, second = read_expression(left), read_expression(f"{right} - {left} + {left}")
    try:
        is_same = forms.of(first) == forms.of(second)
        round_trip = forms.of(read_expression(right)) == forms.of(second)
    except TooComplicated:
        return
    assert round_trip, "what is added and taken away again leaves nothing"
    values = values_of(arguments)
    if is_same:
        assert worth(first, values) == worth(second, values)
