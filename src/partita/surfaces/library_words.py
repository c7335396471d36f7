"""Words of the library: postings as a program writes them, with conditions if need be."""

from collections.abc import Mapping, Sequence

from partita.kernel.account import Side
from partita.kernel.amount import parse
from partita.kernel.conditions import BalanceCondition, Condition, Field, Operator
from partita.kernel.posting import Posting

Bounds = Mapping[str, Mapping[str, str | int]]
"""Figures of a balance and the bounds they must keep: `{"available": {"gte": 0}}`."""


class ConditionalPosting(Posting, frozen=True, gc=False):
    """A posting, and what must be true of its account for anything to be recorded."""

    if_version: int | None = None
    if_balance: tuple[BalanceCondition, ...] = ()


_UNCONDITIONAL = {Posting}
"""What nearly all postings are; asked as a set, which costs every transaction the least."""


def debit(
    account: str,
    amount: str | int,
    asset: str,
    *,
    if_version: int | None = None,
    if_balance: Bounds | None = None,
) -> Posting:
    """A posting on the debit side; the amount is in minor units.

    Only if the account is at `if_version` before, and its balance keeps `if_balance` afterwards.

    Raises:
        ValueError: the amount is none, or a figure or a comparison is not known.
    """
    return _posting(account, Side.DEBIT, amount_of(amount), asset, (if_version, if_balance))


def credit(
    account: str,
    amount: str | int,
    asset: str,
    *,
    if_version: int | None = None,
    if_balance: Bounds | None = None,
) -> Posting:
    """A posting on the credit side; otherwise as `debit`."""
    return _posting(account, Side.CREDIT, amount_of(amount), asset, (if_version, if_balance))


def _posting(
    account: str, side: Side, amount: int, asset: str, wanted: tuple[int | None, Bounds | None]
) -> Posting:
    if_version, if_balance = wanted
    if if_version is None and not if_balance:
        return Posting(account, side, amount, asset)
    bounds = tuple(
        BalanceCondition(Field(field), Operator(name), _bound(bound))
        for field, bounds in (if_balance or {}).items()
        for name, bound in bounds.items()
    )
    return ConditionalPosting(account, side, amount, asset, if_version, bounds)


def _bound(bound: str | int) -> int:
    """A bound in minor units; unlike an amount it may be below zero."""
    text = str(bound)
    return -amount_of(text[1:]) if text.startswith("-") else amount_of(bound)


def amount_of(amount: str | int) -> int:
    """An amount as a program says it.

    Raises:
        TypeError: it is a float or the like, which is not exact.
        ValueError: it is below zero, or has more than 38 digits.
    """
    if isinstance(amount, bool) or not isinstance(amount, int | str):
        raise TypeError("an amount is an int or a string of minor units, never a float")
    return parse(str(amount))


def plain(postings: Sequence[Posting]) -> tuple[tuple[Posting, ...], tuple[Condition, ...]]:
    """Postings without their conditions, and the conditions by the places of their postings."""
    if _UNCONDITIONAL.issuperset(map(type, postings)):
        return tuple(postings), ()
    conditions = tuple(
        Condition(place, posting.if_version, posting.if_balance)
        for place, posting in enumerate(postings)
        if isinstance(posting, ConditionalPosting)
    )
    bare = tuple(Posting(p.account, p.direction, p.amount, p.asset) for p in postings)
    return bare, conditions
