"""Limits: floors and ceilings of one account, and what a change of its totals does to them.

A floor refuses only what lowers the figure, a ceiling only what raises it: an account that is
outside its limits already (they may be tightened later) can always be brought back.
"""

from typing import NamedTuple

from partita.kernel.account import Constraints, Side, Totals


class Breach(NamedTuple):
    """One limit that would be passed: which, its bound, the figure now and the figure then."""

    limit: str
    bound: int
    before: int
    after: int

    @property
    def is_floor(self) -> bool:
        """Whether the figure would fall too low, rather than rise too high."""
        return self.after < self.bound


def breach(limits: Constraints, side: Side, before: Totals, after: Totals) -> Breach | None:
    """The first limit that going from `before` to `after` would pass; floors come first."""
    posted, available = _figures(before, side)
    new_posted, new_available = _figures(after, side)
    if new_available < available or new_posted < posted:
        overdraft = limits.overdraft
        floor = limits.min_available
        if floor is not None and new_available < available and new_available < floor - overdraft:
            return Breach("min_available", floor - overdraft, available, new_available)
        floor = limits.min_posted
        if floor is not None and new_posted < posted and new_posted < floor - overdraft:
            return Breach("min_posted", floor - overdraft, posted, new_posted)
    ceiling = limits.max_available
    if ceiling is not None and new_available > available and new_available > ceiling:
        return Breach("max_available", ceiling, available, new_available)
    ceiling = limits.max_posted
    if ceiling is not None and new_posted > posted and new_posted > ceiling:
        return Breach("max_posted", ceiling, posted, new_posted)
    return None


def _figures(totals: Totals, side: Side) -> tuple[int, int]:
    """Posted and available, as `balance` has them; this is the hot path, which needs no more."""
    posted = totals.posted_credits - totals.posted_debits
    if side is Side.DEBIT:
        return -posted, -posted - totals.pending_credits
    return posted, posted - totals.pending_debits
