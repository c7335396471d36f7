"""Keeping: the change of a customer's or a wallet's matter, and the objections that many share."""

from collections.abc import Iterable

import msgspec

from partita.engine.business import Desk, Look
from partita.kernel.commands import ChangeMatter
from partita.kernel.rejections import Code, Rejection
from partita.modules.wallets.acts import title_of
from partita.modules.wallets.customer import (
    CUSTOMER,
    CUSTOMER_ACTIONS,
    Customer,
    customer_body,
    read_customer,
)
from partita.modules.wallets.wallet import WALLET, Wallet, read_wallet, wallet_body

MOST_STEPS_AT_ONCE = 4_000
"""Kernel commands and looks of one decision; the engine stops at 5,000."""


def wallet_of(desk: Desk, identifier: str, action: str | None = None) -> Wallet | Rejection:
    """A wallet to which this may be done, or why not."""
    wallet = read_wallet(desk.matter(WALLET, identifier))
    if wallet is None:
        detail = f"There is no wallet {identifier!r} in this ledger."
        return Rejection(Code.WALLET_NOT_FOUND, detail)
    allowed = wallet.allowed_actions
    if action is None or action in allowed:
        return wallet
    why = f"{wallet.id} is {_how(wallet)}: it cannot be told to {action}."
    return _invalid(why, wallet.state.value, allowed)


def _how(wallet: Wallet) -> str:
    if wallet.flow is None or wallet.locked_at is not None or wallet.closed_at is not None:
        return wallet.state.value
    whose = "" if wallet.stopped is not None else " by its customer or parent"
    return f"frozen ({wallet.flow.value}){whose}"


def customer_of(desk: Desk, identifier: str, action: str) -> Customer | Rejection:
    """A customer to whom this may be done, or why not."""
    customer = read_customer(desk.matter(CUSTOMER, identifier))
    if customer is None:
        detail = f"There is no customer {identifier!r} in this ledger."
        return Rejection(Code.CUSTOMER_NOT_FOUND, detail)
    if action in CUSTOMER_ACTIONS[customer.state]:
        return customer
    why = f"{customer.id} is {customer.state.value}: it cannot be told to {action}."
    return _invalid(why, customer.state.value, customer.allowed_actions)


def _invalid(detail: str, status: str, allowed: Iterable[str]) -> Rejection:
    facts = {"status": status, "allowed_actions": ",".join(allowed)}
    return Rejection(Code.INVALID_STATE, detail, None, facts)


def reason_missing(reason: str | None) -> Rejection | None:
    """The objection to stopping somebody's money without a word."""
    if reason:
        return None
    return Rejection(Code.REASON_MISSING, "This stops somebody's money.", "/reason")


def change_customer(
    what: str, customer: Customer, *, is_new: bool = False, external_id: str | None = None
) -> ChangeMatter:
    """The customer as it is now; `what` happened to it."""
    return ChangeMatter(
        type=f"customer.{what}",
        kind=CUSTOMER,
        id=customer.id,
        is_new=is_new,
        status=customer.state.value,
        external_id=external_id,
        body=customer_body(customer),
        related=customer.wallets,
        reason=customer.reason,
    )


def change_wallet(
    what: str, wallet: Wallet, *, is_new: bool = False, external_id: str | None = None,
    facts: dict[str, str] | None = None,
) -> ChangeMatter:  # fmt: skip
    """The wallet as it is now; `what` happened to it.

    A closed one keeps its name for ever, so that nobody takes one for the other.
    """
    is_closed = wallet.closed_at is not None
    return ChangeMatter(
        type=f"wallet.{what}",
        kind=WALLET,
        id=wallet.id,
        is_new=is_new,
        status=wallet.state.value,
        title=title_of(wallet.parent or wallet.customer, wallet.name),
        about=wallet.parent or wallet.customer,
        external_id=external_id,
        body=wallet_body(wallet),
        account_paths=wallet.accounts,
        related=wallet.pots,
        wakes_at=None if is_closed else wallet.expires_at,
        reason=wallet.reason,
        facts=facts or {},
    )


def too_wide(wallets: Iterable[Wallet]) -> Rejection | None:
    """The objection to changing so many wallets in one commit; one wallet with its pots always fits."""
    steps = sum(2 * len(wallet.assets) + 4 for wallet in wallets)
    if steps <= MOST_STEPS_AT_ONCE:
        return None
    detail = f"That takes {steps} steps; one commit has room for {MOST_STEPS_AT_ONCE}."
    return Rejection(Code.LIMIT_EXCEEDED, f"{detail} Do it wallet by wallet.")


def look_at(wallets: Iterable[Wallet]) -> Look:
    """Everything that the decision on these wallets needs to see: their pots and all accounts."""
    every = list(wallets)
    accounts = [path for wallet in every for path in wallet.accounts]
    return Look(accounts, [pot for wallet in every for pot in wallet.pots])


def with_changes(wallet: Wallet, **changes: object) -> Wallet:
    """The same wallet with some fields changed."""
    return msgspec.structs.replace(wallet, **changes)
