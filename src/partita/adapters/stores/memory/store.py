"""A whole store in memory: for tests, simulation and first tries. Nothing survives the process.

It obeys the same ports and passes the same contract suite as PostgreSQL: records are kept as
bytes, registers as lists of entries, and the head is locked for a unit of work.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from partita.adapters.stores.memory.audit import MemoryAudit
from partita.adapters.stores.memory.consumers import MemoryConsumers
from partita.adapters.stores.memory.deliveries import MemoryDeliveries
from partita.adapters.stores.memory.integrity import MemoryIntegrity
from partita.adapters.stores.memory.journal import Journal, copy_of
from partita.adapters.stores.memory.keyring import MemoryKeyring
from partita.adapters.stores.memory.log import MemoryLog
from partita.adapters.stores.memory.past import MemoryPast
from partita.adapters.stores.memory.search import MemorySearch
from partita.adapters.stores.memory.trees import MemoryTrees
from partita.adapters.stores.memory.units import JointUnit, Unit
from partita.engine.listing import (
    AccountFilter,
    EntryRow,
    Measure,
    ResourceFilter,
    TransactionFilter,
)
from partita.engine.ports import Draft, LedgerInfo, Loaded, Wants
from partita.journal.record import Head, Record
from partita.kernel.account import Totals
from partita.kernel.asset import Asset
from partita.kernel.book import Standing
from partita.kernel.holds import Hold
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.resources import Resource
from partita.kernel.velocity_limits import Usage


class MemoryStore(
    MemorySearch,
    MemoryConsumers,
    MemoryDeliveries,
    MemoryIntegrity,
    MemoryTrees,
    MemoryLog,
    MemoryKeyring,
    MemoryPast,
):
    """Journals, keys and all, in this process."""

    def __init__(self) -> None:
        """Make an empty store."""
        super().__init__()
        self._ledgers: dict[str, LedgerInfo] = {}
        self._journals: dict[int, Journal] = {}

    # The write side.

    def create_ledger(self, name: str, now: Moment) -> LedgerInfo:
        """Make room for a ledger, or return it as it is."""
        if name not in self._ledgers:
            number = len(self._ledgers) + 1
            self._ledgers[name] = LedgerInfo(number, name, now)
            self._journals[number] = Journal()
            self.begin_log(number, self._journals[number])
        return self._ledgers[name]

    def ledgers(self) -> list[LedgerInfo]:
        """Every ledger, by number."""
        return sorted(self._ledgers.values(), key=lambda ledger: ledger.number)

    def load(self, ledger: LedgerInfo, wants: Wants) -> Loaded:
        """What is known now."""
        journal = self._journals[ledger.number]
        with journal.lock:
            return journal.load(wants)

    def pack(self, ledger: LedgerInfo, draft: Draft) -> object:
        """The draft as it is."""
        return draft

    def append(self, ledger: LedgerInfo, packed: object) -> bool:
        """Write the draft if the head is where it stands; False if it has moved."""
        assert isinstance(packed, Draft), "the memory store packs nothing"
        with self.begin(ledger) as unit:
            if unit.head != packed.base:
                return False
            unit.write(packed)
            return True

    @contextmanager
    def begin(self, ledger: LedgerInfo) -> Iterator[Unit]:
        """Lock the head for a unit of work."""
        journal = self._journals[ledger.number]
        with journal.lock:
            yield Unit(journal)

    @contextmanager
    def begin_together(self, ledgers: Sequence[LedgerInfo]) -> Iterator[JointUnit]:
        """Lock the heads of several ledgers, in the order of their numbers."""
        journals = {ledger.number: self._journals[ledger.number] for ledger in ledgers}
        with ExitStack() as locks:
            for number in sorted(journals):
                locks.enter_context(journals[number].lock)
            yield JointUnit(journals)

    def close(self) -> None:
        """Nothing to give back."""

    # The read side.

    def head(self, ledger: LedgerInfo) -> Head:
        """Where the journal stands."""
        return self._journals[ledger.number].head

    def records(self, ledger: LedgerInfo, after: int, limit: int) -> list[Record]:
        """Records above a sequence, in order."""
        journal = self._journals[ledger.number]
        last = min(after + limit, journal.head.sequence)
        return [journal.record(sequence) for sequence in range(after + 1, last + 1)]

    def records_at(self, ledger: LedgerInfo, sequences: Sequence[int]) -> list[Record]:
        """The records of these sequences, the newest first."""
        journal = self._journals[ledger.number]
        return [journal.record(sequence) for sequence in sorted(set(sequences), reverse=True)]

    def bodies(self, ledger: LedgerInfo, after: int, limit: int) -> list[bytes]:
        """The bytes of records above a sequence, in order."""
        journal = self._journals[ledger.number]
        return journal.bodies[after : min(after + limit, journal.head.sequence)]

    def record_by_id(self, ledger: LedgerInfo, identifier: str) -> Record | None:
        """The record whose event has this id."""
        journal = self._journals[ledger.number]
        sequence = journal.by_id.get(identifier)
        return None if sequence is None else journal.record(sequence)

    def record_by_external_id(self, ledger: LedgerInfo, external_id: str) -> Record | None:
        """The record that took this external id."""
        journal = self._journals[ledger.number]
        sequence = journal.by_external_id.get(external_id)
        return None if sequence is None else journal.record(sequence)

    def transactions(
        self, ledger: LedgerInfo, which: TransactionFilter, before: int | None, limit: int
    ) -> list[Record]:
        """Transactions, newest first."""
        journal = self._journals[ledger.number]
        found = (
            record
            for sequence in self._candidates(journal, which)
            if (before is None or sequence < before)
            and which.admits(record := journal.record(sequence))
        )
        return [record for record, _ in zip(found, range(limit), strict=False)]

    def _candidates(self, journal: Journal, which: TransactionFilter) -> Sequence[int]:
        named: list[int | None] = []
        if which.external_id is not None:
            named.append(journal.by_external_id.get(which.external_id))
        if which.key is not None:
            named.append(journal.by_key.get(which.key))
        if named:
            agreed = named[0] if len(set(named)) == 1 else None
            return [] if agreed is None else [agreed]
        if which.account is not None:
            rows = journal.registers.get(which.account, [])
            return sorted({row.sequence for row in rows}, reverse=True)
        return range(journal.head.sequence, 0, -1)

    def account(self, ledger: LedgerInfo, reference: str) -> Standing | None:
        """An account by path or id."""
        standing = self._journals[ledger.number].book.standings.get(reference)
        return None if standing is None else copy_of(standing)

    def accounts(
        self, ledger: LedgerInfo, which: AccountFilter, before: int | None, limit: int
    ) -> list[Standing]:
        """Accounts, newest first."""
        standings = self._standings(ledger)
        chosen = [
            s
            for s in sorted(standings, key=lambda s: -s.account.number)
            if (before is None or s.account.number < before) and _is_among(s, which)
        ]
        return chosen[:limit]

    def _standings(self, ledger: LedgerInfo) -> list[Standing]:
        book = self._journals[ledger.number].book
        return [copy_of(s) for name, s in book.standings.items() if name == s.account.path]

    def assets(self, ledger: LedgerInfo) -> list[Asset]:
        """The registered assets, by code."""
        assets = self._journals[ledger.number].book.assets.values()
        return sorted(assets, key=lambda asset: asset.code)

    def resource(self, ledger: LedgerInfo, kind: str, identifier: str) -> Resource | None:
        """A resource as it is now."""
        found = self._journals[ledger.number].book.resources.get((kind, identifier))
        return found if found is not None and found.id == identifier else None

    def resources(
        self, ledger: LedgerInfo, which: ResourceFilter, before: int | None, limit: int
    ) -> list[Resource]:
        """Resources of one kind, newest first."""
        found = self._journals[ledger.number].resources(which.kind)
        chosen = sorted(
            (each for each in found if which.admits(each)), key=lambda each: -each.number
        )
        return [each for each in chosen if before is None or each.number < before][:limit]

    def matters_due(
        self, ledger: LedgerInfo, by: Moment, limit: int, kinds: Sequence[str] = ()
    ) -> list[Matter]:
        """Matters that are due by a moment, the longest waiting first."""
        waiting = self._journals[ledger.number].due.values()
        found = (r for r in waiting if isinstance(r, Matter) and (not kinds or r.kind in kinds))
        due = [(r.wakes_at, r.number, r) for r in found if r.wakes_at is not None]
        over = sorted((at, number, r) for at, number, r in due if at <= by)
        return [r for _at, _number, r in over[:limit]]

    def usages(
        self, ledger: LedgerInfo, limit: str, by: Measure, after: Usage | None, count: int
    ) -> list[Usage]:
        """What was used of a limit, by subject, where the most is kept first."""
        found = self._journals[ledger.number].book.velocity.usages

        def place(usage: Usage) -> tuple[int, str]:
            return by.kept(usage), usage.subject

        chosen = [u for (name, _subject), u in found.items() if name == limit]
        chosen = [u for u in chosen if after is None or place(u) < place(after)]
        return sorted(chosen, key=place, reverse=True)[:count]

    def resources_by_id(self, ledger: LedgerInfo, identifiers: Sequence[str]) -> list[Resource]:
        """Resources by their ids."""
        found = map(self._journals[ledger.number].by_resource_id, identifiers)
        return [each for each in found if each is not None]

    def held(self, ledger: LedgerInfo, numbers: Sequence[int]) -> dict[int, int]:
        """What open holds set aside, by account."""
        found: dict[int, int] = {}
        for each in self._journals[ledger.number].resources():
            if isinstance(each, Hold) and each.is_open and each.account_no in numbers:
                found[each.account_no] = found.get(each.account_no, 0) + each.remaining
        return found

    def records_about(
        self, ledger: LedgerInfo, identifier: str, after: int, limit: int
    ) -> list[Record]:
        """The records that changed a resource, in order."""
        journal = self._journals[ledger.number]
        places = [at for at, name in journal.changes if name == identifier and at > after]
        return [journal.record(sequence) for sequence in places[:limit]]

    def entries(
        self, ledger: LedgerInfo, number: int, before: int | None, limit: int
    ) -> list[EntryRow]:
        """An account's entries, newest first."""
        register = self._register(ledger, number)
        end = len(register) if before is None else min(max(before - 1, 0), len(register))
        return register[max(end - limit, 0) : end][::-1]

    def _register(self, ledger: LedgerInfo, number: int) -> list[EntryRow]:
        return self._journals[ledger.number].registers.get(number, [])

    def sequence_at(self, ledger: LedgerInfo, moment: Moment) -> int:
        """The last sequence recorded by a moment."""
        return bisect_right(self._journals[ledger.number].times, moment)

    def totals_at(self, ledger: LedgerInfo, number: int, sequence: int) -> Totals:
        """Totals as of a sequence."""
        register = self._register(ledger, number)
        place = bisect_right(register, sequence, key=lambda row: row.sequence)
        return register[place - 1].entry.after if place else Totals()

    @contextmanager
    def audit(self, ledger: LedgerInfo) -> Iterator[MemoryAudit]:
        """Hold a ledger still while all of it is looked at; its writers wait."""
        journal = self._journals[ledger.number]
        with journal.lock:
            yield MemoryAudit(journal, self.log_of(ledger))


def _is_among(standing: Standing, which: AccountFilter) -> bool:
    account, prefix = standing.account, which.path_prefix
    return all((
        prefix is None or account.path == prefix or account.path.startswith(prefix + ":"),
        which.asset in (None, account.asset),
        which.type in (None, account.type.value),
        which.status in (None, standing.status),
    ))  # fmt: skip
