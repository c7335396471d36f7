"""One unit of work over several ledgers in PostgreSQL: all their heads locked, one COMMIT for all.

Every statement names one ledger, as everywhere; only the transaction around them is shared. Where
ledgers live on different nodes, that makes it a two-phase commit of the database's own.
"""

from collections.abc import Sequence

from partita.adapters.stores.postgres import unit
from partita.adapters.stores.postgres.connecting import Connection
from partita.engine.ports import LedgerInfo, Loaded, Wants
from partita.journal.record import Head


class PostgresJointUnit:
    """A unit of work over several ledgers on one connection; belongs to the thread that began it."""

    def __init__(self, connection: Connection, ledgers: Sequence[LedgerInfo]) -> None:
        """Begin, and lock the heads in the order of the ledgers' numbers: one round trip."""
        self._connection, self._ledgers = connection, ledgers
        in_order = sorted(ledgers, key=lambda ledger: ledger.number)
        with connection.pipeline():
            connection.execute("begin")
            # One statement each, sent in this order: the locks are taken in it.
            found = [unit.lock(connection, ledger) for ledger in in_order]
        self._heads = {
            ledger.number: unit.head_in(each, ledger)
            for ledger, each in zip(in_order, found, strict=True)
        }

    def head(self, ledger: LedgerInfo) -> Head:
        """The locked head of a ledger."""
        return self._heads[ledger.number]

    def load(self, ledger: LedgerInfo, wants: Wants) -> Loaded:
        """What the store knows of a ledger as of its locked head."""
        return unit.load(self._connection, ledger, wants)

    def leaf(self, ledger: LedgerInfo, sequence: int) -> bytes | None:
        """The stored hash of a record of a ledger."""
        return unit.leaf(self._connection, ledger, sequence)

    def write(self, packed: Sequence[object]) -> None:
        """Send a packed draft for each ledger, and commit all of them with one COMMIT."""
        drafts = [
            unit.standing_on(self.head(ledger), each)
            for ledger, each in zip(self._ledgers, packed, strict=True)
        ]
        for draft in drafts[:-1]:
            unit.send(self._connection, draft)
        unit.send(self._connection, drafts[-1], end="commit")
