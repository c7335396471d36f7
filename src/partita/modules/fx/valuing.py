"""Valuing: what an open position cost in the base asset, and what a trade in it gained, at average cost.

A position is signed: above zero the house owns the asset, below zero it owes it. What is bought adds
to the cost; what is sold takes its share of the cost along, rounded half to even once, and what was
paid beyond that share is the gain. Nothing is lost on the way: after every trade

    cost after = cost before + paid + gained
"""

from fractions import Fraction

import msgspec


class Holding(msgspec.Struct, frozen=True):
    """An open position: how much of an asset, and what that cost, in minor units of each.

    Both have the same sign, unless a trade was taken back after others had been reckoned by it.
    """

    quantity: int = 0
    cost: int = 0


class Trade(msgspec.Struct, frozen=True):
    """So much was bought for so much; what was sold has both below zero."""

    quantity: int
    paid: int


class Result(msgspec.Struct, frozen=True):
    """What a trade left, and what it gained (lost, below zero) in the base asset."""

    after: Holding
    gained: int


def traded(before: Holding, trade: Trade) -> Result:
    """The position after a trade.

    >>> traded(Holding(100, 96), Trade(-50, -49))
    Result(after=Holding(quantity=50, cost=48), gained=1)
    """
    released, bought = _released(before, trade)
    gained = bought - trade.paid - released
    after = Holding(before.quantity + trade.quantity, before.cost - released + bought)
    assert after.cost == before.cost + trade.paid + gained, "nothing of the cost gets lost"
    assert after.quantity or not after.cost, "a closed position costs nothing"
    return Result(after, gained)


def _released(before: Holding, trade: Trade) -> tuple[int, int]:
    """How much of the cost leaves with the trade, and what of its price becomes new cost."""
    if before.quantity == 0:
        # What a late reversal left behind on a closed position is settled by the next trade.
        return before.cost, trade.paid
    if (before.quantity > 0) == (trade.quantity > 0):
        return 0, trade.paid
    if abs(trade.quantity) <= abs(before.quantity):
        return round(Fraction(before.cost * -trade.quantity, before.quantity)), 0
    # Beyond zero: the old position closes, and a new one opens on the other side.
    opened = before.quantity + trade.quantity
    return before.cost, round(Fraction(trade.paid * opened, trade.quantity))


def unrealised(holding: Holding, worth: int) -> int:
    """What a position would gain if it were closed at what it is worth now."""
    return worth - holding.cost
