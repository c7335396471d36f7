"""A rule: a document made ready to be run, in one version, in one state.

    draft ──► shadow ──► active ──► retired      by version; any of the first two may go to retired

A rule in shadow is worked out and recorded like one that is active, and moves nothing.
"""

from enum import Enum
from typing import NamedTuple, Protocol

from partita.kernel.moment import Moment
from partita.modules.rules.business_days import month_of
from partita.modules.rules.document import OnFailure, RuleDocument, zone_of
from partita.modules.rules.occasion import Counter, Occasion, RuleMove
from partita.modules.templates.conditions import CompiledCondition

COVERS = {"payment.captured": frozenset({"payment.partially_captured", "payment.paid"})}
"""Events that are one more of a kind: whoever asks for the first is asked about the others too."""


class RuleStatus(Enum):
    """How far a version of a rule has come."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ACTIVE = "active"
    RETIRED = "retired"


class Sight(NamedTuple):
    """What an effect looks at: the occasion, the fees before it, and the month's counter so far."""

    occasion: Occasion
    fees: int
    counter: Counter


class Work(NamedTuple):
    """What an effect comes to: moves, a hold on funds, or a refusal with its reason."""

    moves: tuple[RuleMove, ...] = ()
    holds_until: Moment | None = None
    denied: str | None = None


class Effect(Protocol):
    """One effect of the closed set."""

    @property
    def kind(self) -> str:
        """Its name in the closed set."""
        ...

    def work(self, sight: Sight) -> Work:
        """What it does on an occasion.

        Raises:
            RuleFailed: it has no answer.
        """
        ...


class Rule(NamedTuple):
    """A compiled rule. `id` is that of the matter that keeps it; empty before it is kept."""

    id: str
    version: int
    status: RuleStatus
    document: RuleDocument
    condition: CompiledCondition | None
    effect: Effect
    counts_months: bool

    @property
    def name(self) -> str:
        """Its name, which the refusals that it makes say."""
        return self.document.name

    @property
    def skips(self) -> bool:
        """Whether a payment goes on without it when it fails."""
        return self.document.on_failure is OnFailure.SKIP

    def is_for(self, occasion: Occasion) -> bool:
        """Whether it has anything to say to an occasion, its condition aside."""
        is_in_force = self.status in (RuleStatus.ACTIVE, RuleStatus.SHADOW)
        is_asset = self.document.asset in (None, occasion.asset)
        on, event = self.document.on, occasion.event
        return is_in_force and is_asset and (on == event or event in COVERS.get(on, ()))

    def usage_title(self, occasion: Occasion) -> str | None:
        """Under what its counter for this customer and month is kept; None if there is none.

        A version in shadow counts for itself: what it would have given is not what was given.
        """
        if not self.counts_months or occasion.subject is None:
            return None
        month = month_of(occasion.now, zone_of(self.document))
        whose = self.name if self.status is RuleStatus.ACTIVE else f"{self.name}@{self.version}"
        return f"{whose}/{occasion.subject}/{month}"
