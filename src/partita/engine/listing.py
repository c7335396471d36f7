"""What is asked of a store and what it gives: filters of lists, and an entry with its record."""

from enum import Enum

import msgspec

from partita.journal.record import Record
from partita.kernel.account import AccountStatus
from partita.kernel.events import TRANSACTION_EVENTS
from partita.kernel.moment import Moment
from partita.kernel.posting import Entry
from partita.kernel.resources import Resource
from partita.kernel.velocity_limits import Usage


class Measure(Enum):
    """What is looked at of what was used of a limit: how much, or how often."""

    AMOUNT = "amount"
    USES = "uses"

    def kept(self, usage: Usage) -> int:
        """What is kept of it, within the window or not: never less than what counts now."""
        amount, uses = usage.kept
        return amount if self is Measure.AMOUNT else uses


class EntryRow(msgspec.Struct, frozen=True):
    """An entry with the record it stands in, and the transaction that this is."""

    entry: Entry
    sequence: int
    leg: int
    effective_at: Moment
    recorded_at: Moment
    transaction_id: str
    external_id: str | None


class AccountFilter(msgspec.Struct, frozen=True):
    """Which accounts to list: by path prefix (whole segments), asset, type, status; None is any."""

    path_prefix: str | None = None
    asset: str | None = None
    type: str | None = None
    status: AccountStatus | None = None


class TransactionFilter(msgspec.Struct, frozen=True):
    """Which transactions to list. Moments are half-open: from inclusive, to exclusive.

    `effective_*` needs `account`, since only a register is ordered that way.
    """

    account: int | None = None
    external_id: str | None = None
    key: bytes | None = None
    recorded_from: Moment | None = None
    recorded_to: Moment | None = None
    effective_from: Moment | None = None
    effective_to: Moment | None = None

    def admits(self, record: Record) -> bool:
        """Whether every condition holds for a record, but that of the key, which stores index."""
        event = record.event
        if not isinstance(event, TRANSACTION_EVENTS):
            return False
        return all((
            self.external_id in (None, event.external_id),
            self.account is None or any(e.number == self.account for e in event.entries),
            self.recorded_from is None or record.recorded_at >= self.recorded_from,
            self.recorded_to is None or record.recorded_at < self.recorded_to,
            self.effective_from is None or event.effective_at >= self.effective_from,
            self.effective_to is None or event.effective_at < self.effective_to,
        ))  # fmt: skip


class ResourceFilter(msgspec.Struct, frozen=True):
    """Which resources of one kind to list; None is any. `name` is compared as a whole."""

    kind: str
    account: int | None = None
    state: str | None = None
    name: str | None = None
    about: str | None = None

    def admits(self, resource: Resource) -> bool:
        """Whether every condition holds for a resource."""
        return all((
            resource.kind == self.kind,
            self.account in (None, resource.account_number),
            self.state in (None, resource.state),
            self.name in (None, resource.name),
            self.about in (None, resource.about),
        ))  # fmt: skip
