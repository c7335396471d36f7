"""Parties: an account's path or id, as whoever pays or is paid."""

from partita.engine.business import Desk
from partita.kernel.rejections import Code, Rejection
from partita.modules.payments.payment import Party

_ACCOUNT_ID = "acc_"


def party_of(desk: Desk, reference: str, _asset: str, pointer: str) -> Party | Rejection:
    """The party that a reference names, with its account for this asset."""
    if not reference.startswith(_ACCOUNT_ID):
        return Party(reference)
    standing = desk.account(reference)
    if standing is not None:
        return Party(standing.account.path)
    detail = f"There is no account {reference!r} in this ledger."
    return Rejection(Code.ACCOUNT_NOT_FOUND, detail, pointer)
