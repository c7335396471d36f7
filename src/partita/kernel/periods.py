"""Accounting periods: spans of effective time that are open, softly closed, or closed for good.

A soft close keeps out everything that does not say that it is an adjustment; a hard close keeps out
everything. What comes late may go to the first open moment after the period, and says what for.
"""

from enum import Enum
from typing import ClassVar

import msgspec

from partita.kernel.moment import Moment
from partita.kernel.resources import Resource


class PeriodStatus(Enum):
    """How open a period is."""

    OPEN = "open"
    SOFT_CLOSED = "soft_closed"
    CLOSED = "closed"


PERIOD_ACTIONS: dict[PeriodStatus, tuple[str, ...]] = {
    PeriodStatus.OPEN: ("soft_close", "close"),
    PeriodStatus.SOFT_CLOSED: ("reopen", "close"),
    PeriodStatus.CLOSED: (),
}
"""The transition table of a period: a hard close is for ever."""


class Late(Enum):
    """What becomes of a transaction whose moment lies in a period that is not open.

    REFUSE it; ADJUST: let it into a softly closed period; MOVE it to the first open moment after.
    """

    REFUSE = "refuse"
    ADJUST = "adjust"
    MOVE = "move"


class Period(Resource, frozen=True):
    """A period as it is now: from `begins_at` inclusive to `ends_at` exclusive, by effective time."""

    kind: ClassVar[str] = "period"

    title: str
    begins_at: Moment
    ends_at: Moment
    status: PeriodStatus = PeriodStatus.OPEN
    reason: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def state(self) -> str:
        """Its status."""
        return self.status.value

    @property
    def name(self) -> str:
        """Its title, such as 2026-10."""
        return self.title

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        """What may be done to it now."""
        return PERIOD_ACTIONS[self.status]

    def holds(self, moment: Moment) -> bool:
        """Whether a moment lies in it."""
        return self.begins_at <= moment < self.ends_at

    def with_changes(self, **changes: object) -> "Period":
        """The same period with some fields changed."""
        return msgspec.structs.replace(self, **changes)


class Calendar:
    """The periods of a ledger, and until when any of them is not open; part of the book."""

    __slots__ = ("closed_until", "periods")

    def __init__(self) -> None:
        """No periods: everything is open."""
        self.periods: dict[str, Period] = {}
        self.closed_until: Moment | None = None
        """No moment from here on lies in a period that is not open; None: all moments are open."""

    def keep(self, period: Period) -> None:
        """Take in a period as it is now."""
        self.periods[period.id] = period
        ends = (p.ends_at for p in self.periods.values() if p.status is not PeriodStatus.OPEN)
        self.closed_until = max(ends, default=None)

    def shut(self, moment: Moment) -> Period | None:
        """The period that a moment lies in, if that is not open."""
        if self.closed_until is None or moment >= self.closed_until:
            return None
        found = (p for p in self.periods.values() if p.holds(moment))
        return next((p for p in found if p.status is not PeriodStatus.OPEN), None)

    def first_open_after(self, period: Period) -> Moment:
        """The first moment after a period that lies in none that is shut."""
        moment = period.ends_at
        while (shut := self.shut(moment)) is not None:
            moment = shut.ends_at
        return moment

    def copy(self) -> "Calendar":
        """The same, to go its own way."""
        other = Calendar()
        other.periods, other.closed_until = dict(self.periods), self.closed_until
        return other

    def forget(self) -> None:
        """Drop everything that was loaded."""
        self.periods, self.closed_until = {}, None
