"""Occasions: what rules are told of a payment, and what they answer.

An occasion is plain values: whoever runs the payment makes it, and finds the accounts for the
roles that the moves name (`roles.py`).
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

import msgspec

from partita.kernel.moment import Moment
from partita.kernel.rejections import Rejection


class Counter(msgspec.Struct, frozen=True):
    """What a rule has done for one subject in one calendar month."""

    count: int = 0
    amount: int = 0


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one payment, as rules see it.

    `event` is such as `payment.captured`; `amount` in units of `asset`; `source_kind` and
    `destination_kind` are the kinds of the wallets ("" if there is none); `subject` is the customer
    whose months are counted; `counters` what `usage_titles` asked for and the store had.
    """

    event: str
    kind: str
    amount: int
    asset: str
    now: Moment
    rail: str = ""
    source_kind: str = ""
    destination_kind: str = ""
    subject: str | None = None
    metadata: Mapping[str, str] = {}
    counters: Mapping[str, Counter] = {}


class RuleMove(msgspec.Struct, frozen=True):
    """An amount that a rule moves: debited from one role, credited to another, so it balances."""

    debit: str
    credit: str
    amount: int
    asset: str


class RuleOutcome(Enum):
    """What became of a rule on an occasion that it was for."""

    APPLIED = "applied"
    SHADOWED = "shadowed"
    """It was in shadow: its moves are what it would have moved."""
    SKIPPED = "skipped"
    """It failed, and says itself that the payment goes on without it."""
    DENIED = "denied"
    FAILED = "failed"


class RuleFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one rule did to one payment: kept with the payment, so that it can be explained.

    `version` is the version that was in force; `inputs` what it was told; `detail` why it failed
    or refused.
    """

    rule: str
    name: str
    version: int
    effect: str
    outcome: RuleOutcome
    inputs: dict[str, str]
    moves: tuple[RuleMove, ...] = ()
    holds_until: Moment | None = None
    detail: str | None = None

    def text(self) -> str:
        """The fact in one line; of a rule in shadow or skipped, also what it would have done, or why.

        `card-fee@2 applied`, `card-fee@3 shadowed (180 EUR)`, `points@1 skipped (overflow)`.
        """
        said = f"{self.name}@{self.version} {self.outcome.value}"
        if self.outcome is RuleOutcome.APPLIED:
            return said
        told = [f"{move.amount} {move.asset}" for move in self.moves]
        told += [] if self.holds_until is None else [f"until {self.holds_until.text()}"]
        told += [] if self.detail is None else [self.detail]
        return f"{said} ({'; '.join(told)})" if told else said


class Use(NamedTuple):
    """A counter as it is after the occasion; to be kept under its title."""

    title: str
    rule: str
    counter: Counter


class Applied(msgspec.Struct, frozen=True):
    """What all rules together make of an occasion.

    If `denied`, there is nothing else to do than to refuse; `moves` are to be posted in one
    transaction with the payment's own; `facts` to be kept with it; until `holds_until` what the
    destination received is not available.
    """

    moves: tuple[RuleMove, ...] = ()
    facts: tuple[RuleFact, ...] = ()
    denied: Rejection | None = None
    holds_until: Moment | None = None
    uses: tuple[Use, ...] = ()
