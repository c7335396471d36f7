"""Settlement batches: what was payable at a cut-off, and what became of it.

    closed ──► paying ──► paid          carried: less than the least payout, nothing is paid
      │          │ ▲        │
      └──► failed ◄┘◄───────┘           failed: nobody was paid; the money is payable still

Beside that, a batch with a reserve holds it until its day has come, and then releases it.
"""

from enum import Enum

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.moment import Moment
from partita.modules.settlement.statement import Figures

KIND, PREFIX = "settlement_batch", "stl_"


class BatchStatus(Enum):
    """Where the payout of a batch is."""

    CARRIED = "carried"
    CLOSED = "closed"
    PAYING = "paying"
    PAID = "paid"
    FAILED = "failed"


class BatchVerb(Enum):
    """What can be done to a batch."""

    PAY = "pay"
    SETTLE = "settle"
    FAIL = "fail"


TRANSITIONS: dict[BatchStatus, dict[BatchVerb, BatchStatus]] = {
    BatchStatus.CARRIED: {},
    BatchStatus.CLOSED: {BatchVerb.PAY: BatchStatus.PAYING, BatchVerb.FAIL: BatchStatus.FAILED},
    BatchStatus.PAYING: {BatchVerb.SETTLE: BatchStatus.PAID, BatchVerb.FAIL: BatchStatus.FAILED},
    BatchStatus.PAID: {BatchVerb.FAIL: BatchStatus.FAILED},
    BatchStatus.FAILED: {BatchVerb.PAY: BatchStatus.PAYING},
}
"""The transition table: in each status, what may be done, and where it leads. A payout that comes
back days later makes a paid batch a failed one."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as it is now.

    It is about the entries of the wallet's register after `after_version`, through
    `through_version`; `figures` sum them up. `payable` was moved out of the wallet: `reserve` into
    the reserve, the rest, `net`, to be paid out.
    """

    plan: str
    number: int
    cut_off: Moment
    after_version: int
    through_version: int
    figures: Figures
    payable: int
    reserve: int
    status: BatchStatus
    pays_at: Moment
    account: str
    payables: str
    reserve_account: str
    asset: str
    rail: str
    beneficiary: str | None = None
    transaction: str | None = None
    withdrawal: str | None = None
    attempts: int = 0
    releases_at: Moment | None = None
    released_by: str | None = None
    paid_at: Moment | None = None
    reason: str | None = None

    @property
    def net(self) -> int:
        """What is paid out."""
        return self.payable - self.reserve

    @property
    def holds_reserve(self) -> bool:
        """Whether a reserve waits for its day."""
        return bool(self.reserve) and self.released_by is None

    @property
    def wakes_at(self) -> Moment | None:
        """When its process looks at it next by the clock."""
        waits = [self.pays_at] if self.status is BatchStatus.CLOSED else []
        if self.holds_reserve and self.releases_at is not None:
            waits.append(self.releases_at)
        return min(waits, default=None)

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        """What may be done to it now."""
        return tuple(verb.value for verb in TRANSITIONS[self.status])


batch_body = encode_value
"""The text that the ledger keeps of a batch."""
read_batch = value_decoder(Batch)
"""The batch that such a text says."""
