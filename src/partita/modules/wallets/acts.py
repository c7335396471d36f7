"""What can be asked of customers and wallets: business commands, decided beside this file."""

from typing import ClassVar

import msgspec

from partita.engine.wanting import Act, Named
from partita.kernel.account import FreezeFlow
from partita.kernel.matters import matter_name
from partita.kernel.moment import Moment
from partita.modules.wallets.customer import CustomerKind
from partita.modules.wallets.wallet import WALLET, Purpose, WalletKind


class CreateCustomer(Act, frozen=True, kw_only=True, tag="customer.create"):
    """Make a customer: a token, about whom nothing personal is kept."""

    operation: ClassVar[str] = "customers"

    kind: CustomerKind
    tier: str | None = None
    external_id: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)


class _OfCustomer(Act, frozen=True, kw_only=True):
    """Something is done to one customer; its wallets come with it."""

    customer: str
    reason: str | None = None

    def names(self, named: Named) -> None:
        """Note the customer."""
        named.resources[self.customer] = None


class FreezeCustomer(_OfCustomer, frozen=True, kw_only=True, tag="customer.freeze"):
    """Freeze all wallets of a customer; by default nothing goes out, and money still comes in."""

    operation: ClassVar[str] = "customers/freeze"

    flow: FreezeFlow = FreezeFlow.OUT


class UnfreezeCustomer(_OfCustomer, frozen=True, kw_only=True, tag="customer.unfreeze"):
    """Lift a customer's freeze; what its wallets are frozen for by themselves stays."""

    operation: ClassVar[str] = "customers/unfreeze"


class CloseCustomer(_OfCustomer, frozen=True, kw_only=True, tag="customer.close"):
    """Close a customer with all its wallets, which are empty, or are swept into another wallet."""

    operation: ClassVar[str] = "customers/close"

    sweep_to: str | None = None

    def names(self, named: Named) -> None:
        """Note the customer, and where its money goes."""
        named.resources[self.customer] = None
        if self.sweep_to is not None:
            named.resources[self.sweep_to] = None


class CreateWallet(Act, frozen=True, kw_only=True, tag="wallet.create"):
    """Make a wallet of a customer (or of the house), with an account for each of these assets."""

    operation: ClassVar[str] = "wallets"

    kind: WalletKind
    assets: tuple[str, ...]
    customer: str | None = None
    name: str | None = None
    external_id: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    def names(self, named: Named) -> None:
        """Note the customer, the name and the assets."""
        if self.customer is not None:
            named.resources[self.customer] = None
        if self.name is not None:
            named.titles[matter_name(WALLET, title_of(self.customer, self.name) or "")] = None
        named.assets.update(dict.fromkeys(self.assets))


class _OfWallet(Act, frozen=True, kw_only=True):
    """Something is done to one wallet; its accounts and sub-wallets come with it."""

    wallet: str
    reason: str | None = None

    def names(self, named: Named) -> None:
        """Note the wallet."""
        named.resources[self.wallet] = None


class CreateSubwallet(Act, frozen=True, kw_only=True, tag="subwallet.create"):
    """Make a sub-wallet (a pot) below a wallet.

    `priority` is its place in the parent's spend order, 0 being the first; without one it is never
    drawn on by itself. At `expires_at` what is in it goes back to its parent, and it is closed.
    """

    operation: ClassVar[str] = "wallets/subwallets"

    wallet: str
    purpose: Purpose
    assets: tuple[str, ...] = ()
    kind: WalletKind | None = None
    name: str | None = None
    priority: int | None = None
    expires_at: Moment | None = None
    external_id: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    def names(self, named: Named) -> None:
        """Note the parent, the name and the assets."""
        named.resources[self.wallet] = None
        if self.name is not None:
            named.titles[matter_name(WALLET, title_of(self.wallet, self.name) or "")] = None
        named.assets.update(dict.fromkeys(self.assets))


class AddAsset(_OfWallet, frozen=True, kw_only=True, tag="wallet.add_asset"):
    """Let a wallet hold one more asset."""

    operation: ClassVar[str] = "wallets/assets"

    asset: str

    def names(self, named: Named) -> None:
        """Note the wallet and the asset."""
        named.resources[self.wallet] = None
        named.assets[self.asset] = None


class SetSpendOrder(_OfWallet, frozen=True, kw_only=True, tag="wallet.order"):
    """Say which of a wallet and its sub-wallets are drawn on, in turn, by their ids."""

    operation: ClassVar[str] = "wallets/spend_order"

    order: tuple[str, ...]


class FreezeWallet(_OfWallet, frozen=True, kw_only=True, tag="wallet.freeze"):
    """Stop what goes into a wallet and its sub-wallets, what goes out, or both; needs a reason."""

    operation: ClassVar[str] = "wallets/freeze"

    flow: FreezeFlow = FreezeFlow.BOTH


class UnfreezeWallet(_OfWallet, frozen=True, kw_only=True, tag="wallet.unfreeze"):
    """Lift a wallet's own freeze."""

    operation: ClassVar[str] = "wallets/unfreeze"


class LockWallet(_OfWallet, frozen=True, kw_only=True, tag="wallet.lock"):
    """Let nothing at all be done with a wallet until it is unlocked; needs a reason."""

    operation: ClassVar[str] = "wallets/lock"


class UnlockWallet(_OfWallet, frozen=True, kw_only=True, tag="wallet.unlock"):
    """Lift a wallet's lock; a freeze that lay under it holds again."""

    operation: ClassVar[str] = "wallets/unlock"


class CloseWallet(_OfWallet, frozen=True, kw_only=True, tag="wallet.close"):
    """Close a wallet and all below it: they are empty, or are swept into another wallet."""

    operation: ClassVar[str] = "wallets/close"

    sweep_to: str | None = None

    def names(self, named: Named) -> None:
        """Note the wallet, and where its money goes."""
        named.resources[self.wallet] = None
        if self.sweep_to is not None:
            named.resources[self.sweep_to] = None


class ExpireSubwallet(_OfWallet, frozen=True, kw_only=True, tag="subwallet.expire"):
    """The moment of a sub-wallet has come: what is in it goes to its parent, and it is closed."""

    operation: ClassVar[str] = "wallets/expire"


def title_of(owner: str | None, name: str | None) -> str | None:
    """What a wallet is found by: its owner (a customer, or the wallet above it) and its name."""
    return None if name is None else f"{owner or 'house'}/{name}"
