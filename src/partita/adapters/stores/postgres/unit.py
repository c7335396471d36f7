"""One unit of work in PostgreSQL: the head locked, things loaded, a packed draft committed.

A small draft is committed in one round trip: lock the head if it is the one the draft stands on,
insert, move the head, commit; where the head is another one, none of these finds a row to work
on. A large draft takes four: lock, journal, entries, head and commit. All of it is set-based;
nothing is sent row by row but openings and refusals.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg

from partita.adapters.stores.postgres import resources, rows
from partita.adapters.stores.postgres.arrays import BinaryArray
from partita.adapters.stores.postgres.connecting import Connection
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.adapters.stores.postgres.packed import Packed
from partita.engine.errors import CorruptJournal
from partita.engine.ports import LedgerInfo, Loaded, Wants
from partita.journal.encoding import decode
from partita.journal.record import Head, Record

_LONG_BYTES = 1 << 20
_USUAL_SECONDS, _PROMPT_SECONDS = sys.getswitchinterval(), 0.001
QUERIES = NamedQueries(Path(__file__).parent / "sql" / "store.sql")


class PostgresUnit:
    """A unit of work on one connection; belongs to the thread that began it."""

    def __init__(self, connection: Connection, ledger: LedgerInfo) -> None:
        """Begin, and lock the ledger's head: one round trip."""
        self._connection, self._ledger = connection, ledger
        with connection.pipeline():
            connection.execute("begin")
            found = lock(connection, ledger)
        self.head = head_in(found, ledger)

    def load(self, wants: Wants) -> Loaded:
        """What the store knows as of the locked head."""
        return load(self._connection, self._ledger, wants)

    def leaf(self, sequence: int) -> bytes | None:
        """The stored hash of a record."""
        return leaf(self._connection, self._ledger, sequence)

    def write(self, packed: object) -> None:
        """Send a packed draft and commit; it must stand on the head that is locked."""
        _write(self._connection, standing_on(self.head, packed))


def lock(connection: Connection, ledger: LedgerInfo) -> psycopg.Cursor[Any]:
    """Ask for the lock of a ledger's head; the head is in what comes back."""
    return connection.execute(QUERIES.lock_head, {"ledger_id": ledger.number})


def head_in(found: psycopg.Cursor[Any], ledger: LedgerInfo) -> Head:
    """The head that was locked.

    Raises:
        CorruptJournal: the ledger has none.
    """
    row = found.fetchone()
    if row is None:
        raise CorruptJournal(f"the ledger {ledger.name!r} has no head row")
    return rows.head(row)


def leaf(connection: Connection, ledger: LedgerInfo, sequence: int) -> bytes | None:
    """The stored hash of a record of a ledger."""
    values = {"ledger_id": ledger.number, "sequence": sequence}
    row = connection.execute(QUERIES.leaf, values).fetchone()
    return None if row is None else bytes(row[0])


def standing_on(head: Head, packed: object) -> Packed:
    """A packed draft that stands on this head.

    Raises:
        CorruptJournal: it stands on another one.
    """
    assert isinstance(packed, Packed), "pack it with this store first"
    base = packed.base
    if (base["base_root"], base["base_outcomes"]) != (head.root, head.outcomes):
        raise CorruptJournal("the draft stands on another head than the one that is locked")
    return packed


def append(connection: Connection, packed: Packed) -> bool:
    """Commit a packed draft if the head is the one it stands on; False if it is another one."""
    run = connection.execute
    with connection.pipeline():
        run("begin")
        stands = run(QUERIES.stand_on_head, packed.base)
        if packed.is_one_round_trip:
            for query, values in packed.arrays:
                run(QUERIES[query], values)
            if packed.head is not None:
                run(QUERIES.move_head, packed.head)
            run("commit")
    if stands.fetchone() is None:
        return False
    if not packed.is_one_round_trip:
        _write(connection, packed)
    return True


def _write(connection: Connection, packed: Packed) -> None:
    send(connection, packed, end="commit")


def send(connection: Connection, packed: Packed, *, end: str | None = None) -> None:
    """Send a packed draft within the transaction at hand; `end` is a last statement, if any."""
    with connection.cursor() as cursor:
        _copy(cursor, QUERIES.copy_journal, packed.journal)
        _copy(cursor, QUERIES.copy_entries, packed.entries)
    with connection.pipeline():
        for query, values in (*packed.arrays, *packed.rare):
            connection.execute(QUERIES[query], values)
        if packed.head is not None:
            connection.execute(QUERIES.move_head, packed.head)
        if end is not None:
            connection.execute(end.encode())


def _copy(cursor: psycopg.Cursor[Any], statement: Any, data: bytes | None) -> None:
    if data is None:
        return
    pace = _prompt_threads() if len(data) > _LONG_BYTES else nullcontext()
    with pace, cursor.copy(statement) as copy:
        copy.write(data)


@contextmanager
def _prompt_threads() -> Iterator[None]:
    """While a long stream goes out, have the interpreter change threads every millisecond.

    The socket takes a few hundred kilobytes and then this thread needs the interpreter for a
    moment; each time it would wait 5 ms for it while others compute. For everything else 5 ms
    are better: an event loop that is interrupted less often serves more.
    """
    sys.setswitchinterval(min(_USUAL_SECONDS, _PROMPT_SECONDS))
    try:
        yield
    finally:
        sys.setswitchinterval(_USUAL_SECONDS)


def load(connection: Connection, ledger: LedgerInfo, wants: Wants) -> Loaded:
    """What the store knows of some wants: one round trip, two if a bulk's answer is among it.

    Holds and whatever else has a state of its own are looked up first, in one more.
    """
    number = ledger.number
    loaded = Loaded()
    if wants.has_lives:
        resources.load(connection, number, wants, loaded)
        # Their accounts are wanted too, in the same look at the accounts.
        led_to = (account for each in loaded.resources for account in each.accounts)
        wants.accounts = list(dict.fromkeys((*wants.accounts, *led_to)))
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


def _keys(keys: Sequence[bytes]) -> BinaryArray:
    # Sorted, so that PostgreSQL walks its index once, from left to right.
    return BinaryArray.of_bytes(sorted(keys))


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
