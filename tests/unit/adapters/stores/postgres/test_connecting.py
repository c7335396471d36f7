"""Connections of writers: one for each thread that lives, and none for those that are over."""

import threading
import time

import psycopg

from partita.adapters.stores.postgres.store import PostgresStore
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import NOON

LONG_SECONDS = 5.0


def test_threads_that_are_over_leave_no_connections_behind(
    postgres_database: PostgresDatabase,
) -> None:
    store = PostgresStore(postgres_database.poster, postgres_database.reader, connections=2)
    for n in range(12):
        thread = threading.Thread(target=store.create_ledger, args=(f"ledger-{n}", NOON))
        thread.start()
        thread.join()
    store.create_ledger("mine", NOON)
    assert len(store.ledgers()) == 13
    with psycopg.connect(postgres_database.administrator, autocommit=True) as connection:
        deadline = time.monotonic() + LONG_SECONDS
        while connected(connection) > 3:
            # A backend takes a moment to see that nobody is there any more.
            assert time.monotonic() < deadline, f"{connected(connection)} connections"
            time.sleep(0.01)
    store.close()


def connected(connection: psycopg.Connection) -> int:
    query = (
        "select count(*) from pg_stat_activity"
        " where usename = 'partita_poster' and datname = current_database()"
    )
    return (connection.execute(query).fetchone() or (0,))[0]
