"""A real PostgreSQL for tests: one embedded server per worker, a fresh migrated database per test.

The server dies with the test run, however that ends: a guard process waits for the run's end on a
pipe, and stops what was left behind.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg import sql

from partita.adapters.stores.postgres.bootstrap import bootstrap
from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from partita.adapters.stores.postgres.migrate import apply
from partita.adapters.stores.postgres.roles import Role

TEMPLATE = "partita_template"
# In memory a database is copied in 10 ms, on a disk with its fsyncs in 200 ms. A killed process
# loses nothing in either; tests of a power cut need a folder of their own.
MEMORY = Path("/dev/shm")
NEEDED_BYTES = 4 << 30
# The last word on a run that was killed: QUIT ends a server at once, and the folder goes.
GUARD = """
cat >/dev/null
for file in $(find "$1" -name postmaster.pid); do
    kill -QUIT "$(head -n 1 "$file")" && sleep 0.5
done
rm -rf "$1"
"""


class PostgresDatabase(msgspec.Struct, frozen=True):
    """A fresh, migrated database: one connection string per role, and the superuser's."""

    name: str
    owner: str
    poster: str
    reader: str
    projector: str
    administrator: str


class PostgresDatabases:
    """Makes and drops databases of one server; each is a copy of the migrated template."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._numbers = count(1)
        self._administrator = psycopg.connect(
            server.dsn(ADMINISTRATOR, "postgres"), autocommit=True
        )

    def close(self) -> None:
        self._administrator.close()

    def create(self, template: str = TEMPLATE) -> PostgresDatabase:
        """Copy the template; `template0` gives an empty database."""
        name = f"test_{next(self._numbers)}"
        statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
        self._run(statement, name, template)
        owner, poster, reader, projector, administrator = (
            self._server.dsn(user, name) for user in (*Role, ADMINISTRATOR)
        )
        return PostgresDatabase(name, owner, poster, reader, projector, administrator)

    def drop(self, database: PostgresDatabase) -> None:
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", database.name)

    def migrate_template(self) -> None:
        self._run("CREATE DATABASE {}", TEMPLATE)
        dsn = self._server.dsn(ADMINISTRATOR, TEMPLATE)
        bootstrap(dsn, allow_login=True)
        apply(dsn)

    def _run(self, statement: str, *names: str) -> None:
        # A test may have killed the server or our connection; the next test must not suffer.
        if not self._is_alive():
            self._administrator.close()
            self._server.close()
            self._server.start()
            dsn = self._server.dsn(ADMINISTRATOR, "postgres")
            self._administrator = psycopg.connect(dsn, autocommit=True)
        identifiers = [sql.Identifier(name) for name in names]
        self._administrator.execute(sql.SQL(statement).format(*identifiers))

    def _is_alive(self) -> bool:
        try:
            self._administrator.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def roomy_place() -> Path:
    """Memory where there is enough of it (containers often have 64 MB), else the usual place."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= NEEDED_BYTES:
        return MEMORY
    return Path("/tmp")


@pytest.fixture(scope="session")
def guarded_folder() -> Iterator[Path]:
    """A folder with a short path for servers' data; what runs in it ends with the test run."""
    folder = Path(tempfile.mkdtemp(prefix="partita-test-", dir=roomy_place()))
    guard = subprocess.Popen(
        ("/bin/sh", "-c", GUARD, "sh", str(folder)), stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield folder
    finally:
        guard.communicate()


@pytest.fixture(scope="session")
def postgres_server(guarded_folder: Path) -> Iterator[EmbeddedPostgres]:
    """One embedded server, with `partita` in it empty, for the whole run of this worker."""
    with EmbeddedPostgres(guarded_folder / "shared") as server:
        yield server


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: EmbeddedPostgres) -> Iterator[PostgresDatabases]:
    """For tests that need several databases, or an empty one."""
    databases = PostgresDatabases(postgres_server)
    try:
        databases.migrate_template()
        yield databases
    finally:
        databases.close()


@pytest.fixture
def postgres_database(postgres_databases: PostgresDatabases) -> Iterator[PostgresDatabase]:
    """A fresh database with every migration applied, dropped after the test."""
    database = postgres_databases.create()
    yield database
    postgres_databases.drop(database)


@pytest.fixture
def empty_database(postgres_databases: PostgresDatabases) -> Iterator[PostgresDatabase]:
    """A fresh database with nothing in it, not even the schema; the roles exist."""
    database = postgres_databases.create("template0")
    yield database
    postgres_databases.drop(database)


@pytest.fixture
def server_folder(guarded_folder: Path) -> Iterator[Path]:
    """A data folder of a test's own for a server of its own; nothing in it outlives the test."""
    folder = Path(tempfile.mkdtemp(dir=guarded_folder))
    yield folder
    if (folder / "postgres" / "data" / "postmaster.pid").exists():
        # Adopting and leaving is how an orphan ends; it needs the folder as the test left it.
        EmbeddedPostgres(folder).start().close()
    shutil.rmtree(folder)
