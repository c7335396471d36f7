"""What can be asked about loyalty: a program, a grant, a payment out of several sources, an end."""

from typing import ClassVar

import msgspec

from partita.engine.wanting import Act, Named
from partita.kernel.matters import matter_name
from partita.kernel.moment import Moment
from partita.modules.loyalty.lots import POINTS, purse_title
from partita.modules.loyalty.program import PROGRAM
from partita.modules.wallets.wallet import WALLET_PREFIX


class SetProgram(Act, frozen=True, kw_only=True, tag="program.set"):
    """Say what the points of an asset are worth, from now on; an asset has one program."""

    operation: ClassVar[str] = "loyalty_programs"

    asset: str
    money: str
    points: int = 1
    worth: int = 1
    expires_after_days: int | None = None
    reason: str | None = None

    def names(self, named: Named) -> None:
        """Note the program and its assets."""
        named.titles[matter_name(PROGRAM, self.asset)] = None
        named.assets[self.asset] = named.assets[self.money] = None


class Grant(Act, frozen=True, kw_only=True, tag="points.grant"):
    """Give points or a voucher to a loyalty wallet; they end at `expires_at`, or as their program says."""

    operation: ClassVar[str] = "wallets/grants"

    wallet: str
    asset: str
    amount: int
    expires_at: Moment | None = None
    reason: str | None = None
    external_id: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    def names(self, named: Named) -> None:
        """Note the wallet, its purse and the program."""
        named.resources[self.wallet] = named.assets[self.asset] = None
        named.titles[matter_name(POINTS, purse_title(self.wallet, self.asset))] = None
        named.titles[matter_name(PROGRAM, self.asset)] = None


class Spend(Act, frozen=True, kw_only=True, tag="spending.make"):
    """Pay one sum out of a wallet and what is below it: cash, pots, points, vouchers, in order.

    `order` are ids of the wallet and its sub-wallets; without one, the wallet's own spend order.
    `destination` is a wallet's id or an account's path.
    """

    operation: ClassVar[str] = "wallets/spend"

    wallet: str
    destination: str
    asset: str
    amount: int
    order: tuple[str, ...] = ()
    external_id: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    def names(self, named: Named) -> None:
        """Note who pays, and who is paid."""
        named.resources.update(dict.fromkeys((self.wallet, *self.order)))
        is_wallet = self.destination.startswith(WALLET_PREFIX)
        (named.resources if is_wallet else named.accounts)[self.destination] = None


class ExpirePoints(Act, frozen=True, kw_only=True, tag="points.expire"):
    """Points have come to their end: those not spent go to the issuer, as breakage."""

    operation: ClassVar[str] = "points/expire"

    purse: str

    def names(self, named: Named) -> None:
        """Note the purse."""
        named.resources[self.purse] = None
