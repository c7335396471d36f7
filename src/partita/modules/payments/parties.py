"""Parties: an account's path or id, as whoever pays or is paid."""

from typing import NamedTuple

from partita.engine.business import Desk
from partita.kernel.rejections import Code, Rejection
from partita.modules.payments.payment import Party

_ACCOUNT_ID = "acc_"


class Owner(NamedTuple):
    """Whose wallet it is: the kind of the wallet, and the customer; empty where there is none."""

    kind: str = ""
    customer: str | None = None


def party_of(desk: Desk, reference: str, _asset: str, pointer: str) -> Party | Rejection:
    """The party that a reference names, with its account for this asset."""
    if not reference.startswith(_ACCOUNT_ID):
        return Party(reference)
    standing = desk.account(reference)
    if standing is not None:
        return Party(standing.account.path)
    detail = f"There is no account {reference!r} in this ledger."
    return Rejection(Code.ACCOUNT_NOT_FOUND, detail, pointer)


def owner_of(_desk: Desk, _party: Party | None) -> Owner:
    """Whose wallet a party is, as far as it is one."""
    return Owner()


def wallet_account(_desk: Desk, party: Party, asset: str) -> str:
    """A party's account for another asset than the payment's: the sibling of its path."""
    return f"{party.account.rpartition(':')[0]}:{asset}"
