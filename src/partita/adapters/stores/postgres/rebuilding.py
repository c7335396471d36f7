"""Rebuilds inline views: drops their rows, replays the journal, and says whether they are the same.

The rows are projected by the very code that commits them, into temporary tables that go before the
real ones in the session's search path. The ledger's writers go on meanwhile; only for the last
stretch, the comparison and the exchange are they held up, by the lock of the head.
"""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, LiteralString

import msgspec
import psycopg
from psycopg import sql

from partita.adapters.stores.postgres import unit
from partita.adapters.stores.postgres.connecting import Connection
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.adapters.stores.postgres.packed import Packed, pack
from partita.adapters.stores.postgres.roles import Role, as_role
from partita.engine.ports import Draft, LedgerInfo, Reader
from partita.engine.rebuilding import REBUILDABLE, RebuildReport
from partita.engine.verification import Progress
from partita.journal.encoding import as_written
from partita.journal.merkle import EMPTY_ROOT
from partita.journal.record import Head, Record
from partita.journal.verify import JournalFold
from partita.kernel.moment import Moment

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "rebuild.sql")
BLOCK = 4_096
_FILLED_BY: dict[str, tuple[str, ...]] = {
    "entry": ("insert_entries", "insert_moves"),
    "account": ("insert_account", "change_account"),
    "asset": ("insert_asset",),
    "resource": ("keep_resources",),
    "resource_change": ("insert_resource_changes",),
    "limit_usage": ("keep_usages",),
}
"""The statements of the write path that fill each table."""


class PostgresRebuilder:
    """Rebuilds views in the role of the schema's owner."""

    def __init__(self, owner: str, reader: Reader) -> None:
        """`owner` is a login that may take on the owner's role; records come from `reader`."""
        self._owner, self._reader = owner, reader

    def rebuild(self, ledger: LedgerInfo, view: str, progress: Progress) -> RebuildReport:
        """Drop a view's rows of a ledger, replay the journal, and put the rebuilt rows there."""
        started = time.perf_counter()
        tables = REBUILDABLE[view]
        with psycopg.connect(as_role(self._owner, Role.OWNER), autocommit=True) as connection:
            scratch = _Scratch(connection, ledger, tables)
            for records in self._blocks(ledger, scratch, 2**62):
                connection.execute("begin")
                scratch.take(records)
                connection.execute("commit")
                progress(scratch.size, self._reader.head(ledger).sequence)
            with connection.transaction():
                end = scratch.lock()
                for records in self._blocks(ledger, scratch, end):
                    scratch.take(records)
                rows, differences = scratch.exchange()
        seconds = round(time.perf_counter() - started, 3)
        return RebuildReport(view, scratch.size, rows, differences, seconds)

    def _blocks(self, ledger: LedgerInfo, scratch: "_Scratch", end: int) -> Iterator[list[Record]]:
        for _block in count():
            limit = min(BLOCK, end - scratch.size)
            records = self._reader.records(ledger, scratch.size, limit) if limit else []
            if not records:
                return
            yield [as_written(record) for record in records]


class _Scratch:
    """The session's own tables, and how far they have come."""

    def __init__(self, connection: Connection, ledger: LedgerInfo, tables: tuple[str, ...]) -> None:
        self._connection, self._ledger, self._tables = connection, ledger, tables
        self._fold = JournalFold(ledger.name)
        self._head = Head(0, Moment(0), b"", EMPTY_ROOT)
        self._statements = {name for table in tables for name in _FILLED_BY[table]}
        for table in ("head", *tables):
            self._run(QUERIES.make_scratch, table)
        values = {"ledger_id": ledger.number, "root": EMPTY_ROOT}
        connection.execute(QUERIES.begin_scratch, values)

    @property
    def size(self) -> int:
        """How many records were replayed."""
        return self._fold.log.size

    def take(self, records: list[Record]) -> None:
        """Replay the next records into the tables."""
        fold, base = self._fold, self._head
        for record in records:
            fold.take(record.body, record.leaf)
        log, velocity = fold.log, fold.velocity
        self._head = Head(log.size, records[-1].recorded_at, log.to_bytes(), log.root())
        usages = [velocity.usages[name] for name in velocity.touched]
        velocity.touched = {}
        fold.drain()
        draft = Draft(base, self._head, records, [None] * len(records), [], usages)
        unit.send(self._connection, self._only(pack(self._ledger, draft)))

    def _only(self, packed: Packed) -> Packed:
        """As much of a draft as these tables need."""
        return msgspec.structs.replace(
            packed,
            journal=None,
            entries=packed.entries if "entry" in self._tables else None,
            arrays=tuple(each for each in packed.arrays if each[0] in self._statements),
            rare=tuple(each for each in packed.rare if each[0] in self._statements),
        )

    def lock(self) -> int:
        """Hold up the writers; how many records there are."""
        return int(self._one(sql.SQL(QUERIES.lock_kept_head)))

    def exchange(self) -> tuple[int, int]:
        """Put the rebuilt rows in the place of the kept; how many, and how many differed."""
        rows = differences = 0
        for table in self._tables:
            rows += int(self._one(_of(QUERIES.count_rows, table)))
            differences += int(self._one(_of(QUERIES.count_differences, table)))
            exchange = (
                QUERIES.lift_guards, QUERIES.drop_rows, QUERIES.put_rows, QUERIES.restore_guards,
            )  # fmt: skip
            for statement in exchange:
                self._run(statement, table)
        return rows, differences

    def _run(self, statement: LiteralString, table: str) -> None:
        # Only what names the ledger takes a value; PostgreSQL refuses values that nothing names.
        values = {"ledger_id": self._ledger.number} if "ledger_id" in statement else None
        self._connection.execute(_of(statement, table), values)

    def _one(self, statement: sql.SQL | sql.Composed) -> Any:
        row = self._connection.execute(statement, {"ledger_id": self._ledger.number}).fetchone()
        assert row is not None, "counts and locked heads have a row"
        return row[0]


def _of(statement: LiteralString, table: str) -> sql.Composed:
    return sql.SQL(statement).format(table=sql.Identifier(table))
