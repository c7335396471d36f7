"""What a plain bank writes down: accounts, holds, transactions, each as a clerk would keep it."""

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

DEBIT, CREDIT = 1, -1


class Leg(NamedTuple):
    """One line of a transaction; `side` is 1 for a debit, -1 for a credit."""

    account: str
    side: int
    amount: int
    asset: str


class PlainAccount:
    """An account: its asset, the side on which it grows, its limits, and all that went through."""

    def __init__(self, asset: str, grows: int, limits: dict[str, int]) -> None:
        self.asset, self.grows, self.limits = asset, grows, limits
        self.stopped, self.entries = set[str](), 0
        self.turnover = {DEBIT: 0, CREDIT: 0}

    def copy(self) -> "PlainAccount":
        other = copy(self)
        other.turnover, other.stopped = dict(self.turnover), set(self.stopped)
        return other

    @property
    def status(self) -> str:
        """Open, or frozen for what is stopped: what comes in, what goes out, or both."""
        named = {"": "open", "in": "frozen_in", "out": "frozen_out"}
        return named.get("".join(self.stopped), "frozen")

    @property
    def posted(self) -> int:
        return self.grows * (self.turnover[DEBIT] - self.turnover[CREDIT])


class PlainHold:
    """A hold: what was placed, and where it went."""

    def __init__(
        self, account: str, amount: int, asset: str, expires_at: int | None, bps: int, *, late: bool
    ) -> None:
        self.account, self.amount, self.asset = account, amount, asset
        self.expires_at, self.bps, self.late = expires_at, bps, late
        self.captured = self.released = self.expired = 0
        self.status = "placed"

    @property
    def is_open(self) -> bool:
        return self.status in ("placed", "partially_captured")

    @property
    def remaining(self) -> int:
        """What still is set aside."""
        return self.amount - self.captured - self.released if self.is_open else 0

    @property
    def most(self) -> int:
        """How much may be captured in all: what was kept, and the tolerance, rounded down."""
        kept = self.amount - self.released
        return kept + kept * self.bps // 10_000


class PlainTransaction:
    """A transaction with all that is known of it; `taken` is what was reversed of each leg."""

    def __init__(self, legs: Sequence[Leg], status: str, *, is_reversal: bool = False) -> None:
        self.legs, self.status, self.is_reversal = list(legs), status, is_reversal
        self.taken, self.version = [0] * len(legs), 1

    def copy(self) -> "PlainTransaction":
        other = copy(self)
        other.taken = list(self.taken)
        return other

    @property
    def left(self) -> list[int]:
        return [leg.amount - taken for leg, taken in zip(self.legs, self.taken, strict=True)]
