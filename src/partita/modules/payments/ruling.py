"""Ruling: what the rules in force add to a step of a payment, as legs between accounts.

A rule speaks of roles: `source` and `destination` are the payment's parties, `fees/card` a place of the
chart. What it moved is kept with the payment, with the rule's name and version.
"""

from collections.abc import Generator, Iterable
from typing import Any, NamedTuple

from partita.engine.business import Desk
from partita.kernel.moment import Moment
from partita.kernel.rejections import Rejection
from partita.modules.chart.chart import Chart
from partita.modules.payments.charging import NOTHING, Charged
from partita.modules.payments.legs import Leg
from partita.modules.payments.lifecycle import Transition
from partita.modules.payments.parties import Owner, owner_of, wallet_account
from partita.modules.payments.payment import Charge, ChargeKind, Payment
from partita.modules.payments.places import chart_in_force
from partita.modules.rules.errors import RuleFailed
from partita.modules.rules.occasion import Applied, Occasion, RuleFact, RuleMove, RuleOutcome
from partita.modules.rules.roles import PARTIES, SOURCE, place_of
from partita.modules.rules.rulebook import Rulebook

_KINDS = {"fee": ChargeKind.FEE, "tax": ChargeKind.TAX, "reward": ChargeKind.REWARD}


class RuleCharger:
    """Charges by the rules in force, which a rulebook compiles."""

    def __init__(self, rules: Rulebook) -> None:
        """Take them from this rulebook."""
        self._rules = rules

    def __call__(
        self, desk: Desk, payment: Payment, row: Transition, amount: int
    ) -> Generator[Any, Any, Charged | Rejection]:
        """What the rules in force make of a step; a refusal of theirs is the answer to the whole."""
        if not desk.standing("rule"):
            return NOTHING
        event = f"{payment.type.value}.{row.event}"
        chart = chart_in_force(desk)

        def reach(move: RuleMove) -> None:
            for role in (move.debit, move.credit):
                _account(desk, chart, payment, move, role)

        applied = yield from self._rules.run(desk, _occasion(desk, payment, event, amount), reach)
        if applied.denied is not None:
            return applied.denied
        return _charged(desk, payment, event, applied)


def _occasion(desk: Desk, payment: Payment, event: str, amount: int) -> Occasion:
    owners = owner_of(desk, payment.source), owner_of(desk, payment.destination)
    return occasion_of(payment, Step(event, amount, desk.now), owners)


class Step(NamedTuple):
    """A step of a payment: which event, about how much, and when."""

    event: str
    amount: int
    now: Moment


def occasion_of(payment: Payment, step: Step, owners: tuple[Owner, Owner]) -> Occasion:
    """A step as rules see it; the owners are those of the source and of the destination."""
    source, destination = owners
    event, amount, now = step
    return Occasion(
        event=event,
        kind=payment.type.value,
        amount=amount,
        asset=payment.asset,
        now=now,
        rail=payment.rail or "",
        source_kind=source.kind,
        destination_kind=destination.kind,
        subject=source.customer or destination.customer,
        metadata=payment.metadata,
    )


def _charged(desk: Desk, payment: Payment, event: str, applied: Applied) -> Charged:
    chart = chart_in_force(desk)
    kept = [
        Charge(
            _KINDS.get(fact.effect, ChargeKind.OTHER), fact.name, fact.version, move.amount,
            move.asset, _account(desk, chart, payment, move, move.debit),
            _account(desk, chart, payment, move, move.credit), event,
        )
        for fact in applied.facts
        if fact.outcome is RuleOutcome.APPLIED
        for move in fact.moves
    ]  # fmt: skip
    legs = tuple(Leg(each.debit, each.credit, each.amount, each.asset) for each in kept)
    return Charged(legs, tuple(kept), applied.holds_until, _versions(applied.facts))


def _versions(facts: Iterable[RuleFact]) -> str:
    """Which rules had a say, in which version, and what became of them: `card@2 applied, …`."""
    return ", ".join(fact.text() for fact in facts)


def _account(desk: Desk, chart: Chart, payment: Payment, move: RuleMove, role: str) -> str:
    if role not in PARTIES:
        return place_of(chart, role, move.asset)
    party = payment.source if role == SOURCE else payment.destination
    if party is None:
        raise RuleFailed(f"a {payment.type.value} has no {role}")
    return party.account if move.asset == payment.asset else wallet_account(desk, party, move.asset)
