"""CEL behind its port: what is checked when saved, and that whatever is no answer is no yes."""

import sys

import pytest

from partita.adapters.conditions.cel import CelConditions
from partita.modules.templates.conditions import (
    LARGEST_INTEGER,
    ConditionFailed,
    ConditionInvalid,
    ConditionValue,
    VariableKind,
)

VARIABLES = {
    "price": VariableKind.INTEGER,
    "country": VariableKind.TEXT,
    "member": VariableKind.BOOLEAN,
    "metadata": VariableKind.TEXTS,
}
VALUES: dict[str, ConditionValue] = {
    "price": 5_000,
    "country": "CH",
    "member": True,
    "metadata": {"shop": "A"},
}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("price > 1000", True),
        ("price > 1000 && country != 'CH'", False),
        ("member ? price < 10 : true", False),
        ("country in ['CH', 'LI']", True),
        ("country.startsWith('C')", True),
        ("[1, 2].exists(n, n * 2500 == price)", True),
        ("metadata['shop'] == 'A' && !('till' in metadata)", True),
    ],
)
def test_a_condition_has_an_answer(text: str, answer: bool) -> None:
    assert CelConditions().compile(text, VARIABLES).holds(VALUES) is answer


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prise > 1", "undeclared reference to 'prise'"),
        ("price > '1'", "no matching overload"),
        ("price > 1.5", "no matching overload"),
        ("price", "no boolean"),
        ("price > 9223372036854775808", "invalid int literal"),
        ("", "Syntax error"),
        ("price > 1\n", "one line"),
        ("member\x00", "one line"),
        ("(" * 40 + "member" + ")" * 40, "recursion"),
    ],
)
def test_what_is_no_condition_is_refused_when_compiled(text: str, words: str) -> None:
    with pytest.raises(ConditionInvalid, match=words):
        CelConditions().compile(text, VARIABLES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("price * price > 0", "overflow"),
        ("1 / (price - price) == 1", "divi"),
        ("country.matches('(')", "regular expression"),
        ("metadata['till'] == 'A'", "till"),
    ],
)
def test_an_error_is_no_answer(text: str, words: str) -> None:
    condition = CelConditions().compile(text, VARIABLES)
    with pytest.raises(ConditionFailed, match=words):
        condition.holds(VALUES | {"price": LARGEST_INTEGER})


def test_too_large_a_figure_and_a_missing_one_are_no_answers() -> None:
    condition = CelConditions().compile("price > 0", VARIABLES)
    with pytest.raises(ConditionFailed, match="too big"):
        condition.holds(VALUES | {"price": LARGEST_INTEGER + 1})
    with pytest.raises(ConditionFailed, match="price"):
        condition.holds({})


def test_loops_have_a_budget() -> None:
    numbers = f"[{','.join('1' * 20)}]"
    text = "price > 0"
    for name in "abcde":
        text = f"{numbers}.all({name}, {text})"
    with pytest.raises(ConditionFailed, match="budget"):
        CelConditions().compile(text, VARIABLES).holds(VALUES)


def test_without_cel_a_condition_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    with pytest.raises(ConditionInvalid, match=r"pip install 'partita\[rules\]'"):
        CelConditions().compile("member", VARIABLES)
