"""What the standing auditor saw, in PostgreSQL."""

from pathlib import Path

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.deliveries import PostgresDeliveries
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.engine.ports import LedgerInfo
from partita.kernel.moment import Moment

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "integrity.sql")


class PostgresIntegrity(PostgresDeliveries):
    """The auditor's side of the store."""

    def note_integrity(self, ledger: LedgerInfo, body: str, now: Moment) -> None:
        """Keep what was last seen of a ledger."""
        values = {"ledger_id": ledger.number, "noted_at": rows.to_time(now), "body": body}
        with self._writing.use() as connection:
            connection.execute(QUERIES.note_integrity, values)

    def integrity(self, ledger: LedgerInfo) -> tuple[Moment, str] | None:
        """What was last noted, and when."""
        row = self._one(QUERIES.integrity, {"ledger_id": ledger.number})
        return None if row is None else (rows.to_moment(row[0]), row[1])
