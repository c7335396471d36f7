"""The rulebook: the rules in force in a ledger, compiled once each, run inside a decision.

For whoever runs payments:

    book = Rulebook(conditions)
    applied = yield from book.run(desk, occasion)      # in a decider; loads and keeps counters
    if applied.denied is not None:
        return applied.denied
    … post applied.moves with the payment's own, keep applied.facts, hold until applied.holds_until
"""

from collections.abc import Generator
from typing import Any

import msgspec

from partita.engine.business import Desk, Look
from partita.kernel.matters import Matter, matter_name
from partita.modules.rules import usage
from partita.modules.rules.applying import Reach, anywhere, apply_rules, usage_titles
from partita.modules.rules.commands import SaveRule
from partita.modules.rules.compiling import compile_rule
from partita.modules.rules.document import RuleDocument, canonical
from partita.modules.rules.kept import KIND, read_kept
from partita.modules.rules.occasion import Applied, Occasion
from partita.modules.rules.rule import Rule, RuleStatus
from partita.modules.templates.conditions import Conditions

MOST_COMPILED = 1_000
NOTHING = Applied()


class Rulebook:
    """Compiles rules by one language of conditions. Threads may share it."""

    def __init__(self, conditions: Conditions) -> None:
        """Nothing is compiled yet."""
        self._conditions = conditions
        self._compiled: dict[tuple[str, str], tuple[Rule, ...]] = {}

    def save_command(self, document: RuleDocument) -> SaveRule:
        """The command that keeps a document as its rule's next version.

        Raises:
            RuleInvalid: it is no rule; all that is wrong is told.
        """
        self.compiled(document)
        return SaveRule(name=document.name, document=canonical(document))

    def compiled(
        self, document: RuleDocument, *, version: int = 0, status: RuleStatus = RuleStatus.ACTIVE
    ) -> Rule:
        """A rule that is not looked up, to be tried out.

        Raises:
            RuleInvalid: the document is no rule.
        """
        return compile_rule(document, self._conditions, version=version, status=status)

    def in_force(self, desk: Desk) -> list[Rule]:
        """The versions that are active or in shadow now."""
        return [rule for matter in desk.standing(KIND) for rule in self.of_matter(matter)]

    def run(
        self, desk: Desk, occasion: Occasion, reach: Reach = anywhere
    ) -> Generator[Any, Any, Applied]:
        """What the rules in force make of an occasion; the counters they change are kept.

        `reach` finds out whether a move has its accounts; without, that is left to the caller.
        """
        rules = [rule for rule in self.in_force(desk) if rule.is_for(occasion)]
        if not rules:
            return NOTHING
        titles = usage_titles(rules, occasion)
        if titles:
            yield Look(titles=[matter_name(usage.KIND, title) for title in titles])
            known = {title: desk.titled(usage.KIND, title) for title in titles}
            counters = {t: usage.read_counter(m) for t, m in known.items() if m is not None}
            occasion = msgspec.structs.replace(occasion, counters=counters)
        applied = apply_rules(rules, occasion, reach)
        for use in applied.uses:
            yield usage.change_of(use, desk.titled(usage.KIND, use.title))
        return applied

    def of_matter(self, matter: Matter) -> tuple[Rule, ...]:
        """The versions of one kept rule that are in force."""
        # By what it says: a version that was decided and never committed may come with other words.
        key = matter.id, matter.body
        known = self._compiled.get(key)
        if known is None:
            known = tuple(self._compile(matter))
            if len(self._compiled) >= MOST_COMPILED:
                self._compiled.clear()  # far more than are in force at once; they come back
            self._compiled[key] = known
        return known

    def _compile(self, matter: Matter) -> list[Rule]:
        in_force = (RuleStatus.ACTIVE, RuleStatus.SHADOW)
        return [
            compile_rule(
                kept.document, self._conditions,
                id=matter.id, version=kept.version, status=kept.status,
            )
            for kept in read_kept(matter.body).versions
            if kept.status in in_force
        ]  # fmt: skip
