"""Holds: money of one account set aside, to be captured in parts, released, or left to expire.

A hold is pending on the side that takes from its account, so it lowers what is available the moment
it is placed, and a capture spends what was set aside. The table `HOLD_ACTIONS` is its life.
"""

from enum import Enum
from typing import ClassVar

import msgspec

from partita.kernel.account import Side
from partita.kernel.moment import Moment
from partita.kernel.resources import Resource

BASIS_POINTS = 10_000


class HoldStatus(Enum):
    """Where a hold is in its life."""

    PLACED = "placed"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


class LateCapture(Enum):
    """Whether a hold that has expired may still be captured, out of what is available then."""

    REFUSED = "refused"
    ALLOWED = "allowed"


_OPEN = ("capture", "increment", "release", "extend")
HOLD_ACTIONS: dict[HoldStatus, tuple[str, ...]] = {
    HoldStatus.PLACED: _OPEN,
    HoldStatus.PARTIALLY_CAPTURED: _OPEN,
    HoldStatus.CAPTURED: (),
    HoldStatus.RELEASED: (),
    HoldStatus.EXPIRED: ("capture",),
}
"""The transition table: what may be done to a hold in each status.

An expired hold may be captured only where its `late_capture` allows it.
"""


class Hold(Resource, frozen=True):
    """A hold as it is now; all sums in minor units of `asset`.

    `amount` is what was placed and added; `captured`, `released` and `expired` is where it went;
    `remaining` is what still is set aside. With an `overcapture_bps` of 1,000, up to 10 % more
    than was held may be captured in all; what goes beyond must be available.
    """

    kind: ClassVar[str] = "hold"

    account: str
    account_no: int
    direction: Side
    asset: str
    amount: int
    captured: int = 0
    released: int = 0
    expired: int = 0
    remaining: int = 0
    status: HoldStatus = HoldStatus.PLACED
    expires_at: Moment | None = None
    overcapture_bps: int = 0
    late_capture: LateCapture = LateCapture.REFUSED
    external_id: str | None = None
    placed_at: Moment = Moment(0)
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def state(self) -> str:
        """Its status."""
        return self.status.value

    @property
    def name(self) -> str | None:
        """The caller's own reference."""
        return self.external_id

    @property
    def account_number(self) -> int:
        """The account whose money it is."""
        return self.account_no

    @property
    def accounts(self) -> tuple[str, ...]:
        """The path of that account."""
        return (self.account,)

    @property
    def is_open(self) -> bool:
        """Whether it still sets money aside."""
        return self.status in (HoldStatus.PLACED, HoldStatus.PARTIALLY_CAPTURED)

    @property
    def due_at(self) -> Moment | None:
        """When it expires, while it can."""
        return self.expires_at if self.is_open else None

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        """What may be done to it now."""
        is_over = self.status is HoldStatus.EXPIRED and self.late_capture is LateCapture.REFUSED
        return () if is_over else HOLD_ACTIONS[self.status]

    @property
    def capturable(self) -> int:
        """How much more may be captured, the tolerance included.

        >>> Hold(
        ...     "hld_1",
        ...     9,
        ...     "a",
        ...     5,
        ...     Side.DEBIT,
        ...     "USD",
        ...     1000,
        ...     400,
        ...     remaining=600,
        ...     overcapture_bps=1000,
        ... ).capturable
        700
        """
        if not self.allowed_actions:
            return 0
        kept = self.amount - self.released
        return kept + kept * self.overcapture_bps // BASIS_POINTS - self.captured

    @property
    def uncaptured(self) -> int:
        """What a capture without an amount takes: what remains, or remained when it expired."""
        return max(self.amount - self.captured - self.released, 0) if self.allowed_actions else 0

    def with_changes(self, **changes: object) -> "Hold":
        """The same hold with some fields changed."""
        return msgspec.structs.replace(self, **changes)
