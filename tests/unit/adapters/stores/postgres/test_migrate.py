"""Migrations: each file once, in order, whole or not at all, and never changed afterwards."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from partita.adapters.stores.postgres import migrate
from partita.adapters.stores.postgres.bootstrap import bootstrap
from partita.adapters.stores.postgres.errors import MigrationError
from tests.plugins.postgres import PostgresDatabase

FIRST = "create table partita.thing (id int primary key);\ngrant select on thing to partita_reader;"


@pytest.fixture
def database(empty_database: PostgresDatabase) -> PostgresDatabase:
    bootstrap(empty_database.administrator, allow_login=True)
    return empty_database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def plant(folder: Path, **files: str) -> None:
    """Write migrations: `m0001_first__contract="..."` is 0001_first.contract.sql."""
    for name, text in files.items():
        (folder / f"{name.removeprefix('m').replace('__', '.')}.sql").write_text(text)


def names(migrations: tuple[migrate.Migration, ...]) -> list[str]:
    return [migration.name for migration in migrations]


def ask(dsn: str, statement: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return None if row is None else row[0]


def test_files_are_applied_once_and_in_order(database: PostgresDatabase, folder: Path) -> None:
    plant(folder, m0002_more="alter table thing add column name text", m0001_first=FIRST)
    assert names(migrate.pending(database.reader, folder)) == [
        "0001_first.expand",
        "0002_more.expand",
    ]
    assert len(migrate.apply(database.owner, folder)) == 2
    assert migrate.apply(database.owner, folder) == ()
    status = migrate.status(database.reader, folder)
    assert [row.name for row in status.applied] == ["0001_first.expand", "0002_more.expand"]
    assert status.pending == ()
    assert all(row.applied_at.tzinfo is not None for row in status.applied)


def test_everything_belongs_to_the_owner_whoever_migrates(
    database: PostgresDatabase, folder: Path
) -> None:
    plant(folder, m0001_first=FIRST)
    migrate.apply(database.administrator, folder)
    owners = "SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname='partita'"
    assert ask(database.reader, owners) == "partita_owner"


def test_asking_changes_nothing(database: PostgresDatabase, folder: Path) -> None:
    plant(folder, m0001_first=FIRST)
    assert migrate.status(database.owner, folder).applied == ()
    assert ask(database.owner, "SELECT to_regclass('partita.migration')") is None


def test_halves_stand_expand_first(database: PostgresDatabase, folder: Path) -> None:
    plant(
        folder,
        m0002_next__contract="alter table thing drop column old",
        m0002_next__expand="alter table thing add column new int",
        m0001_first="create table thing (old int)",
    )
    applied = migrate.apply(database.owner, folder)
    assert names(applied) == ["0001_first.expand", "0002_next.expand", "0002_next.contract"]


def test_the_last_contracts_may_be_held_back(database: PostgresDatabase, folder: Path) -> None:
    plant(
        folder,
        m0001_first="create table thing (old int, older int)",
        m0001_first__contract="alter table thing drop column older",
        m0002_next__expand="alter table thing add column new int",
        m0002_next__contract="alter table thing drop column old",
    )
    assert names(migrate.apply(database.owner, folder, hold_contract=True)) == [
        "0001_first.expand",
        "0001_first.contract",
        "0002_next.expand",
    ]
    assert names(migrate.pending(database.owner, folder)) == ["0002_next.contract"]
    assert migrate.apply(database.owner, folder, hold_contract=True) == ()
    assert names(migrate.apply(database.owner, folder)) == ["0002_next.contract"]


def test_a_file_that_fails_leaves_nothing_and_those_before_it_stay(
    database: PostgresDatabase, folder: Path
) -> None:
    plant(folder, m0001_first=FIRST, m0002_bad="create table other (id int); select 1 / 0")
    with pytest.raises(MigrationError, match=r"0002_bad\.sql failed.*division by zero"):
        migrate.apply(database.owner, folder)
    assert ask(database.owner, "SELECT to_regclass('partita.other')") is None
    assert names(migrate.pending(database.owner, folder)) == ["0002_bad.expand"]
    plant(folder, m0002_bad="create table other (id int)")
    assert names(migrate.apply(database.owner, folder)) == ["0002_bad.expand"]


def test_percent_signs_and_many_statements_are_plain_text(
    database: PostgresDatabase, folder: Path
) -> None:
    plant(
        folder, m0001_first="create table thing (a text check (a like '100%')); select '%s %(x)s'"
    )
    assert len(migrate.apply(database.owner, folder)) == 1


@pytest.mark.parametrize(
    "text", ["commit; begin; create table thing ()", "create table x (); commit"]
)
def test_a_file_that_ends_the_unit_of_work_is_refused(
    database: PostgresDatabase, folder: Path, text: str
) -> None:
    plant(folder, m0001_first=text)
    with pytest.raises(MigrationError, match=r"0001_first.*COMMIT"):
        migrate.apply(database.owner, folder)


def test_a_changed_file_is_refused(database: PostgresDatabase, folder: Path) -> None:
    plant(folder, m0001_first=FIRST)
    migrate.apply(database.owner, folder)
    plant(folder, m0001_first=FIRST + "\n-- and a word more")
    for attempt in (migrate.status, migrate.pending, migrate.apply):
        with pytest.raises(MigrationError, match=r"0001_first\.sql was changed after") as error:
            attempt(database.owner, folder)
        assert "new migration" in error.value.mend


def test_a_database_newer_than_the_program_is_refused(
    database: PostgresDatabase, folder: Path
) -> None:
    plant(folder, m0001_first=FIRST, m0002_more="select 1")
    migrate.apply(database.owner, folder)
    (folder / "0002_more.sql").unlink()
    with pytest.raises(MigrationError, match=r"applied 0002_more\.expand.*have nothing"):
        migrate.apply(database.owner, folder)


def test_a_file_put_before_an_applied_one_is_refused(
    database: PostgresDatabase, folder: Path
) -> None:
    plant(folder, m0001_first=FIRST, m0002_more="select 1")
    migrate.apply(database.owner, folder)
    plant(folder, m0001_first__contract="select 1")
    with pytest.raises(MigrationError, match=r"0001_first\.contract in its place"):
        migrate.apply(database.owner, folder)


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (["0001_a.sql", "0003_c.sql"], "no migration 0002"),
        (["0002_b.sql"], "no migration 0001"),
        (["0001_a.sql", "0001_b.sql"], "Two migrations have the number 0001"),
        (["0001_a.sql", "0001_a.expand.sql"], "Two migrations have the number 0001"),
        (["0001_a.expand.sql", "0001_b.contract.sql"], "Two migrations have the number 0001"),
        (["1_a.sql"], "1_a.sql is not the name"),
        (["0001_A.sql"], "0001_A.sql is not the name"),
        (["0001_a.shrink.sql"], "0001_a.shrink.sql is not the name"),
    ],
)
def test_an_unsound_folder_is_refused(folder: Path, files: list[str], complaint: str) -> None:
    for name in files:
        (folder / name).write_text("select 1")
    with pytest.raises(MigrationError, match=complaint):
        migrate.read_migrations(folder)


def test_our_own_migrations_are_sound() -> None:
    migrate.read_migrations()


def test_two_migrators_at_once_apply_each_file_once(
    database: PostgresDatabase, folder: Path
) -> None:
    plant(folder, m0001_first=f"{FIRST} select pg_sleep(0.2)", m0002_more="select 1")
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: migrate.apply(database.owner, folder), range(3)))
    assert sorted(len(applied) for applied in done) == [0, 0, 2]


def test_without_the_roles_one_is_told_to_bootstrap(
    database: PostgresDatabase, folder: Path
) -> None:
    with pytest.raises(MigrationError, match="may not act as partita_owner") as error:
        migrate.apply(database.poster, folder)
    assert "bootstrap" in error.value.mend
