"""A process is frozen while it holds the lock of a ledger: the others must not wait for ever."""

import time

import psycopg
import pytest

from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.errors import StoreUnavailable
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount, OpenLedger
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import ask_one

KNOWS_LONGEST_TRANSACTION = 170_000


def test_the_lock_of_a_frozen_writer_is_taken_back(
    postgres_database: PostgresDatabase, postgres_store: PostgresStore
):
    """Its session is ended by the server; when it wakes, what it had begun is not written."""
    frozen = PostgresStore(postgres_database.poster, postgres_database.reader, connections=1)
    info = frozen.create_ledger("main", SystemClock().now())
    ledger = Ledger(info, postgres_store, SystemClock(), SystemEntropy())
    ask_one(ledger, OpenLedger("main"))
    with frozen._writing.use() as connection:
        if connection.info.server_version < KNOWS_LONGEST_TRANSACTION:
            pytest.skip("PostgreSQL before 17 cannot bound a transaction")
        connection.execute("set transaction_timeout = '200ms'")
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable), frozen.begin(info) as unit:  # noqa: PT012 - it sleeps
        opened = ask_one(ledger, OpenAccount("cash", "USD", AccountType.ASSET), "key")
        unit.leaf(1)
    assert isinstance(opened, Accepted)
    assert 0.1 < time.monotonic() - begun < 10
    with frozen.begin(info) as unit:
        assert unit.head.sequence == 2, "it works on as if new"
    ledger.close()
    frozen.close()


@pytest.mark.parametrize("name", ["idle_in_transaction_session_timeout", "transaction_timeout"])
def test_no_writer_keeps_a_lock_for_ever(postgres_store: PostgresStore, name: str):
    with postgres_store._writing.use() as connection:
        if connection.info.server_version < KNOWS_LONGEST_TRANSACTION:
            pytest.skip("PostgreSQL before 17 cannot bound a transaction")
        row = connection.execute(f"show {name}").fetchone()
    assert row == ("2min",)


def test_a_server_that_is_not_the_primary_any_more_is_no_fault_of_the_caller(
    postgres_database: PostgresDatabase, postgres_store: PostgresStore
):
    """After a failover a connection may lead to a server that takes no writes: try again, later."""
    info = postgres_store.create_ledger("main", SystemClock().now())
    name = postgres_database.name
    with psycopg.connect(postgres_database.administrator, autocommit=True) as connection:
        connection.execute(f"alter database {name} set default_transaction_read_only = on")
    demoted = PostgresStore(postgres_database.poster, postgres_database.reader, connections=1)
    with pytest.raises(StoreUnavailable), demoted.begin(info):
        pass
    demoted.close()
