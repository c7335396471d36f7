"""Balances on the wire: five figures as strings, always on the account's normal side."""

from typing import Literal, NamedTuple

import msgspec

from partita.kernel.account import Account, Side, Totals
from partita.kernel.balance import balance
from partita.kernel.moment import Moment
from partita.surfaces.http.shapes.fields import QueryShape, SignedAmount, Timestamp


class Figures(msgspec.Struct, frozen=True):
    """What an account holds, in minor units: there, on its way in and out, held, free to spend."""

    posted: SignedAmount
    pending_in: SignedAmount
    pending_out: SignedAmount
    held: SignedAmount
    available: SignedAmount


def figures(totals: Totals, side: Side) -> Figures:
    """The figures that running totals are on this side."""
    b = balance(totals, side)
    return Figures(
        str(b.posted), str(b.pending_in), str(b.pending_out), str(b.held), str(b.available)
    )


class Balances(msgspec.Struct, frozen=True, kw_only=True):
    """An account's balance, and the entry that it is.

    `version` and `sequence` name the account's last entry that counts; for a balance by effective
    time `version` is None, and `sequence` is where the journal stood when it was read.
    """

    object: Literal["balances"] = "balances"
    account: str
    account_id: str
    asset: str
    scale: int
    basis: str
    as_of: Timestamp | None
    posted: SignedAmount
    pending_in: SignedAmount
    pending_out: SignedAmount
    held: SignedAmount
    available: SignedAmount
    version: int | None
    sequence: str


class BalancesQuery(QueryShape, frozen=True, kw_only=True):
    """As of when: a moment (inclusive), or a sequence of the journal; by which of the two times."""

    as_of: Timestamp | None = None
    as_of_sequence: str | None = None
    basis: Literal["recorded", "effective"] = "recorded"


class AsOf(NamedTuple):
    """Which balance was asked for, and which entry of the account (or place in the journal) it is."""

    basis: str
    moment: Moment | None
    version: int | None
    sequence: int


def balances(account: Account, totals: Totals, scale: int, as_of: AsOf) -> Balances:
    """The reply that says what an account held."""
    b = balance(totals, account.normal_side)
    return Balances(
        account=account.path,
        account_id=account.id,
        asset=account.asset,
        scale=scale,
        basis=as_of.basis,
        as_of=None if as_of.moment is None else as_of.moment.text(),
        posted=str(b.posted),
        pending_in=str(b.pending_in),
        pending_out=str(b.pending_out),
        held=str(b.held),
        available=str(b.available),
        version=as_of.version,
        sequence=str(as_of.sequence),
    )
