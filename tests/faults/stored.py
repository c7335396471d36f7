"""What PostgreSQL keeps of one ledger, as plain rows: read with our own SQL, decoded with `json`.

The checker must not lean on the code that it judges; so nothing here asks the store.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class StoredRecord(msgspec.Struct):
    """A row of the journal. `said` is what its bytes say, as JSON values."""

    sequence: int
    type: str
    id: str
    key: bytes | None
    external_id: str | None
    recorded_at: str
    body: bytes
    leaf: bytes
    said: dict[str, Any]


class StoredEntry(msgspec.Struct, frozen=True):
    """A row of the registers; debits are positive."""

    account_number: int
    version: int
    sequence: int
    leg: int
    asset: str
    amount: int
    after: tuple[int, int, int, int]
    effective_at: str
    recorded_at: str
    pending: int = 0


class StoredHead(msgspec.Struct, frozen=True):
    """The row that is locked."""

    sequence: int
    recorded_at: str
    frontier: bytes
    root: bytes
    outcomes: int


class StoredLedger(msgspec.Struct):
    """All of it, as of one snapshot."""

    name: str
    head: StoredHead
    journal: list[StoredRecord]
    entries: list[StoredEntry]
    accounts: dict[int, tuple[str, str]]
    outcomes: dict[bytes, dict[str, Any]]
    resources: dict[tuple[str, str], tuple[str, dict[str, Any]]]

    @classmethod
    def read(cls, dsn: str, name: str = "main") -> "StoredLedger":
        """Read one ledger in one snapshot, waiting for nobody."""
        with psycopg.connect(dsn) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return cls(
                name=name,
                head=_head(connection, name),
                journal=_journal(connection, name),
                entries=_entries(connection, name),
                accounts={
                    number: (path, status)
                    for number, path, status in _rows(
                        connection, "number, path, status", "account", name
                    )
                },
                outcomes={
                    bytes(key): json.loads(body)
                    for key, body in _rows(connection, "key, body", "outcome", name)
                },
                resources={
                    (kind, identifier): (state, json.loads(body))
                    for kind, identifier, state, body in _rows(
                        connection, "kind, id, state, body", "resource", name
                    )
                },
            )


def _rows(connection: psycopg.Connection, columns: str, table: str, name: str) -> list[Any]:
    statement = (
        f"select {columns} from {table} join ledger using (ledger_id) where ledger.name = %s"
    )
    return connection.execute(statement, (name,)).fetchall()  # type: ignore[arg-type]


def _moment(time: datetime) -> str:
    microseconds = (time - _EPOCH) // timedelta(microseconds=1)
    whole, part = divmod(microseconds, 1_000_000)
    return f"{_EPOCH + timedelta(seconds=whole):%Y-%m-%dT%H:%M:%S}.{part:06}Z"


def _head(connection: psycopg.Connection, name: str) -> StoredHead:
    columns = "sequence, recorded_at, frontier, root, outcomes"
    ((sequence, recorded_at, frontier, root, outcomes),) = _rows(connection, columns, "head", name)
    return StoredHead(sequence, _moment(recorded_at), bytes(frontier), bytes(root), outcomes)


def _journal(connection: psycopg.Connection, name: str) -> list[StoredRecord]:
    columns = "sequence, type, id, key, external_id, recorded_at, body, leaf"
    found = [
        StoredRecord(
            sequence=sequence,
            type=type,
            id=id,
            key=None if key is None else bytes(key),
            external_id=external_id,
            recorded_at=_moment(recorded_at),
            body=body.encode(),
            leaf=bytes(leaf),
            said=json.loads(body),
        )
        for sequence, type, id, key, external_id, recorded_at, body, leaf in _rows(
            connection, columns, "journal", name
        )
    ]
    return sorted(found, key=lambda record: record.sequence)


def _entries(connection: psycopg.Connection, name: str) -> list[StoredEntry]:
    columns = (
        "account_number, version, sequence, leg, asset, amount, posted_debits, posted_credits,"
        " pending_debits, pending_credits, effective_at, recorded_at, pending"
    )
    found = [
        StoredEntry(
            *row[:5],
            amount=int(row[5]),
            after=tuple(int(total) for total in row[6:10]),  # type: ignore[arg-type]
            effective_at=_moment(row[10]),
            recorded_at=_moment(row[11]),
            pending=int(row[12]),
        )
        for row in _rows(connection, columns, "entry", name)
    ]
    return sorted(found, key=lambda entry: (entry.sequence, entry.leg))
