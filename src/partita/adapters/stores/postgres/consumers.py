"""Cursors of consumers and their parked events, in PostgreSQL."""

from pathlib import Path

import msgspec

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.log import PostgresLog
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.engine.consumer_ports import Cursor, Parked
from partita.engine.ports import LedgerInfo

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "consumers.sql")


class PostgresConsumers(PostgresLog):
    """The consumers' side of the store."""

    def cursor(self, ledger: LedgerInfo, consumer: str) -> int:
        """Up to where a consumer has got all."""
        row = self._one(QUERIES.cursor, _named(ledger, consumer))
        return 0 if row is None else row[0]

    def advance(self, ledger: LedgerInfo, consumer: str, *, held: int, to: int) -> bool:
        """Move a cursor if it is where the caller held it; the first step makes it."""
        values = {**_named(ledger, consumer), "held": held, "sequence": to}
        with self._writing.use() as connection:
            moved = connection.execute(QUERIES.advance_cursor, values).rowcount
            if not moved and not held:
                moved = connection.execute(QUERIES.begin_cursor, values).rowcount
        return bool(moved)

    def cursors(self, ledger: LedgerInfo) -> list[Cursor]:
        """Every cursor, by name."""
        found = self._all(QUERIES.cursors, {"ledger_id": ledger.number})
        return [Cursor(*row) for row in found]

    def reset(self, ledger: LedgerInfo, consumer: str, to: int) -> None:
        """Set a cursor."""
        values = {**_named(ledger, consumer), "sequence": to}
        with self._writing.use() as connection:
            connection.execute(QUERIES.reset_cursor, values)

    def forget(self, ledger: LedgerInfo, consumer: str) -> None:
        """Remove all of a consumer."""
        values = _named(ledger, consumer)
        with self._writing.use() as connection, connection.transaction():
            connection.execute(QUERIES.delete_cursor, values)
            connection.execute(QUERIES.delete_parked, values)

    def park(self, ledger: LedgerInfo, event: Parked) -> None:
        """Set an event aside."""
        values = {
            **_named(ledger, event.consumer),
            **msgspec.structs.asdict(event),
            "parked_at": rows.to_time(event.parked_at),
        }
        with self._writing.use() as connection:
            connection.execute(QUERIES.park, values)

    def parked(self, ledger: LedgerInfo, consumer: str, after: int, limit: int) -> list[Parked]:
        """What is set aside, by sequence."""
        values = {**_named(ledger, consumer), "after": after, "limit": limit}
        found = self._all(QUERIES.parked, values)
        return [_parked(row) for row in found]

    def unpark(self, ledger: LedgerInfo, consumer: str, sequence: int) -> bool:
        """Take an event off the list."""
        values = {**_named(ledger, consumer), "sequence": sequence}
        with self._writing.use() as connection:
            return bool(connection.execute(QUERIES.unpark, values).rowcount)


def _named(ledger: LedgerInfo, consumer: str) -> dict[str, object]:
    return {"ledger_id": ledger.number, "consumer": consumer}


def _parked(row: rows.Row) -> Parked:
    who, sequence, event_id, kind, tries, error, parked_at = row
    return Parked(who, sequence, event_id, kind, tries, error, rows.to_moment(parked_at))
