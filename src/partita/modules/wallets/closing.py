"""Deciding on the end: a wallet with all below it, a customer with all wallets, an expired pot.

All of it is one commit: what is in them is swept into another wallet first, or there is nothing, and
then every account is closed for ever.
"""

from collections.abc import Generator, Iterable, Sequence
from typing import Any

import msgspec

from partita.engine.business import Desk, Look, Steps
from partita.kernel.account import Side
from partita.kernel.book import Standing
from partita.kernel.commands import CloseAccount, PostTransaction
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code, Rejection
from partita.modules.wallets import acts
from partita.modules.wallets.customer import CUSTOMER, read_customer
from partita.modules.wallets.keeping import (
    change_customer,
    change_wallet,
    customer_of,
    look_at,
    too_wide,
    wallet_of,
    with_changes,
)
from partita.modules.wallets.opening import use_asset
from partita.modules.wallets.wallet import WALLET, Wallet, read_wallet

Ending = Generator[Any, Any, Rejection | None]
MOST_POSTINGS_OF_A_SWEEP = 500


def close_wallet(desk: Desk, act: acts.CloseWallet) -> Steps:
    """Close a wallet and its sub-wallets."""
    wallet = wallet_of(desk, act.wallet, "close")
    if isinstance(wallet, Rejection):
        return wallet
    refused = yield from _forget(desk, wallet)
    if refused is None:
        refused = yield from _shut(desk, [wallet], act.sweep_to, act.reason, "closed")
    return refused


def close_customer(desk: Desk, act: acts.CloseCustomer) -> Steps:
    """Close a customer and all its wallets."""
    customer = customer_of(desk, act.customer, "close")
    if isinstance(customer, Rejection):
        return customer
    yield Look(resources=customer.wallets)
    wallets = [_known(desk, identifier) for identifier in customer.wallets]
    refused = yield from _shut(desk, wallets, act.sweep_to, act.reason, "closed")
    if refused is not None:
        return refused
    after = msgspec.structs.replace(customer, wallets=(), closed_at=desk.now, reason=act.reason)
    yield change_customer("closed", after)
    return None


def expire_subwallet(desk: Desk, act: acts.ExpireSubwallet) -> Steps:
    """Give what is in an expired sub-wallet back to its parent."""
    pot = wallet_of(desk, act.wallet, "close")
    if isinstance(pot, Rejection):
        return pot
    if pot.parent is None or pot.expires_at is None or pot.expires_at > desk.now:
        facts = {"status": pot.state.value, "allowed_actions": ",".join(pot.allowed_actions)}
        return Rejection(Code.INVALID_STATE, f"{pot.id} has not expired.", None, facts)
    yield Look(resources=[pot.parent])
    refused = yield from _forget(desk, pot)
    if refused is None:
        refused = yield from _shut(desk, [pot], pot.parent, act.reason or "expired", "expired")
    return refused


def _known(desk: Desk, identifier: str) -> Wallet:
    wallet = read_wallet(desk.matter(WALLET, identifier))
    assert wallet is not None, f"{identifier} is known to its owner"
    return wallet


def _forget(desk: Desk, wallet: Wallet) -> Ending:
    """Take a wallet off the list of its parent, or of its customer."""
    owner = wallet.parent or wallet.customer
    if owner is None:
        return None
    yield Look(resources=[owner])
    if wallet.parent is not None:
        parent = _known(desk, wallet.parent)
        left = with_changes(
            parent,
            pots=tuple(each for each in parent.pots if each != wallet.id),
            spend_order=tuple(each for each in parent.spend_order if each != wallet.id),
        )
        yield change_wallet("subwallet_closed", left, facts={"subwallet": wallet.id})
        return None
    customer = read_customer(desk.matter(CUSTOMER, owner))
    assert customer is not None, "a wallet's customer is there"
    others = tuple(each for each in customer.wallets if each != wallet.id)
    yield change_customer("wallet_closed", msgspec.structs.replace(customer, wallets=others))
    return None


def _shut(
    desk: Desk, wallets: Iterable[Wallet], sweep_to: str | None, reason: str | None, what: str
) -> Ending:
    """Sweep, close every account, and last the wallets themselves: sub-wallets before their parents."""
    every: list[Wallet] = []
    for wallet in wallets:
        yield look_at([wallet])
        pots = [_known(desk, pot) for pot in wallet.pots]
        yield look_at(pots)
        every += [*pots, wallet]
    refused = too_wide(every) or (yield from _empty(desk, every, sweep_to))
    if refused is not None:
        return refused
    for wallet in every:
        for path in wallet.accounts:
            yield CloseAccount(path, reason)
    for wallet in every:
        ended = with_changes(
            wallet, pots=(), spend_order=(), closed_at=desk.now, reason=reason
        )  # fmt: skip
        swept = {} if sweep_to is None else {"swept_to": sweep_to}
        yield change_wallet(what if wallet is every[-1] else "closed", ended, facts=swept)
    return None


def _empty(desk: Desk, wallets: list[Wallet], sweep_to: str | None) -> Ending:
    """Move everything there is to the wallet that it is swept to."""
    full = _contents(desk, wallets, may_hold=sweep_to is not None)
    if isinstance(full, Rejection) or not full or sweep_to is None:
        return full if isinstance(full, Rejection) else None
    target = wallet_of(desk, sweep_to)
    if isinstance(target, Rejection):
        return target
    if target.id in [wallet.id for wallet in wallets]:
        detail = f"{target.id} is closed with it: name another wallet to sweep it to."
        return Rejection(Code.WALLET_CLOSED, detail, "/sweep_to")
    for asset, parts in full.items():
        ready = yield from use_asset(desk, target, asset)
        if isinstance(ready, Rejection):
            return ready
        target = ready
        for start in range(0, len(parts), MOST_POSTINGS_OF_A_SWEEP):
            few = parts[start : start + MOST_POSTINGS_OF_A_SWEEP]
            yield _sweep(few, target.account(asset), asset)
    return None


def _contents(
    desk: Desk, wallets: list[Wallet], *, may_hold: bool
) -> dict[str, list[tuple[Wallet, int]]] | Rejection:
    """What wallets hold, by asset; or why it cannot be swept, or they are not empty."""
    full: dict[str, list[tuple[Wallet, int]]] = {}
    for wallet, asset in [(each, asset) for each in wallets for asset in each.assets]:
        standing = desk.account(wallet.account(asset))
        assert standing is not None, "a wallet's accounts were looked at"
        amount = _there(standing)
        if amount is None or amount < 0 or (amount and not may_hold):
            return _not_empty(wallet, asset, amount)
        if amount:
            full.setdefault(asset, []).append((wallet, amount))
    return full


def _there(standing: Standing) -> int | None:
    """What an account holds on its normal side; None if money is under way."""
    totals = standing.totals
    if totals.pending_debits or totals.pending_credits:
        return None
    amount = totals.posted_credits - totals.posted_debits
    return amount if standing.account.normal_side is Side.CREDIT else -amount


def _not_empty(wallet: Wallet, asset: str, amount: int | None) -> Rejection:
    how = "has money under way" if amount is None else f"holds {amount}"
    detail = f"{wallet.account(asset)} {how} {'in' if amount is None else 'of'} {asset}."
    facts = {"wallet": wallet.id, "asset": asset}
    if amount is not None:
        facts["amount"] = str(amount)
    return Rejection(Code.WALLET_NOT_EMPTY, detail, None, facts)


def _sweep(parts: Sequence[tuple[Wallet, int]], target: str, asset: str) -> PostTransaction:
    legs = [Posting(w.account(asset), Side.DEBIT, amount, asset) for w, amount in parts]
    whole = sum(amount for _wallet, amount in parts)
    return PostTransaction((*legs, Posting(target, Side.CREDIT, whole, asset)), type="sweep")
