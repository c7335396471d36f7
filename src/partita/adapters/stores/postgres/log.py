"""What the log has signed, in PostgreSQL: keys, checkpoints, cosignatures, and the roots of tiles."""

from collections.abc import Sequence
from pathlib import Path

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.connecting import ReadingConnections, WritingConnections
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.adapters.stores.postgres.reading import PostgresReader
from partita.engine.errors import CorruptJournal, NotFound
from partita.engine.log_ports import Cosignature, LogKey, StoredCheckpoint
from partita.engine.ports import LedgerInfo
from partita.journal.tiles import Span, TileRoot

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "log.sql")
_BEYOND = 2**62


class PostgresLog(PostgresReader):
    """The log's side of the store; reads by the pool, writes by the thread's own connection."""

    def __init__(self, reading: ReadingConnections, writing: WritingConnections) -> None:
        """Read and write by these."""
        super().__init__(reading)
        self._writing = writing

    def checkpoints(
        self, ledger: LedgerInfo, before: int | None, limit: int
    ) -> list[StoredCheckpoint]:
        """Checkpoints, newest first."""
        bound = _BEYOND if before is None else before
        values = {"ledger_id": ledger.number, "before": bound, "limit": limit}
        return [rows.checkpoint(row) for row in self._all(QUERIES.checkpoints, values)]

    def covering(self, ledger: LedgerInfo, sequence: int) -> StoredCheckpoint | None:
        """The checkpoint that proves a record best."""
        row = self._one(QUERIES.covering, {"ledger_id": ledger.number, "sequence": sequence})
        return None if row is None else rows.checkpoint(row)

    def checkpoint(self, ledger: LedgerInfo, size: int) -> StoredCheckpoint | None:
        """The checkpoint of a size."""
        row = self._one(QUERIES.checkpoint, {"ledger_id": ledger.number, "size": size})
        return None if row is None else rows.checkpoint(row)

    def cosignatures(self, ledger: LedgerInfo, size: int, answers: int = 0) -> list[Cosignature]:
        """What witnesses signed of a checkpoint."""
        values = {"ledger_id": ledger.number, "size": size, "answers": answers}
        return [rows.cosignature(row) for row in self._all(QUERIES.cosignatures, values)]

    def answer_leaves(self, ledger: LedgerInfo, after: int, limit: int) -> list[bytes]:
        """The leaves of stored answers behind a place."""
        values = {"ledger_id": ledger.number, "after": after, "limit": limit}
        return [bytes(row[0]) for row in self._all(QUERIES.answer_leaves, values)]

    def log_keys(self, ledger: LedgerInfo) -> list[LogKey]:
        """The keys of this log."""
        found = self._all(QUERIES.log_keys, {"ledger_id": ledger.number})
        return [LogKey(row[0], row[1], rows.to_moment(row[2])) for row in found]

    def hashes(self, ledger: LedgerInfo, spans: Sequence[Span]) -> list[bytes]:
        """The hashes of some spans: one query for all of them."""
        values = {
            "ledger_id": ledger.number,
            "levels": [span.level for span in spans],
            "firsts": [span.first for span in spans],
            "widths": [span.width for span in spans],
        }
        found = self._all(QUERIES.hashes, values, binary=True) if spans else []
        return [row[0] or b"" for row in found]

    def add_log_key(self, ledger: LedgerInfo, key: LogKey) -> None:
        """Keep a key at its place, if it is free."""
        place, verifier_key, since = key
        values = {"ledger_id": ledger.number, "place": place, "verifier_key": verifier_key}
        with self._writing.use() as connection:
            connection.execute(QUERIES.insert_log_key, {**values, "since": rows.to_time(since)})

    def add_checkpoint(
        self, ledger: LedgerInfo, checkpoint: StoredCheckpoint, tiles: Sequence[TileRoot]
    ) -> None:
        """Keep a checkpoint and tiles in one commit."""
        values = {
            "ledger_id": ledger.number,
            "size": checkpoint.size,
            "root": checkpoint.root,
            "note": checkpoint.note,
            "created_at": rows.to_time(checkpoint.created_at),
            "answers": checkpoint.answers,
            "answers_frontier": checkpoint.frontier,
            "levels": [tile.level for tile in tiles],
            "numbers": [tile.number for tile in tiles],
            "roots": [tile.root for tile in tiles],
        }
        with self._writing.use() as connection:
            other = connection.execute(QUERIES.insert_checkpoint, values).fetchone()
        if other is not None:
            raise CorruptJournal(f"the log keeps another root already: {other[0]}")

    def add_cosignature(self, ledger: LedgerInfo, cosignature: Cosignature) -> None:
        """Keep a witness's signature under its checkpoint."""
        values = {
            "ledger_id": ledger.number,
            "size": cosignature.size,
            "answers": cosignature.answers,
            "key_name": cosignature.signature.name,
            "key_id": cosignature.signature.key_id,
            "signature": cosignature.signature.value,
            "received_at": rows.to_time(cosignature.received_at),
        }
        with self._writing.use() as connection:
            connection.execute(QUERIES.insert_cosignature, values)
            if connection.execute(QUERIES.checkpoint_exists, values).fetchone() is None:
                raise NotFound(f"there is no checkpoint of size {cosignature.size}")
