"""A ledger with a history, somebody outside who remembers it, and an insider's access to it.

Everything is real: PostgreSQL, the engine that wrote the books, the witness, the customer's receipt.
The insider is the database's superuser with all triggers off, and has what lies on the server too.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from partita.adapters.signers.file import FileSigner
from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.witnesses.cosigned_files import CosignedFiles
from partita.engine.idempotency import wish
from partita.engine.notary import Seal
from partita.engine.ports import LedgerInfo
from partita.engine.witness_ports import CosignedMemory, Witnessing, WitnessPort
from partita.journal.merkle import Frontier
from partita.journal.receipts import Receipt
from partita.kernel import commands
from partita.kernel.moment import Moment
from partita.wiring import Application
from tests.attacks import chain
from tests.plugins.postgres import PostgresDatabase, PostgresDatabases
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask
from tests.plugins.watching import NearWitness
from tests.unit.engine.bookkeeping import open_accounts, pay

PEPPER = b"p" * 32
SEAL = Seal(FileSigner(b"k" * 32), "books.example.com")
INFO = LedgerInfo(1, "main", NOON)
BEFORE, AFTER = 30, 12
"""Transfers up to the moment of the backup, and after it."""
AMOUNT = 500


class Scene(msgspec.Struct):
    """What there is when the insider comes; `database` is what the server uses afterwards."""

    databases: PostgresDatabases
    database: PostgresDatabase
    backup: PostgresDatabase
    witness: NearWitness
    folder: Path
    receipt: Receipt
    split: int
    """The sequence at which the backup was made."""

    @property
    def dsn(self) -> str:
        """The superuser's way in."""
        return self.database.administrator

    @contextmanager
    def insider(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection with every guard off."""
        with psycopg.connect(self.dsn) as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute("set search_path = partita")
            yield connection

    @property
    def cosigned(self) -> CosignedFiles:
        """What lies beside the log's key."""
        return CosignedFiles(self.folder / "cosigned")


@contextmanager
def opened(
    database: PostgresDatabase,
    witnesses: tuple[WitnessPort, ...] = (),
    memory: CosignedMemory | None = None,
    seed: int = 1,
) -> Iterator[Application]:
    """The engine on a database; without a memory it is one that nobody ever told anything."""
    store = PostgresStore(database.poster, database.reader, connections=4)
    clock = StandingClock(Moment(NOON + seed), step_microseconds=1)
    application = Application(
        store, pepper=PEPPER, clock=clock, entropy=SeededEntropy(seed), seal=SEAL
    )
    application.watched_by(Witnessing(witnesses, memory))
    try:
        yield application
    finally:
        application.close()


def fill(application: Application, amount: int = AMOUNT) -> None:
    """The history up to the backup: transfers with all they may carry, refusals, a resource."""
    ledger = application.open_ledger("main")
    open_accounts(ledger, ("bank", "alice", "bob"))
    document = commands.SaveDocument("terms", "deposits", "be kind")
    ask(ledger, wish(document, key="terms", actor="legal"))
    for number in range(BEFORE):
        command = msgspec.structs.replace(
            pay("bank", "alice", amount, external_id=f"order-{number}"), metadata={"till": "7"}
        )
        ask(ledger, wish(command, key=f"order-{number}", actor="clerk"))
    for number in range(5):
        ask(ledger, wish(pay("bank", "nobody", amount), key=f"refused-{number}", actor="clerk"))


def go_on(application: Application, count: int = AFTER, amount: int = AMOUNT) -> None:
    """What happens after the backup: transfers alone, of which the customer has a receipt."""
    ledger = application.ledger()
    for number in range(count):
        command = pay("bank", "bob", amount, external_id=f"late-{number}")
        ask(ledger, wish(command, key=f"late-{number}", actor="clerk"))


def copied(databases: PostgresDatabases, database: PostgresDatabase) -> PostgresDatabase:
    """The whole database as it is now, as a backup has it."""
    return databases.create(database.name)


def made(databases: PostgresDatabases, folder: Path) -> Scene:
    """Write the history, have it cosigned, and give the customer a receipt."""
    database = databases.create()
    witness = NearWitness(folder / "witness", SEAL.verifier_key(INFO))
    memory = CosignedFiles(folder / "cosigned")
    with opened(database) as application:
        fill(application)
        split = application.store.head(INFO).sequence
        application.notary.sign(INFO)
    chain.write(database.administrator)
    backup = copied(databases, database)
    with opened(database, (witness,), memory, seed=2) as application:
        go_on(application)
        application.notary.sign(INFO)
        application.publisher.start()
        until_cosigned(application)
        record = application.prover.record(INFO, str(split + 1))
        receipt = application.prover.receipt(INFO, record)
    chain.write(database.administrator)
    return Scene(databases, database, backup, witness, folder, receipt, split)


def until_cosigned(application: Application, seconds: float = 20.0) -> None:
    """Wait until the head is cosigned."""
    end, size = time.monotonic() + seconds, application.store.head(INFO).sequence
    while True:
        standings = application.publisher.standings()
        if standings and standings[0].vouched and standings[0].vouched.size == size:
            return
        assert time.monotonic() < end, standings
        time.sleep(0.01)


def reseal(connection: psycopg.Connection[Any], *, forget_signed: bool = True) -> None:
    """Make root and frontier of the head those of the leaves, as a careful forger does."""
    query = "select leaf, recorded_at from journal where ledger_id = 1 order by sequence"
    rows, log = connection.execute(query).fetchall(), Frontier()
    for leaf, _ in rows:
        log.append(bytes(leaf))
    statement = "update head set sequence = %s, root = %s, frontier = %s, recorded_at = %s"
    connection.execute(statement, (log.size, log.root(), log.to_bytes(), rows[-1][1]))
    if forget_signed:
        connection.execute("delete from checkpoint")
        connection.execute("delete from cosignature")


def reseal_answers(connection: psycopg.Connection[Any]) -> None:
    """The same of the stored answers; their leaves are made anew, too."""
    query = """
        update outcome set leaf = sha256('\\x00'::bytea || convert_to(
            encode(key, 'hex') || E'\\n' || to_char(recorded_at at time zone 'UTC',
            'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || E'\\n' || body, 'UTF8'))
    """
    connection.execute(query)
    rows, log = connection.execute("select leaf from outcome order by place").fetchall(), Frontier()
    for (leaf,) in rows:
        log.append(bytes(leaf))
    connection.execute("update head set answers = %s", (log.to_bytes(),))
