"""Effects: what each kind of rule does with an amount. One class for each kind of the closed set.

Every move debits one role and credits another by the same amount, so whatever effects do, what
they add balances. A move of nothing is left out.
"""

from collections import deque
from collections.abc import Sequence
from datetime import time
from typing import Any, NamedTuple

from partita.kernel.account import Side
from partita.kernel.posting import Posting
from partita.modules.rules.business_days import BusinessCalendar
from partita.modules.rules.charge import Charge
from partita.modules.rules.document import Base, TaxMode
from partita.modules.rules.errors import RuleFailed
from partita.modules.rules.occasion import RuleMove
from partita.modules.rules.roles import role
from partita.modules.rules.rule import Sight, Work
from partita.modules.templates.errors import TemplateError
from partita.modules.templates.template import Template


class Way(NamedTuple):
    """From which role to which, spelled as moves spell them."""

    debit: str
    credit: str


class FeeOf(NamedTuple):
    """A fee. What it charges counts as a fee for the rules after it."""

    charge: Charge
    way: Way
    base: Base
    kind: str = "fee"

    def work(self, sight: Sight) -> Work:
        """A move of the charge, in the payment's asset."""
        return _moved(self.way, self.charge.on(_base(sight, self.base)), sight.occasion.asset)


class TaxOf(NamedTuple):
    """A tax, included in what it is of, or added to it."""

    charge: Charge
    way: Way
    base: Base
    mode: TaxMode
    kind: str = "tax"

    def work(self, sight: Sight) -> Work:
        """A move of the tax, in the payment's asset."""
        amount = _base(sight, self.base)
        is_included = self.mode is TaxMode.INCLUDED
        due = self.charge.within(amount) if is_included else self.charge.on(amount)
        return _moved(self.way, due, sight.occasion.asset)


class RewardOf(NamedTuple):
    """A reward in an asset of its own; `most_per_month` bounds it by customer and month."""

    charge: Charge
    way: Way
    asset: str
    most_per_month: int | None
    kind: str = "reward"

    def work(self, sight: Sight) -> Work:
        """A move of the reward, as far as the month allows."""
        due = self.charge.on(sight.occasion.amount)
        if self.most_per_month is not None:
            due = min(due, max(self.most_per_month - sight.counter.amount, 0))
        return _moved(self.way, due, self.asset)


class HoldOf(NamedTuple):
    """A hold on what the destination receives."""

    calendar: BusinessCalendar
    days: int
    at: time
    kind: str = "hold_funds"

    def work(self, sight: Sight) -> Work:
        """The moment from which the funds are free."""
        try:
            return Work(holds_until=self.calendar.available(sight.occasion.now, self.days, self.at))
        except (ValueError, OverflowError) as error:
            raise RuleFailed(str(error)) from None


class DenyOf(NamedTuple):
    """A refusal."""

    reason: str
    kind: str = "deny"

    def work(self, _sight: Sight) -> Work:
        """The reason, and nothing else."""
        return Work(denied=self.reason)


class PostingsOf(NamedTuple):
    """Postings by a template that was proved to balance; its accounts are roles."""

    template: Template
    kind: str = "template"

    def work(self, sight: Sight) -> Work:
        """The template's postings, taken as moves."""
        known = inputs_of(sight)
        arguments = {}
        for name in self.template.document.parameters:
            if name in known:
                arguments[name] = str(known[name])
            elif name in sight.occasion.metadata:
                arguments[name] = sight.occasion.metadata[name]
        try:
            return Work(moves_of(self.template.render(arguments).postings))
        except (TemplateError, ValueError) as error:
            raise RuleFailed(str(error)) from None


def inputs_of(sight: Sight) -> dict[str, Any]:
    """What conditions and templates can ask for, by name; metadata comes beside it."""
    occasion = sight.occasion
    return {
        "kind": occasion.kind,
        "amount": occasion.amount,
        "asset": occasion.asset,
        "rail": occasion.rail,
        "source_kind": occasion.source_kind,
        "destination_kind": occasion.destination_kind,
        "fees": sight.fees,
        "used_count": sight.counter.count,
        "used_amount": sight.counter.amount,
    }


def moves_of(postings: Sequence[Posting]) -> tuple[RuleMove, ...]:
    """Balanced postings as moves: each debit is paid for by credits of its asset, in order."""
    open_sides: dict[tuple[str, Side], deque[list[Any]]] = {}
    moves = []
    for posting in postings:
        left = posting.amount
        other = Side.CREDIT if posting.direction is Side.DEBIT else Side.DEBIT
        waiting = open_sides.setdefault((posting.asset, other), deque())
        while left and waiting:
            place, rest = waiting[0]
            amount = min(left, rest)
            moves.append(_move(posting, place, amount))
            left, waiting[0][1] = left - amount, rest - amount
            if not waiting[0][1]:
                waiting.popleft()
        if left:
            mine = open_sides.setdefault((posting.asset, posting.direction), deque())
            mine.append([posting.account, left])
    assert not any(open_sides.values()), "a template is proved to balance"
    return tuple(move for move in moves if move.debit != move.credit)


def _move(posting: Posting, place: str, amount: int) -> RuleMove:
    sides = (
        (posting.account, place) if posting.direction is Side.DEBIT else (place, posting.account)
    )
    return RuleMove(role(sides[0]), role(sides[1]), amount, posting.asset)


def _base(sight: Sight, base: Base) -> int:
    return sight.fees if base is Base.FEES else sight.occasion.amount


def _moved(way: Way, amount: int, asset: str) -> Work:
    return Work((RuleMove(way.debit, way.credit, amount, asset),)) if amount else Work()
