"""Drawing: one sum out of several sources, in a declared order, points turned into money on the way.

Pure arithmetic, for whoever pays from more than one place:

>>> points = Source("points:PTS", "PTS", 250, points=100, worth=1)
>>> cash = Source("cash:EUR", "EUR", 1_000)
>>> [(drawn.account, drawn.amount, drawn.worth) for drawn in draw([points, cash], 500)]
[('points:PTS', 200, 2), ('cash:EUR', 498, 498)]
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec


class Source(NamedTuple):
    """An account to draw on, and what may be drawn of it, in its own units.

    So many `points` of it are worth so many units (`worth`) of what is wanted; money is 1 to 1.
    """

    account: str
    asset: str
    available: int
    points: int = 1
    worth: int = 1

    def worth_of(self, amount: int) -> int:
        """What an amount of this source is worth; a part of a unit is worth nothing."""
        return amount * self.worth // self.points

    def amount_for(self, wanted: int) -> int:
        """The least of it that is worth as much as can be had, without going beyond `wanted`."""
        # The most that is not worth more than wanted, then the least that is worth the same.
        most = min(self.available, ((wanted + 1) * self.points - 1) // self.worth)
        return -(-self.worth_of(most) * self.points // self.worth)


class Drawn(msgspec.Struct, frozen=True):
    """What is drawn of one source: `amount` in its own units, `worth` in what is wanted."""

    account: str
    asset: str
    amount: int
    worth: int


def draw(order: Iterable[Source], wanted: int) -> list[Drawn]:
    """What is taken from each source in turn, as far as they go; what falls short is not drawn.

    The sum of `worth` is never above `wanted`; where it is below, there was no more to be had.
    """
    assert wanted >= 0, "a sum is wanted"
    drawn: list[Drawn] = []
    for source in order:
        amount = source.amount_for(wanted)
        worth = source.worth_of(amount)
        if worth > 0:
            drawn.append(Drawn(source.account, source.asset, amount, worth))
            wanted -= worth
    return drawn
