"""One unit of work in PostgreSQL: the head locked, things loaded, a packed draft committed.

A commit is five round trips: begin and lock; journal; entries; whatever is rare; head and
commit. All of it is set-based; nothing is sent row by row but openings and refusals.
"""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.connecting import Connection
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.adapters.stores.postgres.packing import entry_rows, journal_rows
from partita.engine.errors import CorruptJournal
from partita.engine.ports import Draft, LedgerInfo, Loaded, Wants
from partita.journal.encoding import decode, encode_value
from partita.journal.record import Record
from partita.kernel import events
from partita.kernel.account import AccountStatus

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "store.sql")
_BYTEA_ARRAY = struct.Struct(">iiiii")
_BYTEA_OID = 17
_KEY_LENGTH = struct.pack(">i", 16)


class Packed(msgspec.Struct, frozen=True):
    """A draft as this store sends it: two COPY streams, the rare rows, and the new head."""

    ledger_id: int
    journal: bytes | None
    entries: bytes | None
    rare: list[tuple[str, dict[str, Any]]]
    head: dict[str, Any]


def pack(ledger: LedgerInfo, draft: Draft) -> Packed:
    """Everything about a draft that can be worked out before the lock is taken."""
    number, new = ledger.number, draft.head
    head = {
        "ledger_id": number,
        "sequence": new.sequence,
        "recorded_at": rows.to_time(new.recorded_at),
        "frontier": new.frontier,
        "root": new.root,
        "outcomes": new.outcomes,
    }
    return Packed(
        ledger_id=number,
        journal=journal_rows(number, draft) if draft.records else None,
        entries=entry_rows(number, draft),
        rare=_rare_rows(number, draft),
        head=head,
    )


_STATUS: dict[type, AccountStatus] = {
    events.AccountFrozen: AccountStatus.FROZEN,
    events.AccountUnfrozen: AccountStatus.OPEN,
    events.AccountClosed: AccountStatus.CLOSED,
}


def _rare_rows(number: int, draft: Draft) -> list[tuple[str, dict[str, Any]]]:
    """Query and values for each thing that is not a transaction."""
    found: list[tuple[str, dict[str, Any]]] = []
    for record in draft.records:
        event = record.event
        if type(event) is events.TransactionPosted:
            continue
        if isinstance(event, events.AccountOpened):
            found.append(("insert_account", _opened(number, event)))
        elif isinstance(event, events.AssetRegistered):
            body = encode_value(event.asset)
            values = {"ledger_id": number, "code": event.asset.code, "body": body}
            found.append(("insert_asset", values))
        elif isinstance(event, events.AccountChanged):
            status = _STATUS[type(event)].value
            values = {"ledger_id": number, "number": event.number, "status": status}
            found.append(("change_account", values))
    now = rows.to_time(draft.head.recorded_at)
    for key, outcome in draft.outcomes.items():
        body = rows.outcome_body(outcome)
        values = {"ledger_id": number, "key": key, "recorded_at": now, "body": body}
        found.append(("insert_outcome", values))
    return found


def _opened(number: int, event: events.AccountOpened) -> dict[str, Any]:
    account = event.account
    return {
        "ledger_id": number,
        "number": account.number,
        "id": account.id,
        "path": account.path,
        "type": account.type.value,
        "normal_side": account.normal_side.value,
        "asset": account.asset,
        "status": AccountStatus.OPEN.value,
        "opening": encode_value(account),
    }


class PostgresUnit:
    """A unit of work on one connection; belongs to the thread that began it."""

    def __init__(self, connection: Connection, ledger: LedgerInfo) -> None:
        """Begin, and lock the ledger's head: one round trip."""
        self._connection, self._ledger = connection, ledger
        with connection.pipeline():
            connection.execute("begin")
            found = connection.execute(QUERIES.lock_head, {"ledger_id": ledger.number})
        row = found.fetchone()
        if row is None:
            raise CorruptJournal(f"the ledger {ledger.name!r} has no head row")
        self.head = rows.head(row)

    def load(self, wants: Wants) -> Loaded:
        """What the store knows as of the locked head."""
        return load(self._connection, self._ledger, wants)

    def leaf(self, sequence: int) -> bytes | None:
        """The stored hash of a record."""
        values = {"ledger_id": self._ledger.number, "sequence": sequence}
        row = self._connection.execute(QUERIES.leaf, values).fetchone()
        return None if row is None else bytes(row[0])

    def write(self, packed: object) -> None:
        """Send a packed draft and commit."""
        assert isinstance(packed, Packed), "pack it with this store first"
        connection = self._connection
        with connection.cursor() as cursor:
            _copy(cursor, QUERIES.copy_journal, packed.journal)
            _copy(cursor, QUERIES.copy_entries, packed.entries)
        with connection.pipeline():
            for query, values in packed.rare:
                connection.execute(QUERIES[query], values)
            connection.execute(QUERIES.move_head, packed.head)
            connection.execute("commit")


def _copy(cursor: psycopg.Cursor[Any], statement: Any, data: bytes | None) -> None:
    if data is not None:
        with cursor.copy(statement) as copy:
            copy.write(data)


def load(connection: Connection, ledger: LedgerInfo, wants: Wants) -> Loaded:
    """What the store knows of some wants: one round trip, two if a bulk's answer is among it."""
    number = ledger.number
    loaded = Loaded()
    with connection.pipeline():
        run = connection.execute
        named = {"ledger_id": number, "keys": _keys(wants.keys)}
        by_key = run(QUERIES.records_by_key, named) if wants.keys else None
        outcomes = run(QUERIES.outcomes_by_key, named) if wants.keys else None
        standings = _standings(connection, number, wants.accounts)
        values: dict[str, Any] = {"ledger_id": number, "external_ids": wants.external_ids}
        taken = run(QUERIES.taken_external_ids, values) if wants.external_ids else None
        values = {"ledger_id": number, "codes": wants.assets}
        assets = run(QUERIES.assets_by_code, values) if wants.assets else None
    if by_key is not None and outcomes is not None:
        loaded.records = {bytes(row[0]): _record(row[1], row[2]) for row in by_key}
        loaded.outcomes = {bytes(row[0]): rows.outcome(row[1]) for row in outcomes}
        loaded.bulk_records = _bulk_records(connection, number, loaded)
    loaded.standings = [rows.standing(row) for row in standings or ()]
    loaded.external_ids = [row[0] for row in taken or ()]
    loaded.assets = [rows.asset(row) for row in assets or ()]
    return loaded


class _ByteaArray:
    """An array parameter that is encoded already: the driver's own way costs more than the query."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class _ByteaArrayDumper(psycopg.adapt.Dumper):
    """Hands the ready bytes over, as a binary bytea[]."""

    format = psycopg.pq.Format.BINARY
    oid = 1001

    def dump(self, array: _ByteaArray, /) -> bytes:
        """The bytes as they are."""
        return array.data


psycopg.adapters.register_dumper(_ByteaArray, _ByteaArrayDumper)


def _keys(keys: Sequence[bytes]) -> _ByteaArray:
    # Sorted, so that PostgreSQL walks its index once, from left to right.
    header = _BYTEA_ARRAY.pack(1, 0, _BYTEA_OID, len(keys), 1)
    return _ByteaArray(header + b"".join([_KEY_LENGTH + key for key in sorted(keys)]))


def _standings(
    connection: Connection, number: int, accounts: Sequence[str]
) -> psycopg.Cursor[Any] | None:
    if not accounts:
        return None
    ids = [name for name in accounts if name.startswith("acc_")]
    paths = [name for name in accounts if not name.startswith("acc_")]
    values = {"ledger_id": number, "paths": paths, "ids": ids}
    return connection.execute(QUERIES.standings, values)


def _bulk_records(connection: Connection, number: int, loaded: Loaded) -> dict[int, Record]:
    places = [
        place
        for outcome in loaded.outcomes.values()
        for place in outcome.results
        if isinstance(place, int)
    ]
    if not places:
        return {}
    values = {"ledger_id": number, "sequences": places}
    found = connection.execute(QUERIES.records_by_sequence, values)
    return {row[0]: _record(row[1], row[2]) for row in found}


def _record(body: str, leaf: bytes) -> Record:
    return decode(body.encode(), bytes(leaf))
