"""Applying: the rules in force, run over one occasion in their order. Pure.

    rules = …                                     compiled rules, active and in shadow
    titles = usage_titles(rules, occasion)        1. which counters are needed
    occasion with counters                        2. whoever calls has loaded them
    applied = apply_rules(rules, occasion)        3. what comes of it

What the caller does with `applied`:

- `denied`: answer it; nothing else counts. Its code is `rule_denied` (a rule said no) or
  `rule_failed` (a rule without an answer, that does not say `on_failure: skip`), its facts name
  the rule and its version.
- `moves`: post them in one transaction with the payment's own moves. `source` and `destination`
  are the payment's parties; `roles.place_of(chart, role, asset)` finds every other role.
- `facts`: keep them with the payment.
- `holds_until`: until then what the destination receives is not available.
- `uses`: keep each counter under its title, in the same commit.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.modules.rules.effects import inputs_of
from partita.modules.rules.errors import RuleFailed
from partita.modules.rules.occasion import (
    Applied,
    Counter,
    Occasion,
    RuleFact,
    RuleMove,
    RuleOutcome,
    Use,
)
from partita.modules.rules.rule import Rule, RuleStatus, Sight, Work
from partita.modules.templates.conditions import LARGEST_INTEGER, ConditionFailed

_NO_COUNTER = Counter()


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    """Rules in the order in which they run: by priority, the smallest first, then by name."""
    return sorted(rules, key=lambda rule: (rule.document.priority, rule.name, rule.version))


def usage_titles(rules: Iterable[Rule], occasion: Occasion) -> list[str]:
    """Under which titles the counters are kept that these rules ask for."""
    wanted = (rule.usage_title(occasion) for rule in rules if rule.is_for(occasion))
    return [title for title in dict.fromkeys(wanted) if title is not None]


Reach = Callable[[RuleMove], None]
"""Raises `RuleFailed` if there is no account for a move: whoever runs the payment knows."""


def anywhere(_move: RuleMove) -> None:
    """Every move has its accounts; for whoever only wants to know the amounts."""


def apply_rules(rules: Sequence[Rule], occasion: Occasion, reach: Reach = anywhere) -> Applied:
    """What all rules together make of an occasion; those that are not for it say nothing.

    The first rule in force that refuses, or fails and does not skip, ends it. A rule whose moves
    `reach` no account has failed.
    """
    run = _Run(occasion, reach)
    for rule in in_order(rules):
        if rule.is_for(occasion) and not run.take(rule):
            break
    return run.applied()


class _Done(NamedTuple):
    """A rule that applied, and its counter's title if it counts."""

    work: Work
    title: str | None
    counter: Counter


class _Run:
    """One occasion, rule after rule."""

    def __init__(self, occasion: Occasion, reach: Reach) -> None:
        """Nothing has happened yet."""
        self._occasion, self._reach = occasion, reach
        self._moves: list[RuleMove] = []
        self._facts: list[RuleFact] = []
        self._uses: list[Use] = []
        self._fees = 0
        self._denied: Rejection | None = None
        self._holds_until: Moment | None = None

    def take(self, rule: Rule) -> bool:
        """Run one rule; False if the payment ends here."""
        try:
            done = self._work(rule)
        except (RuleFailed, ConditionFailed) as error:
            return self._fail(rule, str(error))
        if done is None:
            return True
        is_active = rule.status is RuleStatus.ACTIVE
        refused = done.work.denied
        outcome = RuleOutcome.APPLIED if refused is None else RuleOutcome.DENIED
        self._note(rule, outcome if is_active else RuleOutcome.SHADOWED, done.work)
        if refused is not None and is_active:
            self._denied = _rejection(Code.RULE_DENIED, rule, f"refuses it: {refused}")
            return False
        self._count(rule, done)
        if is_active:
            self._add(rule, done.work)
        return True

    def applied(self) -> Applied:
        """What has come of it. Whoever is refused moves nothing and uses nothing."""
        facts = tuple(self._facts)
        if self._denied is not None:
            return Applied(facts=facts, denied=self._denied)
        return Applied(
            tuple(self._moves), facts, holds_until=self._holds_until, uses=tuple(self._uses)
        )

    def _work(self, rule: Rule) -> _Done | None:
        """What a rule comes to; None if its condition does not hold."""
        title = rule.usage_title(self._occasion)
        if rule.counts_months and title is None:
            raise RuleFailed("it counts by customer and month, and no customer is known")
        counter = self._occasion.counters.get(title or "", _NO_COUNTER)
        sight = Sight(self._occasion, self._fees, counter)
        if rule.condition is not None and not rule.condition.holds(_values(sight)):
            return None
        work = rule.effect.work(sight)
        for move in work.moves:
            self._reach(move)
        return _Done(work, title, counter)

    def _fail(self, rule: Rule, detail: str) -> bool:
        if rule.status is RuleStatus.SHADOW:
            self._note(rule, RuleOutcome.SHADOWED, Work(), f"it would fail: {detail}")
            return True
        if rule.skips:
            self._note(rule, RuleOutcome.SKIPPED, Work(), detail)
            return True
        self._note(rule, RuleOutcome.FAILED, Work(), detail)
        self._denied = _rejection(Code.RULE_FAILED, rule, f"has no answer: {detail}")
        return False

    def _count(self, rule: Rule, done: _Done) -> None:
        if done.title is None:
            return
        moved = sum(move.amount for move in done.work.moves)
        counter = Counter(done.counter.count + 1, done.counter.amount + moved)
        self._uses.append(Use(done.title, rule.name, counter))

    def _add(self, rule: Rule, work: Work) -> None:
        self._moves += work.moves
        if rule.effect.kind == "fee":
            self._fees += sum(move.amount for move in work.moves)
        if work.holds_until is not None:
            self._holds_until = max(work.holds_until, self._holds_until or work.holds_until)

    def _note(
        self, rule: Rule, outcome: RuleOutcome, work: Work, detail: str | None = None
    ) -> None:
        occasion = self._occasion
        inputs = {"event": occasion.event, "amount": str(occasion.amount), "asset": occasion.asset}
        if rule.document.when is not None:
            inputs["when"] = rule.document.when
        self._facts.append(
            RuleFact(
                rule=rule.id, name=rule.name, version=rule.version, effect=rule.effect.kind,
                outcome=outcome, inputs=inputs, moves=work.moves, holds_until=work.holds_until,
                detail=detail or work.denied,
            )
        )  # fmt: skip


def _values(sight: Sight) -> dict[str, Any]:
    values = inputs_of(sight)
    for name, value in values.items():
        if isinstance(value, int) and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise RuleFailed(f"{name} is too large for a condition (64 bits)")
    return {**values, "metadata": dict(sight.occasion.metadata)}


def _rejection(code: Code, rule: Rule, what: str) -> Rejection:
    facts = {"rule": rule.name, "version": str(rule.version)}
    detail = f"The rule {rule.name!r} (version {rule.version}) {what}."
    return Rejection(code, detail.replace("..", "."), None, facts)
