"""What PostgreSQL keeps of a ledger, as the verifier wants to see it: streams of lines, one moment.

PostgreSQL spells the rows as lines itself (`sql/verify.sql`), which costs it about 5 µs a record and
saves more than that here. A thread of its own fetches ahead, so that both work at the same time.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.connecting import Connection, ReadingConnections
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.adapters.stores.postgres.unit import QUERIES as STORE_QUERIES
from partita.engine.auditing import BEYOND, AccountRow, JournalRow
from partita.engine.errors import CorruptJournal
from partita.engine.log_ports import Cosignature, StoredCheckpoint
from partita.engine.outcome_check import OutcomeRow
from partita.engine.ports import LedgerInfo
from partita.journal.tiles import TileRoot

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "verify.sql")
_BLOCK = 1_000
Item = TypeVar("Item")


class PostgresAudit:
    """One moment of one ledger, on one connection."""

    def __init__(self, connection: Connection, ledger: LedgerInfo) -> None:
        """Look at this ledger; the connection is within a transaction that sees one moment."""
        self._connection, self._values = connection, {"ledger_id": ledger.number}
        self._fetcher = ThreadPoolExecutor(1, thread_name_prefix="partita-audit")
        self._cursors: list[psycopg.ServerCursor[Any]] = []
        row = connection.execute(STORE_QUERIES.head, self._values).fetchone()
        if row is None:
            raise CorruptJournal(f"the ledger {ledger.name!r} has no head row")
        self.head = rows.head(row)

    def journal(self, after: int = 0) -> Iterator[Sequence[JournalRow]]:
        """The journal, by sequence."""
        return self._blocks("journal", JournalRow._make, after=after)

    def entries(self, after: int = -1, upto: int = BEYOND) -> Iterator[Sequence[str]]:
        """The registers as lines, by sequence and leg."""
        return self._blocks("entries", _first, after=after, upto=upto)

    def accounts(self, after: int = -1) -> Iterator[Sequence[AccountRow]]:
        """The chart, by number."""
        return self._blocks("accounts", AccountRow._make, after=after)

    def assets(self) -> Iterator[Sequence[str]]:
        """The registered assets as lines, by code."""
        return self._blocks("assets", _first)

    def resources(self) -> Iterator[Sequence[str]]:
        """Holds, pending transactions, documents and their like, as lines, by kind and id."""
        return self._blocks("resources", _first)

    def resource_changes(self) -> Iterator[Sequence[str]]:
        """Which records changed them, as lines, in the order of the journal."""
        return self._blocks("resource_changes", _first)

    def usages(self) -> Iterator[Sequence[str]]:
        """What is used of limits, as lines."""
        return self._blocks("usages", _first)

    def outcomes(self) -> Iterator[Sequence[OutcomeRow]]:
        """The stored answers, by place."""
        return self._blocks("outcomes", _outcome)

    def log_keys(self) -> Iterator[Sequence[str]]:
        """The log's verifier keys."""
        return self._blocks("log_keys", _first)

    def checkpoints(self) -> Iterator[Sequence[StoredCheckpoint]]:
        """The checkpoints, by size."""
        return self._blocks("checkpoints", rows.checkpoint)

    def cosignatures(self) -> Iterator[Sequence[Cosignature]]:
        """What witnesses signed, by size."""
        return self._blocks("cosignatures", rows.cosignature)

    def tiles(self) -> Iterator[Sequence[TileRoot]]:
        """The roots of full tiles, as they become full."""
        return self._blocks("tiles", TileRoot._make)

    def _blocks(
        self, name: str, make: Callable[[Any], Item], **bounds: int
    ) -> Iterator[Sequence[Item]]:
        cursor = self._connection.cursor(name=f"verify_{name}_{len(self._cursors)}", binary=True)
        self._cursors.append(cursor)
        fetch = self._fetcher.submit
        fetch(cursor.execute, QUERIES[name], {**self._values, **bounds}).result()
        coming = fetch(cursor.fetchmany, _BLOCK)
        while block := coming.result():
            coming = fetch(cursor.fetchmany, _BLOCK)
            yield list(map(make, block))

    def close(self) -> None:
        """End all streams, wherever they are."""
        self._fetcher.shutdown(cancel_futures=True)
        for cursor in self._cursors:
            cursor.close()


def _outcome(row: Sequence[Any]) -> OutcomeRow:
    place, key, recorded_at, body, is_in_journal, leaf = row
    return OutcomeRow(place, bytes(key), recorded_at, body, is_in_journal, bytes(leaf))


def _first(row: Sequence[str]) -> str:
    return row[0]


@contextmanager
def auditing(reading: ReadingConnections, ledger: LedgerInfo) -> Iterator[PostgresAudit]:
    """Hold still one moment of a ledger while a block of code looks at it."""
    with reading.use() as connection:
        connection.execute("begin isolation level repeatable read read only")
        audit = PostgresAudit(connection, ledger)
        try:
            yield audit
        finally:
            audit.close()
            connection.rollback()
