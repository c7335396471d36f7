"""The lines of float: how each class of the chart counts, and sums that must tie.

    customers = custody - in transit + awaiting + others - own + unclassified

This holds by double entry, whatever was posted; it is checked each time all the same.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

import msgspec

from partita.kernel.account import Side, Totals
from partita.kernel.balance import balance
from partita.modules.chart.roles import AccountClass


class FloatDoesNotTie(ArithmeticError):
    """Debits and credits of an asset differ: no journal that verifies leads here."""


class Group(Enum):
    """What a class is to customers' money."""

    CUSTOMERS = "customers"
    CUSTODY = "custody"
    IN_TRANSIT = "in_transit"
    AWAITING = "awaiting"
    OTHERS = "others"
    OWN = "own"
    UNCLASSIFIED = "unclassified"


class Bearing(NamedTuple):
    """How a class counts: in which group, and on which side its amounts are shown."""

    group: Group
    side: Side


_OWED = Bearing(Group.CUSTOMERS, Side.CREDIT)
_OWN = Bearing(Group.OWN, Side.CREDIT)
BEARINGS: Mapping[AccountClass, Bearing] = {
    AccountClass.CUSTOMER: _OWED,
    AccountClass.MERCHANT: _OWED,
    AccountClass.COMPANY: _OWED,
    AccountClass.LOYALTY: _OWED,
    AccountClass.ESCROW: _OWED,
    AccountClass.RESERVE: _OWED,
    AccountClass.SETTLEMENT: _OWED,
    AccountClass.CUSTODY: Bearing(Group.CUSTODY, Side.DEBIT),
    AccountClass.IN_TRANSIT: Bearing(Group.IN_TRANSIT, Side.CREDIT),
    AccountClass.AWAITING: Bearing(Group.AWAITING, Side.DEBIT),
    AccountClass.CLEARING: Bearing(Group.AWAITING, Side.DEBIT),
    AccountClass.INTERLEDGER: Bearing(Group.OTHERS, Side.DEBIT),
    AccountClass.SUSPENSE: Bearing(Group.OTHERS, Side.CREDIT),
    AccountClass.CLAIM: Bearing(Group.OTHERS, Side.DEBIT),
    AccountClass.PAYABLE: Bearing(Group.OTHERS, Side.CREDIT),
    AccountClass.TAX: Bearing(Group.OTHERS, Side.CREDIT),
    AccountClass.TREASURY: _OWN,
    AccountClass.FEE: _OWN,
    AccountClass.REWARD: _OWN,
    AccountClass.POSITION: _OWN,
    AccountClass.ROUNDING: _OWN,
    AccountClass.ADJUSTMENT: _OWN,
}
"""Every class; complete by test. Amounts stand on the side on which the class grows."""

UNCLASSIFIED = Bearing(Group.UNCLASSIFIED, Side.DEBIT)
OUTSIDE = "unclassified"
"""The name of the line of accounts that the chart does not foresee."""


class FloatLine(msgspec.Struct, frozen=True):
    """One class: how many accounts, and in minor units on `side` what is posted and available."""

    account_class: str
    group: Group
    side: Side
    accounts: int
    posted: int
    available: int

    @property
    def net(self) -> int:
        """Debits less credits."""
        return self.posted if self.side is Side.DEBIT else -self.posted


class FloatBlock(msgspec.Struct, frozen=True):
    """The float of one asset. Amounts are minor units.

    `customers` believe they hold so much, and may spend `customers_available` of it. `surplus` is
    what custody, less what has left and with what is awaited, has beyond that; a shortfall is below
    zero. It is explained by `own` funds, by `others` (owed to us less owed by us) and by what is
    `unclassified`. `difference` is what is left unexplained: always zero.
    """

    asset: str
    scale: int
    lines: tuple[FloatLine, ...]
    customers: int
    customers_available: int
    custody: int
    in_transit: int
    awaiting: int
    others: int
    own: int
    unclassified: int

    @property
    def surplus(self) -> int:
        """What there is for customers beyond what they hold."""
        return self.custody - self.in_transit + self.awaiting - self.customers

    @property
    def difference(self) -> int:
        """What no class explains."""
        return self.surplus + self.others + self.unclassified - self.own


class Tally:
    """Sums up the accounts of one asset, class by class."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._sums: dict[AccountClass | None, list[int]] = {}

    def add(self, account_class: AccountClass | None, totals: Totals) -> None:
        """Count one account in; None is a class that the chart does not know."""
        side = _bearing(account_class).side
        found = balance(totals, side)
        sums = self._sums.setdefault(account_class, [0, 0, 0])
        sums[0] += 1
        sums[1] += found.posted
        sums[2] += found.available

    def block(self, asset: str, scale: int) -> FloatBlock:
        """The float of the asset.

        Raises:
            FloatDoesNotTie: debits and credits differ.
        """
        lines = tuple(
            FloatLine(name, bearing.group, bearing.side, *self._sums[key])
            for key, name, bearing in _CLASSES
            if key in self._sums
        )
        block = FloatBlock(
            asset, scale, lines,
            customers=-_net(lines, Group.CUSTOMERS),
            customers_available=sum(
                line.available for line in lines if line.group is Group.CUSTOMERS
            ),
            custody=_net(lines, Group.CUSTODY),
            in_transit=-_net(lines, Group.IN_TRANSIT),
            awaiting=_net(lines, Group.AWAITING),
            others=_net(lines, Group.OTHERS),
            own=-_net(lines, Group.OWN),
            unclassified=_net(lines, Group.UNCLASSIFIED),
        )  # fmt: skip
        if block.difference:
            raise FloatDoesNotTie(f"debits and credits of {asset} differ by {block.difference}")
        return block


_CLASSES = (
    *((key, key.value, bearing) for key, bearing in BEARINGS.items()),
    (None, OUTSIDE, UNCLASSIFIED),
)


def _bearing(account_class: AccountClass | None) -> Bearing:
    return UNCLASSIFIED if account_class is None else BEARINGS[account_class]


def _net(lines: Iterable[FloatLine], group: Group) -> int:
    return sum(line.net for line in lines if line.group is group)
