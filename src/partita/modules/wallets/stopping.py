"""Deciding on what stops money: freezes and locks of wallets, freezes of customers, and their end.

A wallet's kernel accounts are frozen in the same commit, and so are those of its sub-wallets; a
payment is before it in the journal, or is refused. What was frozen at an account itself, by hand,
is not lifted here: an account that stands otherwise than its wallet left it keeps its freeze.
"""

from collections.abc import Generator, Iterator
from typing import Any

import msgspec

from partita.engine.business import Desk, Look, Steps
from partita.kernel.account import FreezeFlow, both_flows
from partita.kernel.commands import Command, FreezeAccount, UnfreezeAccount
from partita.kernel.rejections import Code, Rejection
from partita.modules.wallets import acts
from partita.modules.wallets.customer import Customer
from partita.modules.wallets.keeping import (
    change_customer,
    change_wallet,
    customer_of,
    look_at,
    reason_missing,
    too_wide,
    wallet_of,
    with_changes,
)
from partita.modules.wallets.wallet import WALLET, Wallet, read_wallet


def freeze(desk: Desk, act: acts.FreezeWallet) -> Steps:
    """Stop more than was stopped before."""
    wallet = wallet_of(desk, act.wallet, "freeze")
    if isinstance(wallet, Rejection):
        return wallet
    if (missing := reason_missing(act.reason)) is not None:
        return missing
    stopped = both_flows(wallet.stopped, act.flow)
    if stopped is wallet.stopped:
        return _stops_already(wallet.id, wallet.state.value, stopped, wallet.allowed_actions)
    after = with_changes(wallet, stopped=stopped, reason=act.reason)
    return (yield from _restop(desk, wallet, after, "frozen"))


def unfreeze(desk: Desk, act: acts.UnfreezeWallet) -> Steps:
    """Lift a wallet's own freeze."""
    wallet = wallet_of(desk, act.wallet, "unfreeze")
    if isinstance(wallet, Rejection):
        return wallet
    after = with_changes(wallet, stopped=None, reason=act.reason)
    return (yield from _restop(desk, wallet, after, "unfrozen"))


def lock(desk: Desk, act: acts.LockWallet) -> Steps:
    """Let nothing be done until it is unlocked."""
    wallet = wallet_of(desk, act.wallet, "lock")
    if isinstance(wallet, Rejection):
        return wallet
    if (missing := reason_missing(act.reason)) is not None:
        return missing
    after = with_changes(wallet, locked_at=desk.now, reason=act.reason)
    return (yield from _restop(desk, wallet, after, "locked"))


def unlock(desk: Desk, act: acts.UnlockWallet) -> Steps:
    """Lift a lock; what lay under it holds again."""
    wallet = wallet_of(desk, act.wallet, "unlock")
    if isinstance(wallet, Rejection):
        return wallet
    after = with_changes(wallet, locked_at=None, reason=act.reason)
    return (yield from _restop(desk, wallet, after, "unlocked"))


def freeze_customer(desk: Desk, act: acts.FreezeCustomer) -> Steps:
    """Stop all wallets of a customer."""
    customer = customer_of(desk, act.customer, "freeze")
    if isinstance(customer, Rejection):
        return customer
    if (missing := reason_missing(act.reason)) is not None:
        return missing
    stopped = both_flows(customer.stopped, act.flow)
    if stopped is customer.stopped:
        allowed = customer.allowed_actions
        return _stops_already(customer.id, customer.state.value, stopped, allowed)
    return (yield from _stop_customer(desk, customer, stopped, act.reason, "frozen"))


def unfreeze_customer(desk: Desk, act: acts.UnfreezeCustomer) -> Steps:
    """Let a customer's wallets go again, but for what they are frozen for by themselves."""
    customer = customer_of(desk, act.customer, "unfreeze")
    if isinstance(customer, Rejection):
        return customer
    return (yield from _stop_customer(desk, customer, None, act.reason, "unfrozen"))


def _stop_customer(
    desk: Desk, customer: Customer, stopped: FreezeFlow | None, reason: str | None, what: str
) -> Steps:
    yield Look(resources=customer.wallets)
    wallets = [_known(desk, identifier) for identifier in customer.wallets]
    yield look_at(wallets)
    pots = [_known(desk, pot) for wallet in wallets for pot in wallet.pots]
    if (wrong := too_wide([*wallets, *pots])) is not None:
        return wrong
    for wallet in wallets:
        yield from inherit(desk, wallet, stopped, reason)
    after = msgspec.structs.replace(customer, stopped=stopped, reason=reason)
    yield change_customer(what, after)
    return None


def _stops_already(
    name: str, status: str, flow: FreezeFlow | None, allowed: tuple[str, ...]
) -> Rejection:
    assert flow is not None, "a freeze stops something"
    detail = f"{name} is frozen already, and that freeze stops as much ({flow.value})."
    without = ",".join(action for action in allowed if action != "freeze")
    return Rejection(
        Code.INVALID_STATE, detail, None, {"status": status, "allowed_actions": without}
    )


def _restop(desk: Desk, before: Wallet, after: Wallet, what: str) -> Steps:
    """The wallet's accounts and sub-wallets as it is now, and last its own change."""
    yield from _carry(desk, before, after)
    yield change_wallet(what, after)
    return None


def inherit(
    desk: Desk, wallet: Wallet, inherited: FreezeFlow | None, reason: str | None
) -> Generator[Any, Any, None]:
    """A wallet stopped as its customer or parent is now."""
    if wallet.inherited is inherited or wallet.closed_at is not None:
        return
    after = with_changes(wallet, inherited=inherited, reason=reason)
    yield from _carry(desk, wallet, after)
    what = "unfrozen" if inherited is None else "frozen"
    yield change_wallet(what, after, facts={"because_of": wallet.parent or wallet.customer or ""})


def _carry(desk: Desk, before: Wallet, after: Wallet) -> Generator[Any, Any, None]:
    """What is stopped of a wallet, carried to its kernel accounts and its sub-wallets."""
    yield look_at([before])
    for path in before.accounts:
        yield from _steps(desk, path, before.flow, after.flow, after.reason)
    for identifier in before.pots:
        yield from inherit(desk, _known(desk, identifier), after.flow, after.reason)


def _known(desk: Desk, identifier: str) -> Wallet:
    wallet = read_wallet(desk.matter(WALLET, identifier))
    assert wallet is not None, f"{identifier} is known to its owner"
    return wallet


def _steps(
    desk: Desk, path: str, before: FreezeFlow | None, after: FreezeFlow | None, reason: str | None
) -> Iterator[Command]:
    """The commands that bring one account from one freeze to another."""
    standing = desk.account(path)
    assert standing is not None, f"{path} was opened with its wallet"
    now = standing.status.frozen
    if now is before is not None and before is not after and after is not FreezeFlow.BOTH:
        yield UnfreezeAccount(path, reason)
        now = None
    if after is not None and (now is None or both_flows(now, after) is not now):
        yield FreezeAccount(path, reason, after)
