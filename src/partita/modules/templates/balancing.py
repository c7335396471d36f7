"""Balancing: the proof that debits equal credits, for each asset, whatever the arguments.

An item with both sides moves one amount from one to the other: it balances by construction, splits
included. Items with one side must cancel out, those under a condition among themselves: whether
such a group does is read off the normal form of its sum (`polynomial.py`). What the normal form
does not show is refused, even where it would be true: a template is never trusted, only proved.
"""

from collections.abc import Sequence
from typing import NamedTuple

from partita.engine.plain_documents import Finding
from partita.kernel.account import Side
from partita.modules.templates.polynomial import Atoms, Polynomial, TooComplicated, add


class OneSided(NamedTuple):
    """An item that is written on one side alone."""

    pointer: str
    side: Side
    account: str
    amount: str
    polynomial: Polynomial
    asset: str
    condition: str | None


def unproved(items: Sequence[OneSided], atoms: Atoms) -> list[Finding]:
    """A finding for each group of one-sided items that cannot be shown to cancel out."""
    groups: dict[tuple[str, str | None], list[OneSided]] = {}
    for item in items:
        groups.setdefault((item.asset, item.condition), []).append(item)
    return [
        finding
        for (asset, condition), group in groups.items()
        if (finding := _finding(asset, condition, group, atoms)) is not None
    ]


def _finding(
    asset: str, condition: str | None, group: list[OneSided], atoms: Atoms
) -> Finding | None:
    difference: Polynomial = {}
    try:
        for item in group:
            sign = 1 if item.side is Side.DEBIT else -1
            difference = add(difference, item.polynomial, sign)
    except TooComplicated as error:
        return Finding(group[0].pointer, f"{error}.")
    if not difference:
        return None
    legs = "; ".join(_leg(item) for item in group)
    scope = "" if condition is None else f" when {condition}"
    return Finding(
        group[-1].pointer,
        f"In {asset}{scope}, nothing proves that debits equal credits: {legs}."
        f" They differ by {atoms.said(difference)}. Write both sides in one posting, split one"
        f" side with a `rest`, or make the amounts add up by their definitions.",
    )


def _leg(item: OneSided) -> str:
    return f"{item.pointer} {item.side.value}s {item.account} with {item.amount}"
