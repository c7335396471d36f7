"""Expressions: the little language of amounts, read from text into a tree. No code runs in them.

    sum      = product (("+" | "-") product)*
    product  = factor (("*" | "/") factor)*
    factor   = "-" factor | NUMBER | NUMBER "%" | NAME | NAME "(" sum ("," sum)* ")" | "(" sum ")"

Numbers are plain decimals and exact. Functions are `floor`, `ceiling`, `half_even`, `half_up` (one
argument) and `min`, `max` (two or more).
"""

import re
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

import msgspec

from partita.modules.templates.document import LONGEST_EXPRESSION

DEEPEST_EXPRESSION = 24
MOST_DIGITS = 38


class Operator(Enum):
    """What joins two amounts."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"


class Function(Enum):
    """What an expression may call."""

    FLOOR = "floor"
    """Down, to the next whole unit that is not above (towards minus infinity)."""
    CEILING = "ceiling"
    """Up, to the next whole unit that is not below."""
    HALF_EVEN = "half_even"
    """To the nearest, ties to the even unit (IEEE 754 roundTiesToEven): bankers' rounding."""
    HALF_UP = "half_up"
    """To the nearest, ties away from zero: commercial rounding."""
    MIN = "min"
    MAX = "max"

    @property
    def rounds(self) -> bool:
        """Whether it makes a whole number of what is none."""
        return self not in (Function.MIN, Function.MAX)


class Number(msgspec.Struct, frozen=True):
    """A constant; a percentage is divided already."""

    value: Fraction


class NameRead(msgspec.Struct, frozen=True):
    """A parameter or a definition."""

    name: str


class Joined(msgspec.Struct, frozen=True):
    """Two amounts and what joins them."""

    operator: Operator
    left: "Tree"
    right: "Tree"


class Called(msgspec.Struct, frozen=True):
    """A function over its arguments."""

    function: Function
    arguments: tuple["Tree", ...]


Tree = Number | NameRead | Joined | Called

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?%?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<mark>[-+*/(),])|(?P<end>$)|(?P<other>.))",
    re.ASCII | re.DOTALL,
)
_FUNCTIONS = {function.value: function for function in Function}


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def read_expression(text: str) -> Tree:
    """The tree of an expression.

    Raises:
        ValueError: it is none; the message says what is wrong, and at which column.
    """
    if len(text) > LONGEST_EXPRESSION:
        raise ValueError(f"an expression has at most {LONGEST_EXPRESSION} characters")
    reading = _Reading(_tokens(text))
    tree = reading.sum(0)
    reading.expect("end", "the expression's end")
    return tree


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        assert kind is not None, "every alternative of the pattern has a name"
        found.append(_Token(kind, match[kind], match.start(kind) + 1))
        if kind == "end":
            break
    return found


class _Reading:
    """One way through the tokens of an expression, from left to right (recursive descent)."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0

    def sum(self, depth: int) -> Tree:
        """A sum of products."""
        if depth > DEEPEST_EXPRESSION:
            raise ValueError(f"an expression nests at most {DEEPEST_EXPRESSION} deep")
        tree = self._product(depth)
        while (operator := self._operator("+-")) is not None:
            tree = Joined(operator, tree, self._product(depth))
        return tree

    def _product(self, depth: int) -> Tree:
        tree = self._factor(depth)
        while (operator := self._operator("*/")) is not None:
            tree = Joined(operator, tree, self._factor(depth))
        return tree

    def _factor(self, depth: int) -> Tree:
        if self._operator("-") is not None:
            return Joined(Operator.MULTIPLY, Number(Fraction(-1)), self._minus(depth))
        token = self._next()
        if token.kind == "number":
            return _number(token)
        if token.kind == "name":
            return self._call(token, depth) if self._is("(") else _name(token)
        if token.text == "(":
            tree = self.sum(depth + 1)
            self.expect(")", "a closing parenthesis")
            return tree
        raise ValueError(f"column {token.column}: expected an amount, not {_shown(token)}")

    def _minus(self, depth: int) -> Tree:
        if self._is("-"):
            raise ValueError(f"column {self._tokens[self._at].column}: one minus is enough")
        return self._factor(depth)

    def _call(self, token: _Token, depth: int) -> Tree:
        function = _FUNCTIONS.get(token.text)
        if function is None:
            known = ", ".join(_FUNCTIONS)
            raise ValueError(
                f"column {token.column}: no function {token.text!r}; known are {known}"
            )
        self.expect("(", "an opening parenthesis")
        arguments = [self.sum(depth + 1)]
        while self._is(","):
            self._next()
            arguments.append(self.sum(depth + 1))
        self.expect(")", "a closing parenthesis")
        if function.rounds != (len(arguments) == 1):
            takes = "one argument" if function.rounds else "two or more arguments"
            raise ValueError(f"column {token.column}: {function.value} takes {takes}")
        return Called(function, tuple(arguments))

    def expect(self, wanted: str, what: str) -> None:
        """Go past a mark, or past the end."""
        token = self._next()
        if wanted not in (token.kind, token.text):
            raise ValueError(f"column {token.column}: expected {what}, not {_shown(token)}")

    def _operator(self, marks: str) -> Operator | None:
        token = self._tokens[self._at]
        if token.kind != "mark" or token.text not in marks:
            return None
        self._at += 1
        return Operator(token.text)

    def _is(self, mark: str) -> bool:
        return self._tokens[self._at].text == mark

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        # The end is never passed: whoever asks again hears of it again.
        self._at += token.kind != "end"
        return token


def _number(token: _Token) -> Number:
    digits = token.text.removesuffix("%")
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"column {token.column}: a number has at most {MOST_DIGITS} digits")
    divisor = 100 if token.text.endswith("%") else 1
    return Number(Fraction(digits) / divisor)


def _name(token: _Token) -> NameRead:
    if token.text in _FUNCTIONS:
        raise ValueError(f"column {token.column}: {token.text} is a function: write it with ( )")
    return NameRead(token.text)


def _shown(token: _Token) -> str:
    return "the end" if token.kind == "end" else repr(token.text)


def names_in(tree: Tree) -> set[str]:
    """Every name that a tree reads."""
    match tree:
        case NameRead(name):
            return {name}
        case Joined(_, left, right):
            return names_in(left) | names_in(right)
        case Called(_, arguments):
            return set().union(*map(names_in, arguments))
    return set()
