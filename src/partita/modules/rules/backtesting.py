"""Backtests: what a rule would have done to payments that were made. Nothing is kept or moved.

The rule runs as if it had been in force for the whole span, beside the fee rules that are in force
now (a tax may be of fees). Its counters begin at nothing, so a span with monthly caps best begins
with a month.
"""

from collections import Counter as Sums
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from partita.kernel.moment import Moment
from partita.modules.rules.applying import apply_rules, usage_titles
from partita.modules.rules.document import OnFailure
from partita.modules.rules.kept import Backtest
from partita.modules.rules.occasion import Counter, Occasion, RuleFact, RuleOutcome
from partita.modules.rules.rule import Rule, RuleStatus

MOST_LINES = 1_000


class Past(NamedTuple):
    """An occasion of history, and the payment that it was about. Its `now` is when it was."""

    payment: str
    occasion: Occasion


class Span(NamedTuple):
    """From `begins_at` inclusive to `ends_at` exclusive, looked at `now`."""

    begins_at: Moment
    ends_at: Moment
    now: Moment


class BacktestLine(msgspec.Struct, frozen=True):
    """What the rule would have done to one payment."""

    payment: str
    at: Moment
    fact: RuleFact


class BacktestReport(msgspec.Struct, frozen=True):
    """The whole of it; `lines` are the first 1,000 payments that it touches."""

    summary: Backtest
    lines: tuple[BacktestLine, ...]


def backtest(
    rule: Rule, history: Iterable[Past], span: Span, beside: Sequence[Rule] = ()
) -> BacktestReport:
    """What a rule would have done to payments in the order of history."""
    tried = rule._replace(status=RuleStatus.ACTIVE)
    rules = [tried, *_fees_beside(rule, beside)]
    counters: dict[str, Counter] = {}
    tally, seen = _Tally(), 0
    for payment, occasion in history:
        if not tried.is_for(occasion):
            continue
        seen += 1
        titles = usage_titles([tried], occasion)
        known = {title: counters[title] for title in titles if title in counters}
        applied = apply_rules(rules, msgspec.structs.replace(occasion, counters=known))
        counters.update((use.title, use.counter) for use in applied.uses)
        for fact in applied.facts:
            if fact.name == tried.name:
                tally.take(BacktestLine(payment, occasion.now, fact))
    return BacktestReport(tally.summary(span, seen), tuple(tally.lines))


def _fees_beside(rule: Rule, others: Sequence[Rule]) -> list[Rule]:
    """The fees in force, of which other rules may be; one that fails is no matter here."""
    return [
        each._replace(document=msgspec.structs.replace(each.document, on_failure=OnFailure.SKIP))
        for each in others
        if each.effect.kind == "fee" and each.name != rule.name and not each.counts_months
    ]


class _Tally:
    """The sums of a backtest, line by line."""

    def __init__(self) -> None:
        self.lines: list[BacktestLine] = []
        self._outcomes: Sums[RuleOutcome] = Sums()
        self._totals: Sums[str] = Sums()
        self._touched = 0

    def take(self, line: BacktestLine) -> None:
        """Count what the rule said to one payment."""
        fact = line.fact
        self._outcomes[fact.outcome] += 1
        for move in fact.moves:
            self._totals[move.asset] += move.amount
        if fact.moves or fact.holds_until is not None or fact.detail is not None:
            self._touched += 1
            if len(self.lines) < MOST_LINES:
                self.lines.append(line)

    def summary(self, span: Span, seen: int) -> Backtest:
        """It all in short."""
        failed = self._outcomes[RuleOutcome.FAILED] + self._outcomes[RuleOutcome.SKIPPED]
        return Backtest(
            at=span.now, begins_at=span.begins_at, ends_at=span.ends_at, payments=seen,
            touched=self._touched, denied=self._outcomes[RuleOutcome.DENIED], failed=failed,
            totals={asset: str(total) for asset, total in sorted(self._totals.items())},
        )  # fmt: skip
