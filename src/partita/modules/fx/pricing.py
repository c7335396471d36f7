"""Pricing: what a customer pays and gets, and what each unit of both sides becomes. No state, no books.

    source amount = fee + position (source) + rounding (source)
    position (target) = target amount + spread + rounding (target)

Both lines hold in whole units, always. The position moves at the provider's own rate, to the nearest
unit; the customer's side is rounded as the rule says, and what lies between goes to the rounding
account, as a posting of its own.
"""

from enum import Enum
from fractions import Fraction

import msgspec

from partita.kernel.amount import LARGEST
from partita.kernel.asset import Asset

BASIS_POINTS = 10_000
"""A spread is so many ten-thousandths of what the customer would get without it."""


class FixedSide(Enum):
    """Which amount the customer named; the other one follows from the rate."""

    SOURCE = "source"
    TARGET = "target"


class RoundingRule(Enum):
    """How the customer's side comes to whole units."""

    HALF_EVEN = "half_even"
    """To the nearest, ties to even: in nobody's favour."""
    FLOOR = "floor"
    """The customer gets less, or pays more, by less than a unit: the rounding account's favour."""


class Unpriceable(ValueError):
    """Nothing sensible can be exchanged so; the message says why."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be priced. `amount` is in minor units of the side that is fixed.

    `rate` is the provider's, in whole units of target for one of source. `fee` is in minor units of
    the source; if the source is fixed it is taken out of it, else added.
    """

    source: Asset
    target: Asset
    side: FixedSide
    amount: int
    rate: Fraction
    spread_bps: int = 0
    fee: int = 0
    rule: RoundingRule = RoundingRule.HALF_EVEN

    def check(self) -> None:
        """Refuse what makes no exchange.

        Raises:
            Unpriceable: as it says.
        """
        wrong = (
            (self.source.code == self.target.code, "an asset cannot be exchanged for itself"),
            (not 0 < self.amount <= LARGEST, "the amount is outside 1 to 38 digits"),
            (self.rate <= 0, "a rate is above zero"),
            (not 0 <= self.spread_bps < BASIS_POINTS, "a spread is 0 to 9,999 basis points"),
            (self.fee < 0, "a fee is not below zero"),
        )
        for holds, problem in wrong:
            if holds:
                raise Unpriceable(problem)


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """Where every unit goes, in minor units: the first four of the source, the rest of the target.

    `source_rounding` is never below zero. `target_rounding` is what the rounding account gets;
    rounding half to even, it may also have to give one unit.
    """

    source_amount: int
    fee: int
    position_in: int
    source_rounding: int
    position_out: int
    target_amount: int
    spread: int
    target_rounding: int

    def check(self) -> "Price":
        """Itself, if every unit of both sides is accounted for and the customer gets something.

        Raises:
            Unpriceable: so little is exchanged that one side is nothing.
        """
        ins = self.fee + self.position_in + self.source_rounding
        outs = self.target_amount + self.spread + self.target_rounding
        assert self.source_amount == ins, "the source's units are all accounted for"
        assert self.position_out == outs, "the target's units are all accounted for"
        if min(self.position_in, self.position_out, self.target_amount) <= 0:
            raise Unpriceable("at this rate the amount is worth less than one unit")
        if max(self.source_amount, self.position_out) > LARGEST:
            raise Unpriceable("at this rate the amount leads to more than 38 digits")
        return self


def price(wanted: Wanted) -> Price:
    """What becomes of each unit.

    >>> from partita.kernel.asset import BUILT_IN
    >>> found = price(
    ...     Wanted(
    ...         source=BUILT_IN["EUR"],
    ...         target=BUILT_IN["USD"],
    ...         rate=Fraction("1.0389"),
    ...         side=FixedSide.SOURCE,
    ...         amount=10_000,
    ...         spread_bps=50,
    ...     )
    ... )
    >>> found.position_out, found.target_amount, found.spread, found.target_rounding
    (10389, 10337, 52, 0)

    Raises:
        Unpriceable: nothing sensible can be exchanged so.
    """
    wanted.check()
    made = _of_source(wanted) if wanted.side is FixedSide.SOURCE else _of_target(wanted)
    return made.check()


def minor_rate(rate: Fraction, source: Asset, target: Asset) -> Fraction:
    """Minor units of the target for one minor unit of the source."""
    return rate * Fraction(10) ** (target.scale - source.scale)


def _of_source(wanted: Wanted) -> Price:
    exchanged = wanted.amount - wanted.fee
    if exchanged <= 0:
        raise Unpriceable("the fee leaves nothing to exchange")
    worth = exchanged * minor_rate(wanted.rate, wanted.source, wanted.target)
    spread = worth * Fraction(wanted.spread_bps, BASIS_POINTS)
    target, kept, out = _whole(worth - spread, wanted), _whole(spread, wanted), round(worth)
    return Price(
        source_amount=wanted.amount,
        fee=wanted.fee,
        position_in=exchanged,
        source_rounding=0,
        position_out=out,
        target_amount=target,
        spread=kept,
        target_rounding=out - target - kept,
    )


def _of_target(wanted: Wanted) -> Price:
    worth = wanted.amount * Fraction(BASIS_POINTS, BASIS_POINTS - wanted.spread_bps)
    exact = worth / minor_rate(wanted.rate, wanted.source, wanted.target)
    position, out = round(exact), round(worth)
    # Rounded in the rounding account's favour, the customer pays the next whole unit.
    paid = -(-exact // 1) if wanted.rule is RoundingRule.FLOOR else position
    kept = _whole(worth - wanted.amount, wanted)
    return Price(
        source_amount=paid + wanted.fee,
        fee=wanted.fee,
        position_in=position,
        source_rounding=paid - position,
        position_out=out,
        target_amount=wanted.amount,
        spread=kept,
        target_rounding=out - wanted.amount - kept,
    )


def _whole(exact: Fraction, wanted: Wanted) -> int:
    """Whole units of something positive, by the rule."""
    return round(exact) if wanted.rule is RoundingRule.HALF_EVEN else int(exact)
