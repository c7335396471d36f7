"""Types of amounts: whose units an expression counts, and whether it is surely whole.

A posting moves whole units of one asset. So euros are never added to dollars, amounts are not
multiplied with each other, and what might have a fraction must be rounded by name.
"""

from collections.abc import Mapping
from typing import assert_never

import msgspec

from partita.modules.templates.expression import (
    Called,
    Joined,
    NameRead,
    Number,
    Operator,
    Tree,
)

PLAIN, ANY = "", "*"
"""Units that are no asset: a plain number, and a constant that can count anything."""


class AmountType(msgspec.Struct, frozen=True):
    """`unit` is an asset's code, `{parameter}` for an asset that is an argument, PLAIN or ANY."""

    unit: str
    is_whole: bool

    @property
    def counts_an_asset(self) -> bool:
        """Whether it is an amount of some asset, rather than a number."""
        return self.unit not in (PLAIN, ANY)


def type_of(tree: Tree, names: Mapping[str, AmountType]) -> AmountType:
    """The type of an expression over names of known types.

    Raises:
        ValueError: an unknown name, or units that do not go together.
    """
    match tree:
        case Number(value):
            return AmountType(ANY, value.denominator == 1)
        case NameRead(name):
            if name not in names:
                raise ValueError(f"there is no amount, integer, rate or definition {name!r}")
            return names[name]
        case Joined(operator, left, right):
            return _joined(operator, type_of(left, names), type_of(right, names))
        case Called(function, arguments):
            return _called(function.rounds, [type_of(each, names) for each in arguments])
        case _:
            assert_never(tree)


def _joined(operator: Operator, left: AmountType, right: AmountType) -> AmountType:
    match operator:
        case Operator.ADD | Operator.SUBTRACT:
            return AmountType(_same(left, right), left.is_whole and right.is_whole)
        case Operator.MULTIPLY:
            return AmountType(_product(left, right), left.is_whole and right.is_whole)
        case Operator.DIVIDE:
            return AmountType(_quotient(left, right), is_whole=False)
        case _:
            assert_never(operator)


def _called(rounds: bool, arguments: list[AmountType]) -> AmountType:
    unit = arguments[0]
    for each in arguments[1:]:
        unit = AmountType(_same(unit, each), unit.is_whole and each.is_whole)
    return AmountType(unit.unit, rounds or unit.is_whole)


def _same(left: AmountType, right: AmountType) -> str:
    if left.unit == ANY:
        return right.unit
    if right.unit in (ANY, left.unit):
        return left.unit
    raise ValueError(f"{said(left)} and {said(right)} cannot be added, subtracted or compared")


def _product(left: AmountType, right: AmountType) -> str:
    if left.counts_an_asset and right.counts_an_asset:
        raise ValueError(f"{said(left)} and {said(right)} cannot be multiplied with each other")
    if left.counts_an_asset or right.unit == ANY:
        return left.unit
    return right.unit


def _quotient(left: AmountType, right: AmountType) -> str:
    if not right.counts_an_asset:
        return PLAIN if (left.unit, right.unit) == (ANY, PLAIN) else left.unit
    if left.unit == right.unit:
        return PLAIN
    raise ValueError(f"{said(left)} cannot be divided by {said(right)}")


def said(kind: AmountType) -> str:
    """A unit in words."""
    return {PLAIN: "a plain number", ANY: "a constant"}.get(kind.unit, f"an amount of {kind.unit}")
