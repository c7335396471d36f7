"""Rules and occasions for tests, each with what a test does not care about filled in."""

from collections.abc import Mapping
from typing import Any

from partita.engine.plain_documents import parse_yaml
from partita.kernel.moment import Moment
from partita.modules.rules.applying import apply_rules, usage_titles
from partita.modules.rules.compiling import compile_rule
from partita.modules.rules.document import read_rule
from partita.modules.rules.errors import RuleInvalid
from partita.modules.rules.occasion import Applied, Counter, Occasion
from partita.modules.rules.rule import Rule, RuleStatus
from partita.modules.templates.conditions import (
    ConditionFailed,
    ConditionInvalid,
    ConditionValue,
    VariableKind,
)

NOW = Moment.parse("2026-11-20T10:00:00Z")


class Equalities:
    """Conditions without CEL: `name == 'text'`, or `broken`, which never has an answer."""

    def compile(self, text: str, variables: Mapping[str, VariableKind]) -> "Equality":
        name, _, wanted = text.partition(" == ")
        if text != "broken" and name not in variables:
            raise ConditionInvalid(f"no name {name!r}")
        return Equality(name, wanted.strip("'"))


class Equality:
    def __init__(self, name: str, wanted: str) -> None:
        self._name, self._wanted = name, wanted

    def holds(self, values: Mapping[str, ConditionValue]) -> bool:
        if self._name == "broken":
            raise ConditionFailed("integer overflow")
        return str(values[self._name]) == self._wanted


def rule(text: str, status: RuleStatus = RuleStatus.ACTIVE, version: int = 1) -> Rule:
    """A rule out of YAML; `name` and `on` may be left out."""
    value = {"name": "sample", "on": "payment.captured"} | parse_yaml(text)
    document = read_rule(value, are_texts=True)
    return compile_rule(document, Equalities(), id="rul_1", version=version, status=status)


def findings(text: str) -> dict[str, str]:
    """What is wrong with a rule, by place."""
    try:
        rule(text)
    except RuleInvalid as error:
        return {finding.pointer: finding.detail for finding in error.findings}
    return {}


def occasion(amount: int = 10_000, **rest: Any) -> Occasion:
    """A captured payment in euros."""
    usual = {"event": "payment.captured", "kind": "payment", "asset": "EUR", "now": NOW}
    usual |= {"subject": "cus_anna", "rail": "card", "source_kind": "personal"}
    return Occasion(amount=amount, **(usual | {"destination_kind": "merchant"} | rest))  # type: ignore[arg-type]


def applied(*rules: Rule, amount: int = 10_000, **rest: Any) -> Applied:
    """What rules make of it."""
    return apply_rules(rules, occasion(amount, **rest))


class Month:
    """A month of payments, whose counters are kept from one to the next."""

    def __init__(self, *rules: Rule) -> None:
        self._rules, self.counters = rules, dict[str, Counter]()

    def pay(self, amount: int, **rest: Any) -> Applied:
        asked = usage_titles(self._rules, occasion(amount, **rest))
        known = {title: self.counters[title] for title in asked if title in self.counters}
        result = apply_rules(self._rules, occasion(amount, counters=known, **rest))
        self.counters |= {use.title: use.counter for use in result.uses}
        return result


def moved(result: Applied) -> list[str]:
    """The moves, as an accountant would note them."""
    return [f"{m.debit} -> {m.credit} {m.amount} {m.asset}" for m in result.moves]
