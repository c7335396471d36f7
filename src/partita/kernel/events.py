"""Events: facts, in the past tense. Each accepted command is one event, one journal record."""

import msgspec

from partita.kernel.account import Account
from partita.kernel.asset import Asset
from partita.kernel.moment import Moment
from partita.kernel.posting import Entry


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


class AccountFrozen(msgspec.Struct, frozen=True):
    """An account stopped taking postings."""

    id: str
    account: str
    number: int
    reason: str | None


class AccountUnfrozen(msgspec.Struct, frozen=True):
    """A frozen account takes postings again."""

    id: str
    account: str
    number: int
    reason: str | None


class AccountClosed(msgspec.Struct, frozen=True):
    """An account ended, empty."""

    id: str
    account: str
    number: int
    reason: str | None


class TransactionPosted(msgspec.Struct, frozen=True, gc=False):
    """A balanced set of entries was recorded, all at once."""

    id: str
    type: str | None
    external_id: str | None
    effective_at: Moment
    entries: tuple[Entry, ...]
    metadata: dict[str, str]


AccountChanged = AccountFrozen | AccountUnfrozen | AccountClosed
Event = LedgerOpened | AssetRegistered | AccountOpened | AccountChanged | TransactionPosted
