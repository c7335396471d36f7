"""Statements: a stretch of a wallet's register, entry by entry, and what it sums up to.

A line is one transaction: what it did to the wallet, taken apart into what the payment was about
(gross) and what rules charged in it. The register has only the net; the charges are kept with the
payment, so gross is net less charges, and nothing can be lost between them.
"""

from collections.abc import Iterable
from enum import Enum

import msgspec

from partita.kernel.moment import Moment


class LineKind(Enum):
    """What moved money in a merchant's wallet."""

    SALE = "sale"
    REFUND = "refund"
    DISPUTE = "dispute"
    SETTLED = "settled"
    """What an earlier batch took out, to be paid and reserved."""
    RESERVE_RELEASED = "reserve_released"
    OTHER = "other"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction in the wallet; all sums signed, from the merchant's side."""

    at: Moment
    version: int
    transaction: str
    kind: LineKind
    payment: str | None
    gross: int
    fees: int
    taxes: int
    charges: int
    net: int
    balance: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch summed up: opening, what came and went by kind, and closing; signed sums.

    `fees`, `taxes` and `charges` (other rules) are what was charged within all lines.
    """

    opening: int = 0
    sales: int = 0
    refunds: int = 0
    disputes: int = 0
    fees: int = 0
    taxes: int = 0
    charges: int = 0
    settled: int = 0
    reserve_released: int = 0
    other: int = 0
    closing: int = 0
    lines: int = 0

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened but that an earlier batch took out what was payable."""
        return (
            self.lines == (1 if self.settled else 0) and self.opening + self.settled == self.closing
        )

    @property
    def ties(self) -> bool:
        """Whether opening and all that came and went is the closing."""
        moved = (
            self.sales + self.refunds + self.disputes + self.fees + self.taxes + self.charges
            + self.settled + self.reserve_released + self.other
        )  # fmt: skip
        return self.opening + moved == self.closing


_FIELD = {
    LineKind.SALE: "sales",
    LineKind.REFUND: "refunds",
    LineKind.DISPUTE: "disputes",
    LineKind.SETTLED: "settled",
    LineKind.RESERVE_RELEASED: "reserve_released",
    LineKind.OTHER: "other",
}


def figures_of(opening: int, lines: Iterable[Line]) -> Figures:
    """What lines sum up to; closing is what the register says, not what was added up."""
    sums = dict.fromkeys((*_FIELD.values(), "fees", "taxes", "charges"), 0)
    closing, count = opening, 0
    for line in lines:
        sums[_FIELD[line.kind]] += line.gross
        for name in ("fees", "taxes", "charges"):
            sums[name] += getattr(line, name)
        closing, count = line.balance, count + 1
    return Figures(opening=opening, closing=closing, lines=count, **sums)
