"""Deciding on what begins: customers, wallets, sub-wallets, one more asset in a wallet."""

from collections.abc import Generator
from typing import Any

import msgspec

from partita.engine.business import Desk, Look, Opener, Steps
from partita.kernel.commands import FreezeAccount, OpenAccount
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.errors import RoleNotInChart
from partita.modules.chart.in_force import chart_of
from partita.modules.wallets import acts
from partita.modules.wallets.customer import CUSTOMER_PREFIX, MOST_WALLETS, Customer
from partita.modules.wallets.keeping import (
    change_customer,
    change_wallet,
    customer_of,
    wallet_of,
    with_changes,
)
from partita.modules.wallets.wallet import (
    HOUSE,
    MOST_ASSETS,
    MOST_POTS,
    WALLET_PREFIX,
    Wallet,
    WalletKind,
)


def create_customer(desk: Desk, act: acts.CreateCustomer) -> Steps:
    """A new customer, without wallets."""
    customer = Customer(
        id=desk.identity(CUSTOMER_PREFIX), kind=act.kind, tier=act.tier, created_at=desk.now,
        metadata=act.metadata,
    )  # fmt: skip
    yield change_customer("created", customer, is_new=True, external_id=act.external_id)
    return None


def create_wallet(desk: Desk, act: acts.CreateWallet) -> Steps:
    """A new wallet, and its customer's list of them."""
    customer, inherited = None, None
    if act.customer is not None:
        found = customer_of(desk, act.customer, "add_wallet")
        if isinstance(found, Rejection):
            return found
        if len(found.wallets) >= MOST_WALLETS:
            return _too_many(f"{found.id} has {MOST_WALLETS} wallets already")
        customer, inherited = found, found.stopped
    base = _base(desk, act.kind, act.customer)
    if isinstance(base, Rejection):
        return base
    identifier, path = base
    bare = Wallet(
        id=identifier, kind=act.kind, base=path, customer=act.customer, name=act.name,
        inherited=inherited, spend_order=(identifier,), created_at=desk.now, metadata=act.metadata,
    )  # fmt: skip
    wallet = yield from _open_accounts(desk, bare, act.assets)
    if isinstance(wallet, Rejection):
        return wallet
    if customer is not None:
        more = (*customer.wallets, wallet.id)
        yield change_customer("wallet_added", msgspec.structs.replace(customer, wallets=more))
    yield change_wallet("created", wallet, is_new=True, external_id=act.external_id)
    return None


def create_subwallet(desk: Desk, act: acts.CreateSubwallet) -> Steps:
    """A new wallet below another, in whose spend order it gets its place."""
    parent = wallet_of(desk, act.wallet, "add_subwallet")
    if isinstance(parent, Rejection):
        return parent
    if (wrong := _misplaced(desk, parent, act)) is not None:
        return wrong
    kind = act.kind or parent.kind
    base = _base(desk, kind, parent.customer)
    if isinstance(base, Rejection):
        return base
    identifier, path = base
    pot = Wallet(
        id=identifier, kind=kind, base=path, customer=parent.customer, name=act.name,
        inherited=parent.flow, parent=parent.id, purpose=act.purpose, spend_order=(identifier,),
        expires_at=act.expires_at, created_at=desk.now, metadata=act.metadata,
    )  # fmt: skip
    made = yield from _open_accounts(desk, pot, act.assets or parent.assets)
    if isinstance(made, Rejection):
        return made
    order = list(parent.spend_order)
    if act.priority is not None:
        order.insert(act.priority, made.id)
    above = with_changes(parent, pots=(*parent.pots, made.id), spend_order=tuple(order))
    yield change_wallet("subwallet_added", above, facts={"subwallet": made.id})
    yield change_wallet("created", made, is_new=True, external_id=act.external_id)
    return None


def _misplaced(desk: Desk, parent: Wallet, act: acts.CreateSubwallet) -> Rejection | None:
    if len(parent.pots) >= MOST_POTS:
        return _too_many(f"{parent.id} has {MOST_POTS} sub-wallets already")
    if act.expires_at is not None and act.expires_at <= desk.now:
        detail = f"It would expire at {act.expires_at.text()}, which is past."
        return Rejection(Code.INVALID_EXPIRY, detail, "/expires_at")
    return None


def add_asset(desk: Desk, act: acts.AddAsset) -> Steps:
    """One more asset, whose account is frozen as the wallet is."""
    wallet = wallet_of(desk, act.wallet, "add_asset")
    if isinstance(wallet, Rejection):
        return wallet
    if act.asset in wallet.assets:
        detail = f"{wallet.id} holds {act.asset} already."
        return Rejection(Code.PATH_TAKEN, detail, "/asset")
    after = yield from _open_accounts(desk, wallet, (act.asset,))
    if isinstance(after, Rejection):
        return after
    yield change_wallet("asset_added", after, facts={"asset": act.asset})
    return None


def set_spend_order(desk: Desk, act: acts.SetSpendOrder) -> Steps:
    """Which of a wallet and its sub-wallets are drawn on, in turn."""
    wallet = wallet_of(desk, act.wallet, "order")
    if isinstance(wallet, Rejection):
        return wallet
    strangers = [each for each in act.order if each not in (wallet.id, *wallet.pots)]
    if strangers:
        detail = f"{strangers[0]} is neither {wallet.id} nor a sub-wallet of it."
        return Rejection(Code.WALLET_NOT_FOUND, detail, "/order")
    once = tuple(dict.fromkeys(act.order))
    yield change_wallet("order_set", with_changes(wallet, spend_order=once))
    return None


def use_asset(desk: Desk, wallet: Wallet, asset: str) -> Generator[Any, Any, Wallet | Rejection]:
    """The wallet as ready to hold an asset: at its first use the account opens, and is noted.

    For deciders of other modules, before they post to `wallet.account(asset)`:

        wallet = yield from use_asset(desk, wallet, "EUR")

    No account of a wallet opens by itself, since one that its wallet does not know of would be open
    when the wallet is frozen.
    """
    if asset in wallet.assets:
        return wallet
    if "add_asset" not in wallet.allowed_actions:
        code = Code.WALLET_CLOSED if wallet.closed_at is not None else Code.ASSET_NOT_IN_WALLET
        return Rejection(code, f"{wallet.id} is {wallet.state.value} and does not hold {asset}.")
    after = yield from _open_accounts(desk, wallet, (asset,))
    if not isinstance(after, Rejection):
        yield change_wallet("asset_added", after, facts={"asset": asset})
    return after


def sparing_wallets(opener: Opener) -> Opener:
    """The same opener, but for accounts of wallets: those are opened by their wallets alone."""

    def opens(desk: Desk, path: str, is_business: bool) -> OpenAccount | None:
        return None if f":{WALLET_PREFIX}" in path else opener(desk, path, is_business)

    return opens


def _base(desk: Desk, kind: WalletKind, customer: str | None) -> tuple[str, str] | Rejection:
    """A new wallet's id, and where the chart puts its accounts."""
    identifier = desk.identity(WALLET_PREFIX)
    try:
        place = chart_of(desk).place(kind.role, customer=customer or HOUSE, wallet=identifier)
    except RoleNotInChart as error:
        return Rejection(Code.ACCOUNT_OUTSIDE_CHART, str(error), "/kind")
    return identifier, place


def _open_accounts(
    desk: Desk, wallet: Wallet, assets: tuple[str, ...]
) -> Generator[Any, Any, Wallet | Rejection]:
    """The wallet with these assets too, their accounts open and frozen as the wallet is."""
    new = tuple(asset for asset in dict.fromkeys(assets) if asset not in wallet.assets)
    if len(wallet.assets) + len(new) > MOST_ASSETS:
        return _too_many(f"a wallet has at most {MOST_ASSETS} assets")
    for asset in new:
        if (unknown := _unknown(desk, asset)) is not None:
            return unknown
        path = wallet.account(asset)
        yield Look(accounts=[path])
        if (
            desk.account(path) is None
        ):  # else it was opened by hand, and is the wallet's from now on
            opening = _opening(desk, path)
            if isinstance(opening, Rejection):
                return opening
            yield opening
        if wallet.flow is not None:
            yield FreezeAccount(path, wallet.reason, wallet.flow)
    return with_changes(wallet, assets=wallet.assets + new)


def _unknown(desk: Desk, asset: str) -> Rejection | None:
    if desk.asset(asset) is not None:
        return None
    detail = f"There is no asset {asset!r} in this ledger."
    return Rejection(Code.ASSET_NOT_FOUND, detail, "/assets")


def _opening(desk: Desk, path: str) -> OpenAccount | Rejection:
    match = chart_of(desk).match(path)
    opening = None if match is None else match.account()
    if opening is None:
        detail = f"The chart in force has no pattern for {path}."
        return Rejection(Code.ACCOUNT_OUTSIDE_CHART, detail)
    return opening


def _too_many(detail: str) -> Rejection:
    return Rejection(Code.LIMIT_EXCEEDED, f"{detail[0].upper()}{detail[1:]}.")
