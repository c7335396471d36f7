"""Bootstrapping: roles and schema once, by whoever may, else a script for an administrator."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from partita.adapters.stores.postgres.bootstrap import administrator_script, bootstrap
from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from partita.adapters.stores.postgres.errors import BootstrapError
from partita.adapters.stores.postgres.migrate import apply, status
from partita.adapters.stores.postgres.roles import Role, as_role
from tests.plugins.postgres import PostgresDatabase

LOGIN = 'o\'dd "login"'


@pytest.fixture
def bare_server(server_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server that has no roles of ours yet: they belong to all databases of a server."""
    with EmbeddedPostgres(server_folder) as server:
        yield server


def run(dsn: str, statement: str, *names: str) -> None:
    identifiers = [sql.Identifier(name) for name in names]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*identifiers))


def who(dsn: str) -> tuple[str, str]:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT session_user, current_user").fetchone()
    assert row is not None
    return row


def test_the_embedded_size_gets_four_logins(bare_server: EmbeddedPostgres) -> None:
    for _ in range(2):
        bootstrap(bare_server.dsn(ADMINISTRATOR), allow_login=True)
    assert [who(bare_server.dsn(role)) for role in Role] == [(role, role) for role in Role]


@pytest.mark.parametrize("attributes", ["CREATEROLE", "CREATEROLE NOINHERIT"])
def test_a_login_that_may_make_roles_does_all_by_itself(
    bare_server: EmbeddedPostgres, attributes: str
) -> None:
    administrator = bare_server.dsn(ADMINISTRATOR)
    run(administrator, f"CREATE ROLE {{}} LOGIN {attributes}", LOGIN)
    run(administrator, "GRANT CREATE ON DATABASE partita TO {}", LOGIN)
    dsn = bare_server.dsn(LOGIN)
    for _ in range(2):
        bootstrap(dsn)
    apply(dsn)
    assert [who(as_role(dsn, role)) for role in Role] == [(LOGIN, role) for role in Role]
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        who(bare_server.dsn(Role.POSTER))


def test_a_login_that_may_not_is_given_a_script_that_works(bare_server: EmbeddedPostgres) -> None:
    administrator, dsn = bare_server.dsn(ADMINISTRATOR), bare_server.dsn(LOGIN)
    run(administrator, "CREATE ROLE {} LOGIN", LOGIN)
    with pytest.raises(BootstrapError, match="may not prepare database partita") as error:
        bootstrap(dsn)
    assert administrator_script(LOGIN) in error.value.mend
    with psycopg.connect(administrator) as connection:
        connection.execute(administrator_script(LOGIN).encode())
    bootstrap(dsn)
    apply(dsn)
    assert status(as_role(dsn, Role.READER)).pending == ()


@pytest.mark.parametrize("attributes", ["CREATEROLE", "SUPERUSER"])
def test_a_database_of_before_gets_what_it_lacks(
    bare_server: EmbeddedPostgres, attributes: str
) -> None:
    """The fourth role and its schema came after there were databases with three and one."""
    administrator = bare_server.dsn(ADMINISTRATOR)
    run(administrator, f"CREATE ROLE {{}} LOGIN {attributes}", LOGIN)
    run(administrator, "GRANT CREATE ON DATABASE partita TO {}", LOGIN)
    dsn = bare_server.dsn(LOGIN)
    bootstrap(dsn)
    run(administrator, "DROP SCHEMA partita_views")
    run(administrator, "DROP OWNED BY partita_projector")
    run(administrator, "DROP ROLE partita_projector")
    bootstrap(dsn)
    apply(dsn)
    run(as_role(dsn, Role.PROJECTOR), "CREATE TABLE partita_views.{} ()", "mine")
    run(as_role(dsn, Role.READER), "SELECT FROM partita_views.{}", "mine")
    run(as_role(dsn, Role.PROJECTOR), "SELECT FROM partita.view_standing")


def test_nobody_but_the_owner_may_build_in_the_schema(empty_database: PostgresDatabase) -> None:
    bootstrap(empty_database.administrator, allow_login=True)
    for dsn in (empty_database.poster, empty_database.reader):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(dsn, "CREATE TABLE partita.{} ()", "mine")


def test_several_at_once_do_no_harm(bare_server: EmbeddedPostgres) -> None:
    dsn = bare_server.dsn(ADMINISTRATOR)
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda _: bootstrap(dsn, allow_login=True), range(4)):
            pass


def test_taking_on_a_role_keeps_other_options() -> None:
    dsn = make_conninfo(host="/x", options="-c work_mem=8MB")
    assert "work_mem=8MB -c role=partita_poster" in as_role(dsn, Role.POSTER)
    assert "role=partita_reader" in as_role("postgresql://u@h/d", Role.READER)
