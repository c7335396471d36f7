"""Limits: floors and ceilings of one account, and what a change of its totals does to them.

A floor refuses only what lowers the figure, a ceiling only what raises it: an account that is
outside its limits already (they may be tightened later) can always be brought back.
"""

from typing import NamedTuple

from partita.kernel.account import Constraints, Side, Totals
from partita.kernel.balance import balance


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
    now, then = balance(before, side), balance(after, side)
    floors = ((limits.min_available, now.available, then.available, "min_available"),
              (limits.min_posted, now.posted, then.posted, "min_posted"))  # fmt: skip
    for bound, old, new, name in floors:
        if bound is not None and new < old and new < bound - limits.overdraft:
            return Breach(name, bound - limits.overdraft, old, new)
    ceilings = ((limits.max_available, now.available, then.available, "max_available"),
                (limits.max_posted, now.posted, then.posted, "max_posted"))  # fmt: skip
    for bound, old, new, name in ceilings:
        if bound is not None and new > old and new > bound:
            return Breach(name, bound, old, new)
    return None
