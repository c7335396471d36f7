"""Stores that are broken on purpose: controls, which the checker must catch."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec

from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.stores.postgres.unit import Packed
from partita.engine.ports import Draft, LedgerInfo, Loaded, Wants


class Unit:
    """A unit of work that passes everything on."""

    def __init__(self, unit: Any) -> None:
        self._unit = unit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)


class Broken:
    """A store that passes everything on, but for what a broken one does otherwise."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def begin(self, ledger: LedgerInfo) -> AbstractContextManager[Unit]:
        return self._begin(ledger, Unit)

    @contextmanager
    def _begin(self, ledger: LedgerInfo, kind: type[Unit]) -> Iterator[Unit]:
        with self._store.begin(ledger) as unit:
            yield kind(unit)


class _WritesNothing(Unit):
    def write(self, packed: object) -> None:
        """Nothing."""


class AcknowledgesEarly(Broken):
    """Says that it is written before it is, and then the power goes."""

    def append(self, ledger: LedgerInfo, packed: object) -> bool:
        return True

    def begin(self, ledger: LedgerInfo) -> AbstractContextManager[Unit]:
        return self._begin(ledger, _WritesNothing)


class RetriesBlindly(Broken):
    """When an answer is lost, tries again without looking for what it wrote, or for its key."""

    def pack(self, ledger: LedgerInfo, draft: Draft) -> Packed:
        keyless = msgspec.structs.replace(draft, keys=[None] * len(draft.keys))
        return self._store.pack(ledger, keyless)

    def load(self, ledger: LedgerInfo, wants: Wants) -> Loaded:
        return self._store.load(ledger, _without_keys(wants))

    def begin(self, ledger: LedgerInfo) -> AbstractContextManager[Unit]:
        return self._begin(ledger, _LooksAway)


def _without_keys(wants: Wants) -> Wants:
    return Wants([], wants.accounts, wants.external_ids, wants.assets)


class _LooksAway(Unit):
    def leaf(self, sequence: int) -> bytes | None:
        return None

    def load(self, wants: Wants) -> Loaded:
        return self._unit.load(_without_keys(wants))


class ForgetsRegisters(Broken):
    """Commits the journal and leaves the registers for later."""

    def pack(self, ledger: LedgerInfo, draft: Draft) -> Packed:
        packed = self._store.pack(ledger, draft)
        journal_alone = tuple(each for each in packed.arrays if each[0] != "insert_entries")
        return msgspec.structs.replace(packed, entries=None, arrays=journal_alone)
