"""Ports: what the engine needs of the outside, as short protocols. Adapters obey them.

Everything here is synchronous and safe to call from several threads, a unit of work excepted:
that belongs to the thread which began it.
"""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import msgspec

from partita.engine.listing import (
    AccountFilter,
    EntryRow,
    Measure,
    ResourceFilter,
    TransactionFilter,
)
from partita.engine.outcome import StoredOutcome
from partita.journal.record import Head, Record
from partita.kernel.account import Totals
from partita.kernel.asset import Asset
from partita.kernel.book import Standing
from partita.kernel.events import TransactionPosted
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.resources import Resource
from partita.kernel.velocity_limits import Usage


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Moment:
        """The present moment; it may jump, and the engine never lets a journal go back."""
        ...


class Entropy(Protocol):
    """Gives randomness for ids, salts and keys."""

    def bytes(self, count: int) -> bytes:
        """So many random bytes, unpredictable to outsiders."""
        ...


class LedgerInfo(msgspec.Struct, frozen=True):
    """A ledger as the store knows it: the number that all its rows begin with, and its name."""

    number: int
    name: str
    created_at: Moment


class Wants(msgspec.Struct):
    """What a batch of wishes names and the writer does not hold in memory.

    `resources` are ids of holds, transactions and matters, `documents` names, `titles` what matters
    are found by. With `due_by`, also every hold that is due by that moment is wanted; with `rules`,
    every limit in force, every period and the matters that stand; `usages` are pairs of a limit's
    id and a subject.
    """

    keys: list[bytes] = []
    accounts: list[str] = []
    external_ids: list[str] = []
    assets: list[str] = []
    resources: list[str] = []
    documents: list[str] = []
    due_by: Moment | None = None
    rules: bool = False
    usages: list[tuple[str, str]] = []
    titles: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to ask for."""
        named = self.keys or self.accounts or self.external_ids or self.assets
        return not (named or self.has_lives)

    @property
    def has_lives(self) -> bool:
        """Whether anything is wanted that has a state of its own, or of the ledger's rules."""
        named = self.resources or self.documents or self.titles or self.usages or self.rules
        return bool(named) or self.due_by is not None


class Loaded(msgspec.Struct):
    """What the store knows of some wants. What is missing here does not exist.

    `records` are those written under one of the keys; `outcomes` the stored answers of keys
    that are not one record; `bulk_records` the records that those answers mention. Of resources
    the accounts are among the `standings`; a transaction that has only its record comes as the
    state which that tells. `next_due` is the earliest moment after `due_by` at which one is due.
    """

    records: dict[bytes, Record] = {}
    outcomes: dict[bytes, StoredOutcome] = {}
    bulk_records: dict[int, Record] = {}
    standings: list[Standing] = []
    external_ids: list[str] = []
    assets: list[Asset] = []
    resources: list[Resource] = []
    next_due: Moment | None = None
    usages: list[Usage] = []


class SealedOutcome(NamedTuple):
    """A stored answer on its way to the store: its place in the log of answers, its bytes and hash."""

    place: int
    key: bytes
    outcome: StoredOutcome
    body: str
    leaf: bytes
    recorded_at: Moment


class Draft(msgspec.Struct):
    """What one commit will add: records (each with its key's digest), answers, the new head."""

    base: Head
    head: Head
    records: list[Record]
    keys: list[bytes | None]
    outcomes: list[SealedOutcome]
    usages: list[Usage] = []

    @property
    def others(self) -> list[Record]:
        """The records that are not simply a posted transaction: few, as a rule."""
        return [record for record in self.records if type(record.event) is not TransactionPosted]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.records and not self.outcomes


class UnitOfWork(Protocol):
    """One transaction of the store, holding the lock of one ledger's head until it ends."""

    head: Head

    def load(self, wants: Wants) -> Loaded:
        """What the store knows, as of the locked head."""
        ...

    def leaf(self, sequence: int) -> bytes | None:
        """The stored leaf hash of a record; None if the journal is shorter."""
        ...

    def write(self, packed: object) -> None:
        """Write what `Store.pack` made and commit, durably.

        Raises:
            StoreUnavailable: the connection broke; whether it was committed is in doubt.
        """
        ...


class JointUnitOfWork(Protocol):
    """One transaction of the store over several ledgers, holding the locks of all their heads."""

    def head(self, ledger: LedgerInfo) -> Head:
        """The locked head of one of the ledgers."""
        ...

    def load(self, ledger: LedgerInfo, wants: Wants) -> Loaded:
        """What the store knows of one of the ledgers, as of its locked head."""
        ...

    def leaf(self, ledger: LedgerInfo, sequence: int) -> bytes | None:
        """The stored leaf hash of a record; None if that journal is shorter."""
        ...

    def write(self, packed: Sequence[object]) -> None:
        """Write what `Store.pack` made, a draft for each ledger, and commit all of it durably.

        The drafts come in the order in which the ledgers were named. All are written, or none.

        Raises:
            StoreUnavailable: the connection broke; whether it was committed is in doubt.
        """
        ...


class Store(Protocol):
    """Where journals live: the write side."""

    def create_ledger(self, name: str, now: Moment) -> LedgerInfo:
        """Make room for a ledger, with an empty journal; the same one if it exists."""
        ...

    def ledgers(self) -> list[LedgerInfo]:
        """Every ledger, by number."""
        ...

    def load(self, ledger: LedgerInfo, wants: Wants) -> Loaded:
        """What the store knows now, without any lock; a later look at the head must confirm."""
        ...

    def pack(self, ledger: LedgerInfo, draft: Draft) -> object:
        """The draft in the form that `UnitOfWork.write` sends; work done before the lock."""
        ...

    def append(self, ledger: LedgerInfo, packed: object) -> bool:
        """Commit what `pack` made, durably, if the head is the draft's base; False if it moved.

        The short way of the usual case: as `begin`, compare, `write`, in as few round trips as
        the store can.

        Raises:
            StoreUnavailable: the connection broke; whether it was committed is in doubt.
        """
        ...

    def begin(self, ledger: LedgerInfo) -> AbstractContextManager[UnitOfWork]:
        """Begin a unit of work and lock the ledger's head; rolled back unless written.

        Raises:
            StoreUnavailable: there is no connection to be had.
        """
        ...

    def begin_together(
        self, ledgers: Sequence[LedgerInfo]
    ) -> AbstractContextManager[JointUnitOfWork]:
        """Begin one unit of work over several ledgers, and lock the heads of all.

        They are locked in the order of their numbers, whoever asks and however they are named: so
        two units of work never wait for each other in a ring.

        Raises:
            StoreUnavailable: there is no connection to be had.
        """
        ...

    def close(self) -> None:
        """Give back every connection."""
        ...


class Reader(Protocol):
    """Where journals live: the read side. Every answer is up to date."""

    def head(self, ledger: LedgerInfo) -> Head:
        """Where the journal stands."""
        ...

    def records(self, ledger: LedgerInfo, after: int, limit: int) -> list[Record]:
        """Records with a sequence above `after`, in order."""
        ...

    def bodies(self, ledger: LedgerInfo, after: int, limit: int) -> list[bytes]:
        """The very bytes of those records, for who passes them on and need not decode them."""
        ...

    def records_at(self, ledger: LedgerInfo, sequences: Sequence[int]) -> list[Record]:
        """The records of these sequences, which there are, the newest first."""
        ...

    def record_by_id(self, ledger: LedgerInfo, identifier: str) -> Record | None:
        """The record of a transaction (or of the opening of an account) by its id."""
        ...

    def record_by_external_id(self, ledger: LedgerInfo, external_id: str) -> Record | None:
        """The record that took an external id, whatever it made."""
        ...

    def transactions(
        self, ledger: LedgerInfo, which: TransactionFilter, before: int | None, limit: int
    ) -> list[Record]:
        """Transactions, newest first, with a sequence below `before`."""
        ...

    def account(self, ledger: LedgerInfo, reference: str) -> Standing | None:
        """An account and where it stands, by path or id."""
        ...

    def accounts(
        self, ledger: LedgerInfo, which: AccountFilter, before: int | None, limit: int
    ) -> list[Standing]:
        """Accounts, newest first, with a number below `before`."""
        ...

    def assets(self, ledger: LedgerInfo) -> list[Asset]:
        """The registered assets, by code."""
        ...

    def resource(self, ledger: LedgerInfo, kind: str, identifier: str) -> Resource | None:
        """A resource as it is now."""
        ...

    def resources(
        self, ledger: LedgerInfo, which: ResourceFilter, before: int | None, limit: int
    ) -> list[Resource]:
        """Resources of one kind, newest first, with a number below `before`."""
        ...

    def matters_due(
        self, ledger: LedgerInfo, by: Moment, limit: int, kinds: Sequence[str] = ()
    ) -> list[Matter]:
        """Matters that their processes have to look at by a moment, the longest waiting first.

        Of these kinds, or of all: what one process leaves lying keeps no other from its own.
        """
        ...

    def usages(
        self, ledger: LedgerInfo, limit: str, by: Measure, after: Usage | None, count: int
    ) -> list[Usage]:
        """What was used of a limit by its subjects, where the most is kept first, behind `after`.

        Of equals the last by name comes first.
        """
        ...

    def resources_by_id(self, ledger: LedgerInfo, identifiers: Sequence[str]) -> list[Resource]:
        """Holds, transactions with a life, matters, as they are now; what is missing is left out."""
        ...

    def held(self, ledger: LedgerInfo, numbers: Sequence[int]) -> dict[int, int]:
        """What the open holds of accounts set aside now, by the account's number."""
        ...

    def records_about(
        self, ledger: LedgerInfo, identifier: str, after: int, limit: int
    ) -> list[Record]:
        """The records that changed a resource, in order, with a sequence above `after`."""
        ...

    def entries(
        self, ledger: LedgerInfo, number: int, before: int | None, limit: int
    ) -> list[EntryRow]:
        """An account's entries, newest first, with a version below `before`."""
        ...

    def sequence_at(self, ledger: LedgerInfo, moment: Moment) -> int:
        """The sequence of the last record at or before a moment; 0 if there is none."""
        ...

    def totals_at(self, ledger: LedgerInfo, number: int, sequence: int) -> Totals:
        """An account's totals as of a sequence (recorded time)."""
        ...

    def net_credits_at(
        self, ledger: LedgerInfo, which: AccountFilter, sequence: int
    ) -> Generator[tuple[str, int], None, None]:
        """Path, and posted credits less debits, of each account there was as of a sequence.

        Streamed, in no order; a `status` in the filter is not of then and is not looked at.
        """
        ...


class ApiKey(msgspec.Struct, frozen=True):
    """An API key as stored: never the key, only its keyed hash."""

    id: str
    ledger: str
    name: str
    scope: str
    digest: bytes
    created_at: Moment
    expires_at: Moment | None = None
    revoked_at: Moment | None = None


class Keyring(Protocol):
    """Where API keys are kept, as keyed hashes."""

    def add_key(self, key: ApiKey) -> None:
        """Keep a new key."""
        ...

    def key_by_digest(self, digest: bytes) -> ApiKey | None:
        """The key with this keyed hash."""
        ...

    def keys(self, ledger: str | None = None) -> Sequence[ApiKey]:
        """All keys, or those of one ledger, newest first."""
        ...

    def revoke_key(self, identifier: str, now: Moment) -> ApiKey | None:
        """Revoke a key; None if there is no such key. Revoking twice keeps the first moment."""
        ...
