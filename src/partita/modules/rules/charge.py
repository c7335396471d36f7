"""Charges: a percentage and a fixed part, within bounds, in whole units and rounded by name.

    charge = min(cap, max(min, fixed + rounded(amount × percentage)))

All of it is integers: a percentage is a numerator over a power of ten, and never a float.
"""

from typing import NamedTuple

from partita.kernel.amount import LARGEST
from partita.modules.rules.errors import RuleFailed
from partita.modules.templates.arithmetic import ROUNDINGS, Pair
from partita.modules.templates.expression import Function

NOTHING: Pair = (0, 1)


class Charge(NamedTuple):
    """How much is charged of an amount; `least` and `most` bound what comes out."""

    rate: Pair = NOTHING
    fixed: int = 0
    least: int = 0
    most: int | None = None
    rounding: Function = Function.HALF_EVEN

    def on(self, amount: int) -> int:
        """The charge on top of an amount.

        >>> Charge((15, 1000), fixed=30, most=500).on(10_000)
        180
        >>> Charge((15, 1000), fixed=30, most=500).on(1_000_000)
        500

        Raises:
            RuleFailed: it has more digits than an amount can have.
        """
        numerator, denominator = self.rate
        return self._bounded(amount * numerator, denominator)

    def within(self, amount: int) -> int:
        """The charge that an amount contains already, as a price contains its tax.

        >>> Charge((81, 1000)).within(10_810)
        810

        Raises:
            RuleFailed: it has more digits than an amount can have.
        """
        numerator, denominator = self.rate
        return self._bounded(amount * numerator, denominator + numerator)

    def _bounded(self, numerator: int, denominator: int) -> int:
        exact = self.fixed + ROUNDINGS[self.rounding](numerator, denominator)
        charged = max(exact, self.least)
        charged = charged if self.most is None else min(charged, self.most)
        if charged > LARGEST:
            raise RuleFailed("the charge has over 38 digits")
        assert charged >= 0, "rates, fixed parts and bounds are never below 0"
        return charged
