"""Legs: money from one account to another, netted into the postings of one transaction. Pure.

A payment's own moves, its parts and what rules add often meet in one account: the payee is given
100 and pays a fee of 3. A transaction touches each account on one side only, so they are netted.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from partita.kernel.account import Side
from partita.kernel.posting import Posting


class Leg(NamedTuple):
    """An amount of an asset from the account debited to the one credited."""

    debit: str
    credit: str
    amount: int
    asset: str

    def back(self) -> "Leg":
        """The same money the other way."""
        return Leg(self.credit, self.debit, self.amount, self.asset)


def postings_of(legs: Sequence[Leg]) -> tuple[Posting, ...]:
    """The postings of one transaction that does what all legs say; empty if they cancel out.

    >>> [p.amount for p in postings_of([Leg("a", "b", 100, "USD"), Leg("b", "fees", 3, "USD")])]
    [100, 97, 3]
    """
    if len(legs) == 1:
        debit, credit, amount, asset = legs[0]
        if debit == credit:
            return ()
        return (
            Posting(debit, Side.DEBIT, amount, asset),
            Posting(credit, Side.CREDIT, amount, asset),
        )
    return tuple(
        Posting(account, Side.DEBIT if net > 0 else Side.CREDIT, abs(net), asset)
        for (account, asset), net in net_of(legs).items()
        if net
    )


def net_of(legs: Iterable[Leg]) -> dict[tuple[str, str], int]:
    """What each account is debited, by account and asset; below zero what it is credited."""
    net: dict[tuple[str, str], int] = {}
    for debit, credit, amount, asset in legs:
        net[debit, asset] = net.get((debit, asset), 0) + amount
        net[credit, asset] = net.get((credit, asset), 0) - amount
    return net


def shares(amount: int, parts: Sequence[int], whole: int) -> list[int]:
    """How much of `amount` falls to each part of `whole`; what division leaves falls to nobody.

    >>> shares(50, [30, 30], 100)
    [15, 15]
    """
    assert 0 <= amount <= whole, "of a whole at most all is shared out"
    return [amount * part // whole for part in parts]
