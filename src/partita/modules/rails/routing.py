"""Routing: which rail a payment is tried on, and which one next when that cannot be reached.

A payment names a rail; the ledger says of each rail what stands in for it. That makes a chain, and
of the chain those come into question that are enabled and that object to nothing but the hour.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.payments.cut_offs import next_opening
from partita.modules.payments.rail import CUT_OFF_PASSED, Objection, Rail, Submission
from partita.modules.rails.line import Line
from partita.modules.rails.rail_state import is_enabled, read_state


class Routes(NamedTuple):
    """The lines of an installation, and what a ledger says of its rails."""

    lines: Mapping[str, Line]
    kept: Mapping[str, Matter]

    def chain(self, name: str) -> list[str]:
        """The rail of this name and what stands in for it, one after the other, no one twice."""
        found: list[str] = []
        following: str | None = name
        while following is not None and following not in found:
            found.append(following)
            following = read_state(self.kept.get(following)).fallback
        return found

    def is_open(self, name: str) -> bool:
        """Whether the rail is there, enabled, and can be called now."""
        line = self.lines.get(name)
        return line is not None and is_enabled(self.kept.get(name)) and line.admits

    def objection(self, name: str, submission: Submission, now: Moment) -> Objection | None:
        """What speaks against a rail for as long as it lasts: the hour does not."""
        line = self.lines.get(name)
        if line is None:
            return Objection("rail_not_found", f"there is no rail {name!r} here")
        found = line.rail.capabilities.objection(submission, now)
        return None if found is None or found.code == CUT_OFF_PASSED else found

    def first(self, name: str, submission: Submission, now: Moment) -> str | Objection:
        """The first of the chain that could carry it; without one, what the first objects to."""
        objections = [self.objection(each, submission, now) for each in self.chain(name)]
        for each, objection in zip(self.chain(name), objections, strict=True):
            if objection is None:
                return each
        assert objections[0] is not None, "none of them could carry it"
        return objections[0]

    def another(self, tried: Sequence[str], submission: Submission, now: Moment) -> str | None:
        """A rail of the chain that was not tried, that could carry it and can be called now."""
        for each in self.chain(tried[0]):
            fits = each not in tried and self.is_open(each)
            if fits and self.objection(each, submission, now) is None:
                return each if self.opening(each, submission, now) <= now else None
        return None

    def opening(self, name: str, submission: Submission, now: Moment) -> Moment:
        """When the rail takes orders of this asset: now, if it does."""
        rail: Rail = self.lines[name].rail
        return next_opening(rail.capabilities.cut_offs, submission.asset, now)
