"""Balances: what an account's running totals mean on its normal side. Nothing is stored here."""

import msgspec

from partita.kernel.account import Side, Totals


class Balance(msgspec.Struct, frozen=True):
    """Five figures in minor units, on the account's normal side.

    `posted` is what is there; `pending_in` and `pending_out` are under way; `held` is the part
    of `pending_out` that holds have set aside, None where only totals are known; `available` may
    be spent: posted less pending_out.
    """

    posted: int
    pending_in: int
    pending_out: int
    held: int | None
    available: int


def going_out(totals: Totals, normal_side: Side) -> int:
    """What is pending on the side that takes from the account."""
    return totals.pending_credits if normal_side is Side.DEBIT else totals.pending_debits


def balance(totals: Totals, normal_side: Side, held: int | None = None) -> Balance:
    """The balance that these running totals are; who knows what is `held` says it.

    >>> balance(Totals(posted_debits=200, posted_credits=500), Side.CREDIT).available
    300
    """
    posted = totals.posted_credits - totals.posted_debits
    coming, going = totals.pending_credits, totals.pending_debits
    if normal_side is Side.DEBIT:
        posted, coming, going = -posted, going, coming
    part = 0 if going == 0 else held
    return Balance(
        posted=posted, pending_in=coming, pending_out=going, held=part, available=posted - going
    )
