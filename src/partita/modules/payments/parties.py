"""Parties: a wallet's id, or an account's path or id, as whoever pays or is paid.

Whether a wallet may pay is asked of its accounts, by the kernel: a frozen one takes no postings.
"""

from collections.abc import Generator
from functools import lru_cache
from typing import Any, NamedTuple

from partita.engine.business import Desk
from partita.journal.encoding import value_decoder
from partita.kernel.rejections import Code, Rejection
from partita.modules.payments.acts import WALLET_PREFIX
from partita.modules.payments.payment import Party
from partita.modules.rules.errors import RuleFailed
from partita.modules.wallets.opening import use_asset
from partita.modules.wallets.wallet import WALLET, Wallet

_ACCOUNT_ID = "acc_"
_MOST_READ = 10_000


class Owner(NamedTuple):
    """Whose wallet it is: the kind of the wallet, and the customer; empty where there is none."""

    kind: str = ""
    customer: str | None = None


def party_of(desk: Desk, reference: str, asset: str, pointer: str) -> Party | Rejection:
    """The party that a reference names, with its account for this asset."""
    if reference.startswith(WALLET_PREFIX):
        return _wallet_party(desk, reference, asset, pointer)
    if not reference.startswith(_ACCOUNT_ID):
        return Party(reference)
    standing = desk.account(reference)
    if standing is not None:
        return Party(standing.account.path)
    detail = f"There is no account {reference!r} in this ledger."
    return Rejection(Code.ACCOUNT_NOT_FOUND, detail, pointer)


def _wallet_party(desk: Desk, reference: str, asset: str, pointer: str) -> Party | Rejection:
    wallet = _wallet(desk, reference)
    if wallet is None:
        detail = f"There is no wallet {reference!r} in this ledger."
        return Rejection(Code.WALLET_NOT_FOUND, detail, pointer)
    if wallet.closed_at is not None:
        detail = f"The wallet {reference} was closed at {wallet.closed_at.text()}."
        return Rejection(Code.WALLET_CLOSED, detail, pointer)
    if asset not in wallet.assets:
        detail = f"The wallet {reference} has {', '.join(wallet.assets) or 'nothing'}, not {asset}."
        return Rejection(Code.ASSET_NOT_IN_WALLET, detail, pointer)
    return Party(wallet.account(asset), reference)


def take_in(desk: Desk, act: Any) -> Generator[Any, Any, None]:
    """Let the wallets that an act pays into hold its asset from now on, as far as they may.

    What is refused here (a locked wallet, an unknown asset) is refused again where it is looked at.
    """
    parts = getattr(act, "splits", ())
    paid = [getattr(act, "destination", None), *(part.destination for part in parts)]
    for reference in dict.fromkeys(paid):
        wallet = None if reference is None else _wallet(desk, reference)
        if wallet is not None:
            yield from use_asset(desk, wallet, act.asset)


def _wallet(desk: Desk, identifier: str) -> Wallet | None:
    matter = desk.matter(WALLET, identifier)
    return None if matter is None else _read(matter.body)


# Wallets are read far more often than they change; the text says all, so it is what is known by.
_read = lru_cache(maxsize=_MOST_READ)(value_decoder(Wallet))


def owner_of(desk: Desk, party: Party | None) -> Owner:
    """Whose wallet a party is, as far as it is one."""
    wallet = None if party is None or party.wallet is None else _wallet(desk, party.wallet)
    return Owner() if wallet is None else Owner(wallet.kind.value, wallet.customer)


def wallet_account(desk: Desk, party: Party, asset: str) -> str:
    """A party's account for another asset than the payment's: that of the same wallet.

    Raises:
        RuleFailed: the wallet has no such asset.
    """
    wallet = None if party.wallet is None else _wallet(desk, party.wallet)
    if wallet is None:
        return f"{party.account.rpartition(':')[0]}:{asset}"
    if asset not in wallet.assets:
        raise RuleFailed(f"the wallet {wallet.id} has no {asset}")
    return wallet.account(asset)
