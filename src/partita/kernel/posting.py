"""Postings and entries: a leg as it is written, and the same leg as the register keeps it."""

import msgspec

from partita.kernel.account import Side, Totals


class Posting(msgspec.Struct, frozen=True, gc=False):
    """One leg of a transaction: `amount` minor units of `asset` on one side of an account.

    `account` is the account's path, or its id (`acc_…`).
    """

    account: str
    direction: Side
    amount: int
    asset: str


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A posting as recorded in its account's register.

    `number` names the register (the account's number), `version` is the entry's place in it:
    dense from 1. `after` is all that ever went through the account, this entry included, so an
    account's balance is its last entry and nothing else. `pending` is the signed change of what
    is pending on the entry's side; an entry that only sets money aside has an amount of 0.
    """

    account: str
    number: int
    version: int
    direction: Side
    amount: int
    asset: str
    after: Totals
    pending: int = 0


class Leg(Posting, frozen=True, gc=False):
    """A posting that also sets money aside (`pending` above 0) or lets it go (below 0)."""

    pending: int = 0
