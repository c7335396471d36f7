"""Conditions on write: what must be true of an account for a transaction to be recorded.

`if_version` is about the account before the transaction (optimistic concurrency: nobody has
touched it since I looked); `if_balance` about its balance afterwards. All of them are judged in
the commit, so nothing can come in between.
"""

import operator
from collections.abc import Callable
from enum import Enum

import msgspec

from partita.kernel.account import Side, Totals
from partita.kernel.balance import Balance, balance


class Field(Enum):
    """The figures of a balance that a condition can be about."""

    POSTED = "posted"
    PENDING_IN = "pending_in"
    PENDING_OUT = "pending_out"
    AVAILABLE = "available"


class Operator(Enum):
    """How a figure is compared with a bound."""

    AT_LEAST = "gte"
    AT_MOST = "lte"
    ABOVE = "gt"
    BELOW = "lt"
    EQUAL = "eq"


_COMPARE: dict[Operator, Callable[[int, int], bool]] = {
    Operator.AT_LEAST: operator.ge,
    Operator.AT_MOST: operator.le,
    Operator.ABOVE: operator.gt,
    Operator.BELOW: operator.lt,
    Operator.EQUAL: operator.eq,
}


class BalanceCondition(msgspec.Struct, frozen=True, gc=False):
    """One figure of the balance after the transaction, and the bound it must keep."""

    field: Field
    operator: Operator
    bound: int

    def holds(self, after: Balance) -> bool:
        """Whether a balance keeps it."""
        return _COMPARE[self.operator](self.figure(after), self.bound)

    def figure(self, after: Balance) -> int:
        """The figure that it is about."""
        figure: int = getattr(after, self.field.value)
        return figure


class Condition(msgspec.Struct, frozen=True, gc=False):
    """What must be true of the account of one posting, which `posting` names by its place from 0."""

    posting: int
    if_version: int | None = None
    if_balance: tuple[BalanceCondition, ...] = ()

    def broken(self, after: Totals, side: Side) -> BalanceCondition | None:
        """The first condition that the balance afterwards does not keep."""
        figures = balance(after, side)
        return next((each for each in self.if_balance if not each.holds(figures)), None)
