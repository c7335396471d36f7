"""Sides: where an item's amount goes, to one account or split among several, to the last unit.

A split gives the parts with an `amount` theirs first. What is left is divided by shares: with a
`rest` each share is that fraction of it, rounded down, and the rest takes all that remains;
without one the shares are given out by largest remainder. Either way the parts add up to the whole
by construction, or nothing is rendered.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from partita.kernel.account import check_path
from partita.kernel.amount import allocate
from partita.modules.templates.arithmetic import Exact, Pair, Row, Whole
from partita.modules.templates.patterns import Filling


class Impossible(Exception):
    """These arguments lead to no posting; `pointer` says at which place of the document."""

    def __init__(self, pointer: str, detail: str) -> None:
        """Carry the place and the reason."""
        super().__init__(detail)
        self.pointer, self.detail = pointer, detail


class Place(NamedTuple):
    """The account of a leg. `is_settled`: the pattern is constant, or one account parameter alone.

    `text_slots` are those of texts that stand in it, which must not bring a `:` of their own: a
    customer called `bob:vip` is not to be given another customer's account.
    """

    filling: Filling
    is_settled: bool
    text_slots: tuple[int, ...]
    pointer: str

    def account(self, row: Row) -> str:
        """The account's path or id.

        Raises:
            Impossible: with these arguments it is none.
        """
        path = self.filling.fill(row)
        if self.is_settled:
            return path
        for slot in self.text_slots:
            if ":" in row[slot]:
                raise Impossible(self.pointer, f"{row[slot]!r} has a ':', so it is no segment")
        try:
            return check_path(path)
        except ValueError as error:
            raise Impossible(self.pointer, f"{path!r} is {error}") from None


class Whither(NamedTuple):
    """One part of a split: where, and exactly one of amount, share and rest."""

    place: Place
    amount: Whole | None
    share: Exact | None
    skips_zero: bool


class Due(NamedTuple):
    """What is due to one account."""

    place: Place
    amount: int
    skips_zero: bool


class Split:
    """A side that is divided among several accounts."""

    def __init__(self, parts: Sequence[Whither], *, are_weights: bool, pointer: str) -> None:
        """`are_weights`: the shares are whole numbers, which need not add up to 1."""
        self._parts, self._are_weights, self._pointer = tuple(parts), are_weights, pointer
        self._has_rest = any(p.amount is None and p.share is None for p in parts)

    def dues(self, row: Row, total: int) -> list[Due]:
        """What each account gets; together exactly the total.

        Raises:
            Impossible: the parts are more than the whole, or cannot be told apart.
        """
        fixed = [None if p.amount is None else p.amount(row) for p in self._parts]
        left = total - sum(amount for amount in fixed if amount is not None)
        if left < 0:
            raise Impossible(self._pointer, f"the parts are {-left} more than the whole, {total}")
        given = self._shared(row, left)
        return [
            Due(part.place, given.pop(0) if amount is None else amount, part.skips_zero)
            for part, amount in zip(self._parts, fixed, strict=True)
        ]

    def _shared(self, row: Row, left: int) -> list[int]:
        open_parts = [part for part in self._parts if part.amount is None]
        shares = [None if part.share is None else part.share(row) for part in open_parts]
        known = [share for share in shares if share is not None]
        if any(numerator < 0 for numerator, _ in known):
            raise Impossible(self._pointer, "a share is less than 0")
        if self._has_rest:
            return self._with_rest(shares, left)
        return allocate(left, self._weights(known))

    def _with_rest(self, shares: list[Pair | None], left: int) -> list[int]:
        given = [0 if share is None else left * share[0] // share[1] for share in shares]
        rest = left - sum(given)
        if rest < 0:
            raise Impossible(self._pointer, "the shares add up to more than 1")
        return [rest if share is None else part for share, part in zip(shares, given, strict=True)]

    def _weights(self, shares: list[Pair]) -> list[int]:
        common = lcm(*(denominator for _, denominator in shares))
        weights = [numerator * (common // denominator) for numerator, denominator in shares]
        total = sum(weights)
        if total == 0:
            raise Impossible(self._pointer, "all shares are 0")
        if not self._are_weights and total != common:
            raise Impossible(
                self._pointer, f"the shares add up to {Fraction(total, common)}, not 1"
            )
        return weights


class Single(NamedTuple):
    """A side that is one account, to which all of it goes."""

    place: Place


AnySide = Single | Split
