"""Arithmetic: trees of amounts become functions over a row of values, exact and quick.

What is whole is an int; what may have a fraction is a pair of ints, numerator over a positive
denominator, never reduced: that is several times as fast as `Fraction`, and as exact.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

from partita.modules.templates.expression import (
    Called,
    Function,
    Joined,
    NameRead,
    Number,
    Operator,
    Tree,
)
from partita.modules.templates.typing import AmountType, type_of

Pair = tuple[int, int]
Row = Sequence[Any]
"""The values of one rendering, by slot."""
Whole = Callable[[Row], int]
Exact = Callable[[Row], Pair]
_LARGEST = 10**400


class Arithmetic:
    """Makes functions of trees, over names with a slot and a type each."""

    def __init__(self, slots: Mapping[str, int], types: Mapping[str, AmountType]) -> None:
        """Read names from these slots."""
        self._slots, self._types = slots, types

    def whole(self, tree: Tree) -> Whole:
        """The function of a tree whose type is whole; it gives an int."""
        assert type_of(tree, self._types).is_whole, "what is not whole is an exact pair"
        match tree:
            case Number(value):
                constant = value.numerator
                return lambda _row: constant
            case NameRead(name):
                slot = self._slots[name]
                return lambda row: row[slot]
            case Joined(operator, left, right):
                return _WHOLE[operator](self.whole(left), self.whole(right))
            case Called(function, arguments) if function.rounds:
                return self._rounded(function, arguments[0])
            case Called(function, arguments):
                return _chosen(function, [self.whole(each) for each in arguments])
            case _:
                assert_never(tree)

    def exact(self, tree: Tree) -> Exact:
        """The function of any tree; it gives a pair."""
        if type_of(tree, self._types).is_whole:
            inner = self.whole(tree)
            return lambda row: (inner(row), 1)
        match tree:
            case Number(value):
                constant = value.numerator, value.denominator
                return lambda _row: constant
            case NameRead(name):
                slot = self._slots[name]
                return lambda row: row[slot]
            case Joined(operator, left, right):
                return _EXACT[operator](self.exact(left), self.exact(right))
            case Called(function, arguments):
                return _chosen_exact(function, [self.exact(each) for each in arguments])
            case _:
                assert_never(tree)

    def _rounded(self, function: Function, argument: Tree) -> Whole:
        if type_of(argument, self._types).is_whole:
            return self.whole(argument)
        inner, rounded = self.exact(argument), ROUNDINGS[function]
        return lambda row: rounded(*inner(row))


def check_size(pair: Pair) -> Pair:
    """Return the pair if its figures are of a size that amounts lead to, else raise ValueError."""
    if not -_LARGEST < pair[0] < _LARGEST or pair[1] > _LARGEST:
        raise ValueError("the figure has more than 400 digits")
    return pair


def _ceiling(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _half_even(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return whole + (twice > denominator or (twice == denominator and whole % 2))


def _half_up(numerator: int, denominator: int) -> int:
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


ROUNDINGS: dict[Function, Callable[[int, int], int]] = {
    Function.FLOOR: int.__floordiv__,
    Function.CEILING: _ceiling,
    Function.HALF_EVEN: _half_even,
    Function.HALF_UP: _half_up,
}
"""Whole units of a fraction (numerator, positive denominator), by the way of rounding."""


def _chosen(function: Function, arguments: list[Whole]) -> Whole:
    choose = min if function is Function.MIN else max
    return lambda row: choose([each(row) for each in arguments])


def _chosen_exact(function: Function, arguments: list[Exact]) -> Exact:
    wants_more = function is Function.MAX

    def choose(row: Row) -> Pair:
        best = arguments[0](row)
        for each in arguments[1:]:
            other = each(row)
            is_more = other[0] * best[1] > best[0] * other[1]
            best = other if is_more is wants_more else best
        return best

    return choose


def _add(left: Whole, right: Whole) -> Whole:
    return lambda row: left(row) + right(row)


def _subtract(left: Whole, right: Whole) -> Whole:
    return lambda row: left(row) - right(row)


def _multiply(left: Whole, right: Whole) -> Whole:
    return lambda row: left(row) * right(row)


def _never_whole(_left: Whole, _right: Whole) -> Whole:
    raise AssertionError("a quotient is never of a whole type")


def _add_exact(left: Exact, right: Exact) -> Exact:
    def added(row: Row) -> Pair:
        (n, d), (m, e) = left(row), right(row)
        return n * e + m * d, d * e

    return added


def _subtract_exact(left: Exact, right: Exact) -> Exact:
    def subtracted(row: Row) -> Pair:
        (n, d), (m, e) = left(row), right(row)
        return n * e - m * d, d * e

    return subtracted


def _multiply_exact(left: Exact, right: Exact) -> Exact:
    def multiplied(row: Row) -> Pair:
        (n, d), (m, e) = left(row), right(row)
        return n * m, d * e

    return multiplied


def _divide_exact(left: Exact, right: Exact) -> Exact:
    def divided(row: Row) -> Pair:
        (n, d), (m, e) = left(row), right(row)
        if m == 0:
            raise ValueError("this divides by 0")
        return (n * e, d * m) if m > 0 else (-n * e, -d * m)

    return divided


_WHOLE: dict[Operator, Callable[[Whole, Whole], Whole]] = {
    Operator.ADD: _add,
    Operator.SUBTRACT: _subtract,
    Operator.MULTIPLY: _multiply,
    Operator.DIVIDE: _never_whole,
}
_EXACT: dict[Operator, Callable[[Exact, Exact], Exact]] = {
    Operator.ADD: _add_exact,
    Operator.SUBTRACT: _subtract_exact,
    Operator.MULTIPLY: _multiply_exact,
    Operator.DIVIDE: _divide_exact,
}
