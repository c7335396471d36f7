"""The PostgreSQL store: journals, registers, charts and keys in one database, by named SQL.

Writing goes through one connection for each writer's thread, reading through a pool in another
role. The schema is in `migrations/`, the queries in `sql/store.sql`, the hot path's bytes in
`packing.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Self

import psycopg

from partita.adapters.stores.postgres import rows, trees, unit
from partita.adapters.stores.postgres.connecting import (
    SCANNING,
    ReadingConnections,
    WritingConnections,
    faults,
    projecting_connections,
)
from partita.adapters.stores.postgres.geometry import USUAL, Geometry
from partita.adapters.stores.postgres.joint_unit import PostgresJointUnit
from partita.adapters.stores.postgres.packed import Packed, pack
from partita.adapters.stores.postgres.safety import refuse_unsafe
from partita.adapters.stores.postgres.search import PostgresSearch
from partita.adapters.stores.postgres.unit import QUERIES, PostgresUnit
from partita.engine.errors import StoreUnavailable
from partita.engine.ports import ApiKey, Draft, LedgerInfo, Loaded, Wants
from partita.engine.trees import Tree
from partita.journal.merkle import EMPTY_ROOT
from partita.journal.sum_tree import TreeTile
from partita.kernel.moment import Moment


class PostgresStore(PostgresSearch):
    """The write side and the keyring.

    Reading is in `PostgresReader`, proofs in `PostgresLog`, the past in `PostgresPast`, trailing views in
    `PostgresViews`.
    """

    def __init__(
        self,
        poster: str,
        reader: str,
        *,
        connections: int = 10,
        allow_unsafe: bool = False,
        revive: Callable[[], None] = lambda: None,
        geometry: Geometry = USUAL,
    ) -> None:
        """Connect as the two roles; refuse a server whose settings could lose money.

        `revive` is asked to bring the server back when it cannot be reached; `geometry` is how
        registers are cut into blocks.

        Raises:
            UnsafeDurabilityError: `fsync`, `full_page_writes` or `synchronous_commit` is off.
        """
        reading = ReadingConnections(reader, connections, revive)
        super().__init__(reading, WritingConnections(poster, revive), geometry)
        self._scanning = ReadingConnections(reader, connections, revive, options=SCANNING)
        self._revive = revive
        with faults(), psycopg.connect(poster) as connection:
            self.safety = refuse_unsafe(connection, allow_unsafe=allow_unsafe)

    def project_as(self, projector: str) -> Self:
        """Connect as a third role too, without which trailing views are only read."""
        self._projecting = projecting_connections(projector, self._revive)
        return self

    def create_ledger(self, name: str, now: Moment) -> LedgerInfo:
        """Make a ledger with an empty journal, or return it as it is."""
        values = {"name": name, "created_at": rows.to_time(now), "root": EMPTY_ROOT}
        while True:
            with self._writing.use() as connection:
                try:
                    connection.execute(QUERIES.insert_ledger, values)
                except psycopg.errors.UniqueViolation:
                    continue  # another process took the number at this moment: take the next one
            return next(info for info in self.ledgers() if info.name == name)

    def load(self, ledger: LedgerInfo, wants: Wants) -> Loaded:
        """What is committed now, read from the primary."""
        with self._writing.use() as connection:
            return unit.load(connection, ledger, wants)

    def pack(self, ledger: LedgerInfo, draft: Draft) -> Packed:
        """The draft as COPY streams."""
        return pack(ledger, draft)

    def append(self, ledger: LedgerInfo, packed: object) -> bool:
        """Commit a packed draft if the head is where it stands; False if it has moved."""
        assert isinstance(packed, Packed), "pack it with this store first"
        assert packed.base["ledger_id"] == ledger.number, "packed for another ledger"
        with self._writing.use() as connection:
            return unit.append(connection, packed)

    @contextmanager
    def begin(self, ledger: LedgerInfo) -> Iterator[PostgresUnit]:
        """Begin a unit of work and lock the ledger's head."""
        with self._writing.use() as connection:
            yield PostgresUnit(connection, ledger)

    @contextmanager
    def begin_together(self, ledgers: Sequence[LedgerInfo]) -> Iterator[PostgresJointUnit]:
        """Begin one unit of work over several ledgers, their heads locked by number."""
        with self._writing.use() as connection:
            yield PostgresJointUnit(connection, ledgers)

    def keep_tree(self, ledger: LedgerInfo, tree: Tree, tiles: Iterable[TreeTile]) -> bool:
        """Keep a liability tree unless it is there."""
        with self._writing.use() as connection:
            return trees.keep(connection, ledger, tree, tiles)

    def close(self) -> None:
        """Close every connection."""
        self._writing.close()
        if self._projecting is not None:
            self._projecting.close()
        self._scanning.close()
        self._reading.close()

    # The keyring.

    def add_key(self, key: ApiKey) -> None:
        """Keep a new key."""
        values = {
            "id": key.id,
            "ledger": key.ledger,
            "name": key.name,
            "scope": key.scope,
            "digest": key.digest,
            "created_at": rows.to_time(key.created_at),
            "expires_at": None if key.expires_at is None else rows.to_time(key.expires_at),
            "revoked_at": None if key.revoked_at is None else rows.to_time(key.revoked_at),
        }
        with self._writing.use() as connection:
            connection.execute(QUERIES.insert_key, values)

    def key_by_digest(self, digest: bytes) -> ApiKey | None:
        """The key with this keyed hash."""
        found = self._one(QUERIES.key_by_digest, {"digest": digest})
        return None if found is None else rows.api_key(found)

    def keys(self, ledger: str | None = None) -> list[ApiKey]:
        """Keys, newest first."""
        return [rows.api_key(row) for row in self._all(QUERIES.keys, {"ledger": ledger})]

    def revoke_key(self, identifier: str, now: Moment) -> ApiKey | None:
        """Revoke a key once."""
        values = {"id": identifier, "now": rows.to_time(now)}
        with self._writing.use() as connection:
            row = connection.execute(QUERIES.revoke_key, values).fetchone()
        return None if row is None else rows.api_key(row)


__all__ = ["PostgresStore", "StoreUnavailable"]
