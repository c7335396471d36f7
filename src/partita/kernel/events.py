"""Events: facts, in the past tense. Each accepted command is one event, one journal record."""

import msgspec

from partita.kernel.account import FROZEN, Account, AccountStatus, FreezeFlow
from partita.kernel.asset import Asset
from partita.kernel.documents import Document
from partita.kernel.holds import Hold
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction
from partita.kernel.periods import Period
from partita.kernel.posting import Entry
from partita.kernel.resources import Resource
from partita.kernel.velocity_limits import Limit


class LedgerOpened(msgspec.Struct, frozen=True):
    """The first fact of a journal: whose it is."""

    id: str
    name: str
    metadata: dict[str, str]


class AssetRegistered(msgspec.Struct, frozen=True):
    """An asset became known to the ledger."""

    id: str
    asset: Asset


class AccountOpened(msgspec.Struct, frozen=True):
    """An account took its place in the chart."""

    account: Account

    @property
    def id(self) -> str:
        """The account's id, which names this fact."""
        return self.account.id


class AccountFrozen(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account stopped taking postings; `flow` is all that is stopped from now on."""

    id: str
    account: str
    number: int
    reason: str | None
    flow: FreezeFlow = FreezeFlow.BOTH

    @property
    def status(self) -> AccountStatus:
        """How the account stands afterwards."""
        return FROZEN[self.flow]


class AccountUnfrozen(msgspec.Struct, frozen=True):
    """A frozen account takes postings again."""

    id: str
    account: str
    number: int
    reason: str | None

    @property
    def status(self) -> AccountStatus:
        """How the account stands afterwards."""
        return AccountStatus.OPEN


class AccountClosed(msgspec.Struct, frozen=True):
    """An account ended, empty."""

    id: str
    account: str
    number: int
    reason: str | None

    @property
    def status(self) -> AccountStatus:
        """How the account stands afterwards."""
        return AccountStatus.CLOSED


class TransactionPosted(msgspec.Struct, frozen=True, gc=False):
    """A balanced set of entries was recorded, all at once."""

    id: str
    type: str | None
    external_id: str | None
    effective_at: Moment
    entries: tuple[Entry, ...]
    metadata: dict[str, str]


class _HoldEvent(msgspec.Struct, frozen=True):
    """What happened to a hold: the hold as it is afterwards, and the entries that this made."""

    id: str
    hold: Hold
    effective_at: Moment
    entries: tuple[Entry, ...]

    @property
    def resource(self) -> Hold:
        """The hold afterwards."""
        return self.hold


class HoldPlaced(_HoldEvent, frozen=True):
    """Money was set aside."""


class HoldIncremented(_HoldEvent, frozen=True):
    """More money was set aside."""


class HoldReleased(_HoldEvent, frozen=True):
    """Held money was let go, all of it or some."""

    reason: str | None


class HoldExtended(_HoldEvent, frozen=True):
    """The moment at which a hold expires was changed."""


class HoldExpired(_HoldEvent, frozen=True):
    """A hold came to its moment: what remained is free again."""


class HoldCaptured(_HoldEvent, frozen=True):
    """Held money was spent, by a transaction, which `id` names."""

    type: str | None
    external_id: str | None
    metadata: dict[str, str]


class _TransactionEvent(msgspec.Struct, frozen=True):
    """What happened to a transaction with a life: its state afterwards, and the entries made."""

    id: str
    transaction: Transaction
    effective_at: Moment
    entries: tuple[Entry, ...]

    @property
    def resource(self) -> Transaction:
        """The transaction afterwards."""
        return self.transaction


class TransactionPended(_TransactionEvent, frozen=True):
    """A transaction began its life as pending, and set money aside on both sides."""

    external_id: str | None


class TransactionEdited(_TransactionEvent, frozen=True):
    """A pending transaction became another version of itself."""


class TransactionSettled(_TransactionEvent, frozen=True):
    """A pending transaction was posted."""


class TransactionArchived(_TransactionEvent, frozen=True):
    """A pending transaction was given up."""


class TransactionReversed(_TransactionEvent, frozen=True):
    """A transaction was taken back, by another one, the reversal.

    `id` names the reversal; `transaction` is the one taken back, as it is afterwards.
    """

    type: str | None
    external_id: str | None
    reason: str | None
    metadata: dict[str, str]


class DocumentSaved(msgspec.Struct, frozen=True):
    """A document has a new version."""

    id: str
    document: Document

    @property
    def resource(self) -> Document:
        """The new version."""
        return self.document


class DocumentArchived(msgspec.Struct, frozen=True):
    """The newest version of a document was put away."""

    id: str
    document: Document

    @property
    def resource(self) -> Document:
        """That version."""
        return self.document


class MatterChanged(msgspec.Struct, frozen=True):
    """A matter of business came to be, or is another than it was.

    `type` says what happened, as the record's own type does. `asked` is the operation that was asked
    for, within which the key counts; `external_id` is taken by the first fact of a matter only.
    """

    id: str
    type: str
    matter: Matter
    asked: str
    external_id: str | None
    reason: str | None
    facts: dict[str, str]
    parts: tuple[str, ...]

    @property
    def resource(self) -> Matter:
        """The matter afterwards."""
        return self.matter


class _LimitEvent(msgspec.Struct, frozen=True):
    """What happened to a velocity limit: the limit as it is afterwards."""

    id: str
    limit: Limit

    @property
    def resource(self) -> Limit:
        """The limit afterwards."""
        return self.limit


class LimitSet(_LimitEvent, frozen=True):
    """A limit is in force, new or changed."""


class LimitArchived(_LimitEvent, frozen=True):
    """A limit is not in force any more."""


class _PeriodEvent(msgspec.Struct, frozen=True):
    """What happened to an accounting period: the period as it is afterwards."""

    id: str
    period: Period

    @property
    def resource(self) -> Period:
        """The period afterwards."""
        return self.period


class PeriodOpened(_PeriodEvent, frozen=True):
    """A period got its name and its bounds."""


class PeriodSoftClosed(_PeriodEvent, frozen=True):
    """A period takes nothing but adjustments."""


class PeriodReopened(_PeriodEvent, frozen=True):
    """A period takes everything again."""


class PeriodClosed(_PeriodEvent, frozen=True):
    """A period takes nothing any more."""


AccountChanged = AccountFrozen | AccountUnfrozen | AccountClosed
HoldChanged = (
    HoldPlaced | HoldIncremented | HoldReleased | HoldExtended | HoldExpired | HoldCaptured
)
TransactionChanged = (
    TransactionPended
    | TransactionEdited
    | TransactionSettled
    | TransactionArchived
    | TransactionReversed
)
DocumentChanged = DocumentSaved | DocumentArchived
LimitChanged = LimitSet | LimitArchived
PeriodChanged = PeriodOpened | PeriodSoftClosed | PeriodReopened | PeriodClosed
Event = (
    LedgerOpened
    | AssetRegistered
    | AccountOpened
    | AccountChanged
    | TransactionPosted
    | HoldChanged
    | TransactionChanged
    | DocumentChanged
    | MatterChanged
    | LimitChanged
    | PeriodChanged
)
MONEY_EVENTS: tuple[type, ...] = (
    TransactionPosted,
    *HoldChanged.__args__,
    *TransactionChanged.__args__,
)
"""Every event with entries."""
RESOURCE_EVENTS: tuple[type, ...] = (
    *HoldChanged.__args__,
    *TransactionChanged.__args__,
    *DocumentChanged.__args__,
    MatterChanged,
    *LimitChanged.__args__,
    *PeriodChanged.__args__,
)
"""Every event that leaves a resource in a new state."""
TRANSACTION_EVENTS = (TransactionPosted, TransactionReversed, TransactionPended, HoldCaptured)
"""Every event by which a transaction comes into being; its id is the transaction's."""
SETTING_ASIDE: tuple[type, ...] = tuple(
    kind for kind in MONEY_EVENTS if kind not in {TransactionPosted, TransactionReversed}
)
"""The events whose entries change what is pending."""


def entries_in(event: Event) -> tuple[Entry, ...]:
    """The entries that a fact made; none for most kinds of facts."""
    entries: tuple[Entry, ...] = getattr(event, "entries", ())
    return entries


def resource_in(event: Event) -> Resource | None:
    """The resource that a fact left in a new state, if it is about one."""
    resource: Resource | None = getattr(event, "resource", None)
    return resource
