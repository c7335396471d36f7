"""The language of amounts: what it reads, how it binds, and what it refuses at which column."""

from fractions import Fraction

import pytest

from partita.modules.templates.expression import (
    Called,
    Function,
    Joined,
    NameRead,
    Number,
    Operator,
    names_in,
    read_expression,
)

A, B, C = NameRead("a"), NameRead("b"), NameRead("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("5", Number(Fraction(5))),
        ("2.9%", Number(Fraction(29, 1000))),
        ("0.125", Number(Fraction(1, 8))),
        ("a + b * c", Joined(Operator.ADD, A, Joined(Operator.MULTIPLY, B, C))),
        ("(a + b) * c", Joined(Operator.MULTIPLY, Joined(Operator.ADD, A, B), C)),
        ("a - b - c", Joined(Operator.SUBTRACT, Joined(Operator.SUBTRACT, A, B), C)),
        ("a / b / c", Joined(Operator.DIVIDE, Joined(Operator.DIVIDE, A, B), C)),
        ("-a", Joined(Operator.MULTIPLY, Number(Fraction(-1)), A)),
        ("floor(a)", Called(Function.FLOOR, (A,))),
        (" min( a ,b,c ) ", Called(Function.MIN, (A, B, C))),
    ],
)
def test_an_expression_is_read(text: str, tree: object) -> None:
    assert read_expression(text) == tree


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected an amount, not the end"),
        ("a +", "column 4"),
        ("a b", "column 3: expected the expression's end, not 'b'"),
        ("a ** 2", "column 4"),
        ("1e5", "column 2"),
        ("0x10", "column 2"),
        (".5", "column 1"),
        ("1_000", "column 2"),
        ("a % b", "column 3"),
        ("--a", "one minus is enough"),
        ("floor", "write it with ( )"),
        ("floor(a, b)", "takes one argument"),
        ("max(a)", "two or more"),
        ("round(a)", "no function 'round'; known are floor"),
        ("(a", "a closing parenthesis, not the end"),
        ("a)", "the expression's end, not ')'"),
        ("__import__('os')", "no function"),
        ("a.b", "not '.'"),
        ("5" * 39, "at most 38 digits"),
        ("(" * 30 + "a" + ")" * 30, "nests at most"),
        ("a" * 501, "at most 500 characters"),
        ("٣", "expected an amount"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read_expression(text)
    assert words in str(caught.value)


def test_names_are_found_wherever_they_stand() -> None:
    assert names_in(read_expression("min(a, -b) + floor(c / 3) * 2")) == {"a", "b", "c"}
