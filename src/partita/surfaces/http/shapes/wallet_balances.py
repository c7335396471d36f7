"""Balances of wallets on the wire, out of the view that trails: by customer, wallet and asset."""

from typing import Any, Literal

import msgspec

from partita.kernel.balance import Balance
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.shapes.fields import AssetCode, SignedAmount
from partita.surfaces.http.shapes.trailing import (
    Sequence,
    TrailingListQuery,
    TrailingListShape,
    TrailingQuery,
)
from partita.surfaces.http.shapes.wallets import CustomerId, WalletId
from partita.views.reading import wallets as reading


class WalletBalanceQuery(TrailingListQuery, frozen=True, kw_only=True):
    """Of a customer or of a wallet, in all assets or one; or the biggest of an asset."""

    customer: CustomerId | None = None
    wallet: WalletId | None = None
    asset: AssetCode | None = None

    @property
    def owner(self) -> reading.Owner:
        """Whose they are.

        Raises:
            Refusal: nothing is named, or both a customer and a wallet.
        """
        if self.customer is not None and self.wallet is not None:
            raise Refusal("invalid_request", "customer and wallet are two answers to one question.")
        if (self.customer, self.wallet, self.asset) == (None, None, None):
            raise Refusal("invalid_request", "Name a customer, a wallet or an asset.")
        return reading.Owner(self.customer, self.wallet, self.asset)


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    """What is held, in minor units."""

    asset: str
    scale: int
    posted: SignedAmount
    pending_in: SignedAmount
    pending_out: SignedAmount
    available: SignedAmount


class OwnedBalance(_Held, frozen=True, kw_only=True):
    """What a wallet holds of an asset. `customer_id` is null for a wallet of the house."""

    object: Literal["wallet_balance"] = "wallet_balance"
    account: str
    wallet_id: str
    customer_id: str | None
    wallet_kind: str
    wallet_status: str


class OwnedBalanceList(TrailingListShape, frozen=True, kw_only=True):
    """Of an owner by asset; else of one asset, the biggest first."""

    data: list[OwnedBalance]


class CustomerBalanceQuery(TrailingQuery, frozen=True, kw_only=True):
    """How fresh."""


class CustomerBalance(_Held, frozen=True, kw_only=True):
    """What a customer holds of an asset, over so many wallets, sub-wallets among them."""

    wallets: int


class CustomerBalances(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer holds over all wallets, by asset."""

    object: Literal["customer_balances"] = "customer_balances"
    customer_id: str
    data: list[CustomerBalance]
    as_of_sequence: Sequence


def owned_balance(found: reading.WalletBalance, scale: int) -> OwnedBalance:
    """The row as it goes out."""
    return OwnedBalance(
        account=found.account,
        wallet_id=found.wallet,
        customer_id=found.customer,
        wallet_kind=found.kind,
        wallet_status=found.status,
        asset=found.asset,
        scale=scale,
        **_figures(found.balance),
    )


def customer_balance(found: reading.CustomerBalance, scale: int) -> CustomerBalance:
    """The row as it goes out."""
    figures = _figures(found.balance)
    return CustomerBalance(wallets=found.wallets, asset=found.asset, scale=scale, **figures)


def _figures(found: Balance) -> dict[str, Any]:
    return {
        "posted": str(found.posted),
        "pending_in": str(found.pending_in),
        "pending_out": str(found.pending_out),
        "available": str(found.available),
    }
