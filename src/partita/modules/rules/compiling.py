"""Compiling: a document becomes a rule, or a list of everything that is wrong with it.

What can be settled without a payment is settled here: names, bounds, time zones, the condition's
types, and that a template balances. A kept rule can only ever have no answer, and never lose money.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, time
from typing import Any

from partita.engine.plain_documents import Finding, step
from partita.kernel.asset import check_code
from partita.modules.rules.business_days import BusinessCalendar
from partita.modules.rules.charge import NOTHING, Charge
from partita.modules.rules.document import (
    LARGEST_DOCUMENT_BYTES,
    Charging,
    DenyEffect,
    FeeEffect,
    HoldEffect,
    PostingsEffect,
    RewardEffect,
    RuleDocument,
    TaxEffect,
    TaxMode,
    Weekday,
    canonical,
    effect_name,
    zone_of,
)
from partita.modules.rules.effects import (
    DenyOf,
    FeeOf,
    HoldOf,
    PostingsOf,
    RewardOf,
    TaxOf,
    Way,
)
from partita.modules.rules.errors import RuleInvalid
from partita.modules.rules.roles import role
from partita.modules.rules.rule import Effect, Rule, RuleStatus
from partita.modules.templates.compiling import compile_template
from partita.modules.templates.conditions import CompiledCondition, Conditions, VariableKind
from partita.modules.templates.document import TemplateDocument
from partita.modules.templates.errors import TemplateInvalid
from partita.modules.templates.expression import Function
from partita.modules.templates.parameters import read_rate

VARIABLES: dict[str, VariableKind] = {
    "kind": VariableKind.TEXT,
    "amount": VariableKind.INTEGER,
    "asset": VariableKind.TEXT,
    "rail": VariableKind.TEXT,
    "source_kind": VariableKind.TEXT,
    "destination_kind": VariableKind.TEXT,
    "fees": VariableKind.INTEGER,
    "used_count": VariableKind.INTEGER,
    "used_amount": VariableKind.INTEGER,
    "metadata": VariableKind.TEXTS,
}
"""What a condition may ask about. `fees`: charged by the rules before, in the payment's asset;
`used_count`, `used_amount`: how often this rule applied to the customer this month, and what it
moved then."""
_COUNTER_READ = re.compile(r"\bused_(?:count|amount)\b")


class _Findings:
    """Collects what is wrong, so that an author hears of everything at once."""

    def __init__(self) -> None:
        """Nothing is wrong yet."""
        self.found: list[Finding] = []

    @contextmanager
    def at(self, *steps: str | int) -> Iterator[None]:
        """Take a ValueError from inside as a finding at this place."""
        try:
            yield
        except TemplateInvalid as error:
            self.found += [Finding(step(*steps) + f.pointer, f.detail) for f in error.findings]
        except ValueError as error:
            self.found.append(Finding(step(*steps), f"{error}."))

    def check(self) -> None:
        """Stop here if anything is wrong."""
        if self.found:
            raise RuleInvalid(*self.found)


def compile_rule(
    document: RuleDocument,
    conditions: Conditions,
    *,
    id: str = "",
    version: int = 0,
    status: RuleStatus = RuleStatus.DRAFT,
) -> Rule:
    """The rule that a document is.

    Raises:
        RuleInvalid: it says what nobody can carry out, or could unbalance a payment.
    """
    findings = _Findings()
    with findings.at():
        if len(canonical(document)) > LARGEST_DOCUMENT_BYTES:
            raise ValueError(f"a rule has at most {LARGEST_DOCUMENT_BYTES} bytes")
        kind = effect_name(document)
    findings.check()
    with findings.at("timezone"):
        zone_of(document)
    with findings.at("asset"):
        if document.asset is not None:
            check_code(document.asset)
    condition = None
    with findings.at("when"):
        condition = _condition(document, conditions)
    findings.check()
    effect: Effect | None = None
    with findings.at(kind):
        effect = _EFFECTS[kind](document, getattr(document, kind), conditions)
    findings.check()
    assert effect is not None, "what is without findings has an effect"
    return Rule(id, version, status, document, condition, effect, _counts(document))


def _condition(document: RuleDocument, conditions: Conditions) -> CompiledCondition | None:
    return None if document.when is None else conditions.compile(document.when, VARIABLES)


def _counts(document: RuleDocument) -> bool:
    """Whether the rule asks what it did before in the month."""
    has_cap = document.reward is not None and document.reward.cap_per_month is not None
    parameters = () if document.template is None else document.template.parameters
    asks = _COUNTER_READ.search(document.when or "") is not None
    return has_cap or asks or bool({"used_count", "used_amount"} & set(parameters))


def _charge(written: Charging, document: RuleDocument) -> Charge:
    rate = NOTHING if written.percentage is None else read_rate(written.percentage)
    fixed, least = int(written.fixed or 0), int(written.min or 0)
    most = None if written.cap is None else int(written.cap)
    if rate[0] == fixed == least == 0:
        raise ValueError("nothing is charged: name a `percentage`, a `fixed` part or a `min`")
    if most is not None and most < max(least, 1):
        raise ValueError("`cap` is below `min`, or nothing")
    if not isinstance(written, RewardEffect) and document.asset is None:
        _check_no_amounts(fixed, least, most)
    return Charge(rate, fixed, least, most, Function(written.rounding.value))


def _check_no_amounts(fixed: int, least: int, most: int | None) -> None:
    if fixed or least or most is not None:
        raise ValueError("`fixed`, `min` and `cap` are amounts: say of what asset, by `asset`")


def _way(debit: str, credit: str) -> Way:
    way = Way(role(debit), role(credit))
    if way.debit == way.credit:
        raise ValueError(f"from {way.debit} to itself nothing moves")
    return way


def _fee(document: RuleDocument, fee: FeeEffect, _conditions: Conditions) -> Effect:
    return FeeOf(_charge(fee, document), _way(fee.from_, fee.to), fee.of)


def _tax(document: RuleDocument, tax: TaxEffect, _conditions: Conditions) -> Effect:
    is_included = tax.mode is TaxMode.INCLUDED
    if is_included and (tax.fixed or tax.min):
        raise ValueError("what is included in an amount is a percentage, without `fixed` or `min`")
    source = tax.from_ or ("destination" if is_included else "source")
    return TaxOf(_charge(tax, document), _way(source, tax.to), tax.of, tax.mode)


def _reward(document: RuleDocument, reward: RewardEffect, _conditions: Conditions) -> Effect:
    month = None if reward.cap_per_month is None else int(reward.cap_per_month)
    charge = _charge(reward, document)
    return RewardOf(charge, _way(reward.from_, reward.to), check_code(reward.asset), month)


def _hold(document: RuleDocument, hold: HoldEffect, _conditions: Conditions) -> Effect:
    weekend = frozenset(list(Weekday).index(day) for day in hold.weekend)
    holidays = frozenset(date.fromisoformat(day) for day in hold.holidays)
    calendar = BusinessCalendar(zone_of(document), weekend, holidays)
    return HoldOf(calendar, hold.business_days, time.fromisoformat(hold.at))


def _deny(_document: RuleDocument, deny: DenyEffect, _conditions: Conditions) -> Effect:
    return DenyOf(deny.reason)


def _postings(document: RuleDocument, effect: PostingsEffect, conditions: Conditions) -> Effect:
    written = TemplateDocument(
        name=document.name,
        postings=effect.postings,
        parameters=effect.parameters,
        let=effect.let,
    )
    return PostingsOf(compile_template(written, conditions))


_EFFECTS: dict[str, Callable[[RuleDocument, Any, Conditions], Effect]] = {
    "fee": _fee,
    "tax": _tax,
    "reward": _reward,
    "hold_funds": _hold,
    "deny": _deny,
    "template": _postings,
}
"""How each effect of a document is made ready."""
