"""Transactions with a life: those that were pending once, and those that were reversed.

Most transactions are posted at once and never change: they have their journal record and nothing
else. This is the state of the others: a pending one sets money aside on both sides until it is
posted or archived, and a reversed one knows how much of each of its legs was taken back.
"""

from enum import Enum
from typing import ClassVar

import msgspec

from partita.kernel.account import Side
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.kernel.resources import Resource


class TransactionStatus(Enum):
    """Where a transaction is in its life."""

    PENDING = "pending"
    POSTED = "posted"
    ARCHIVED = "archived"


TRANSACTION_ACTIONS: dict[TransactionStatus, tuple[str, ...]] = {
    TransactionStatus.PENDING: ("post", "edit", "archive"),
    TransactionStatus.POSTED: ("reverse",),
    TransactionStatus.ARCHIVED: (),
}
"""The transition table of a transaction: what may be done to it in each status."""


class Transaction(Resource, frozen=True):
    """A transaction as it is now. Its legs name accounts by path.

    `version` counts the edits; `effective_at` None means: when it is posted. `reversed` is how
    much of each leg was reversed so far, `reversed_by` the reversals, `reverses` what this one
    takes back. `settled_in` is the sequence of the record that posted it.
    """

    kind: ClassVar[str] = "transaction"

    status: TransactionStatus
    legs: tuple[Posting, ...]
    version: int = 1
    type: str | None = None
    external_id: str | None = None
    effective_at: Moment | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    reversed: tuple[int, ...] = ()
    reversed_by: tuple[str, ...] = ()
    reverses: str | None = None
    settled_in: int | None = None
    reason: str | None = None

    @property
    def state(self) -> str:
        """Its status."""
        return self.status.value

    @property
    def name(self) -> str | None:
        """The caller's own reference."""
        return self.external_id

    @property
    def accounts(self) -> tuple[str, ...]:
        """The paths of its legs' accounts."""
        return tuple(leg.account for leg in self.legs)

    @property
    def left(self) -> tuple[int, ...]:
        """How much of each leg can still be reversed."""
        taken = self.reversed or (0,) * len(self.legs)
        return tuple(leg.amount - back for leg, back in zip(self.legs, taken, strict=True))

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        """What may be done to it now; a reversal, and what is wholly reversed, stays as it is."""
        if self.status is TransactionStatus.POSTED and (self.reverses or not any(self.left)):
            return ()
        return TRANSACTION_ACTIONS[self.status]

    def with_changes(self, **changes: object) -> "Transaction":
        """The same transaction with some fields changed."""
        return msgspec.structs.replace(self, **changes)


OTHER_SIDE: dict[Side, Side] = {Side.DEBIT: Side.CREDIT, Side.CREDIT: Side.DEBIT}
"""Where a posting goes to be taken back."""
