"""Applies migrations: each file once, in order, never changed afterwards.

A migration is a file `NNNN_slug.sql` or two halves: `NNNN_slug.expand.sql` adds what the new
program needs and the old one can live with, `NNNN_slug.contract.sql` takes away what only the old
one needed. A file without a half expands. All files stand in one order (number, then expand before
contract), and what a database has applied is always a beginning of it. `bootstrap` goes before.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import msgspec
import psycopg
from psycopg.rows import class_row

from partita.adapters.stores.postgres.errors import MigrationError
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.adapters.stores.postgres.roles import Role

MIGRATIONS = Path(__file__).parent / "migrations"

_QUERIES = NamedQueries(Path(__file__).parent / "sql" / "migrate.sql")
_FILE_NAME = re.compile(
    r"(?P<number>[0-9]{4})_(?P<slug>[a-z0-9_]+)(?:\.(?P<half>expand|contract))?\.sql", re.ASCII
)


class Half(StrEnum):
    """Which part of an upgrade without a stop a file belongs to."""

    EXPAND = "expand"
    CONTRACT = "contract"


_ORDER = {Half.EXPAND: 0, Half.CONTRACT: 1}


class Migration(msgspec.Struct, frozen=True):
    """One migration file as it is on disk; `sha256` is of its bytes, in hexadecimal."""

    number: int
    slug: str
    half: Half
    sha256: str
    file: Path

    @property
    def name(self) -> str:
        """How people call it: `0001_first.expand`."""
        return f"{self.number:04d}_{self.slug}.{self.half}"


class AppliedMigration(msgspec.Struct, frozen=True):
    """One row of `partita.migration`: a file as it was when it was applied."""

    number: int
    slug: str
    half: str
    sha256: str
    applied_at: datetime

    @property
    def name(self) -> str:
        """How people call it: `0001_first.expand`."""
        return f"{self.number:04d}_{self.slug}.{self.half}"


class MigrationStatus(msgspec.Struct, frozen=True):
    """What a database has applied, and which files it still lacks, each in order."""

    applied: tuple[AppliedMigration, ...]
    pending: tuple[Migration, ...]


def read_migrations(folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    """The files of a folder in the order in which they are applied.

    Raises:
        MigrationError: a name is not understood, or a number is missing or doubled.
    """
    found = sorted(
        (_read(file) for file in folder.glob("*.sql")),
        key=lambda migration: (migration.number, _ORDER[migration.half]),
    )
    _refuse_doubles(found)
    _refuse_gaps(found)
    return tuple(found)


def status(dsn: str, folder: Path = MIGRATIONS) -> MigrationStatus:
    """Compare a database with the files; changes nothing. Any of the three roles may ask.

    Raises:
        MigrationError: an applied file was changed or is not there, or the folder is unsound.
    """
    migrations = read_migrations(folder)
    with psycopg.connect(dsn) as connection:
        return _compare(_applied(connection), migrations)


def pending(dsn: str, folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    """The files that `apply` would apply. Raises as `status` does."""
    return status(dsn, folder).pending


def apply(
    dsn: str, folder: Path = MIGRATIONS, *, hold_contract: bool = False
) -> tuple[Migration, ...]:
    """Apply what is pending, each file in a unit of work of its own; returns what was applied.

    `dsn` is a login that may take on the owner's role. `hold_contract` leaves the contract halves
    at the end for later, as long as programs of the old version still run.

    Raises:
        MigrationError: as `status`, or a file failed; those before it stay applied.
    """
    migrations = read_migrations(folder)
    with _migrating(dsn) as connection:
        connection.execute(_QUERIES.create_memory)
        due = _compare(_applied(connection), migrations).pending
        if hold_contract:
            due = _up_to_last_expand(due)
        for migration in due:
            _apply_one(connection, migration)
    return due


def _read(file: Path) -> Migration:
    match = _FILE_NAME.fullmatch(file.name)
    if match is None:
        raise MigrationError(
            f"{file.name} is not the name of a migration.",
            mend="name it NNNN_slug.sql, NNNN_slug.expand.sql or NNNN_slug.contract.sql.",
        )
    return Migration(
        number=int(match["number"]),
        slug=match["slug"],
        half=Half(match["half"] or Half.EXPAND),
        sha256=sha256(file.read_bytes()).hexdigest(),
        file=file,
    )


def _refuse_doubles(migrations: Sequence[Migration]) -> None:
    for one, other in pairwise(migrations):
        if one.number == other.number and (one.half == other.half or one.slug != other.slug):
            raise MigrationError(
                f"Two migrations have the number {one.number:04d}: {one.name} and {other.name}.",
                mend="give the younger one the next free number.",
            )


def _refuse_gaps(migrations: Sequence[Migration]) -> None:
    numbers = sorted({migration.number for migration in migrations})
    for expected, number in enumerate(numbers, start=1):
        if number != expected:
            raise MigrationError(
                f"There is no migration {expected:04d}, though there is {number:04d}.",
                mend="bring the missing file back, or number the files without a gap from 0001.",
            )


def _applied(connection: psycopg.Connection[tuple[object, ...]]) -> tuple[AppliedMigration, ...]:
    if connection.execute(_QUERIES.has_memory).fetchone() != (True,):
        return ()
    with connection.cursor(row_factory=class_row(AppliedMigration)) as cursor:
        return tuple(cursor.execute(_QUERIES.applied).fetchall())


def _compare(
    applied: tuple[AppliedMigration, ...], migrations: tuple[Migration, ...]
) -> MigrationStatus:
    for position, row in enumerate(applied):
        _refuse_other(row, migrations[position] if position < len(migrations) else None)
    return MigrationStatus(applied=applied, pending=migrations[len(applied) :])


def _refuse_other(row: AppliedMigration, migration: Migration | None) -> None:
    if migration is None or row.name != migration.name:
        there = "nothing" if migration is None else migration.name
        raise MigrationError(
            f"The database has applied {row.name}, and the files have {there} in its place.",
            mend="run the version of Partita that made this database or a later one.",
        )
    if row.sha256 != migration.sha256:
        raise MigrationError(
            f"{migration.file.name} was changed after it was applied on {row.applied_at:%F}.",
            mend="bring the file back as it was, and write the change as a new migration.",
        )


def _up_to_last_expand(due: tuple[Migration, ...]) -> tuple[Migration, ...]:
    count = max((i for i, one in enumerate(due, 1) if one.half is Half.EXPAND), default=0)
    return due[:count]


@contextmanager
def _migrating(dsn: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection as the owner that holds the migration lock."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        try:
            for step in ("become_owner", "bound_waiting", "lock"):
                connection.execute(_QUERIES[step])
        except psycopg.errors.LockNotAvailable as error:
            raise MigrationError(
                "Another migration of this database is running.",
                mend="wait for it to end, then try again.",
            ) from error
        except (
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.InvalidParameterValue,
        ) as error:
            raise MigrationError(
                f"The login may not act as {Role.OWNER}: {error.diag.message_primary}.",
                mend="bootstrap the database first (`partita migrate` does), as a login that may.",
            ) from error
        yield connection
        # The lock goes with the connection, whichever way the block is left.


def _apply_one(connection: psycopg.Connection[tuple[object, ...]], migration: Migration) -> None:
    row = {name: getattr(migration, name) for name in ("number", "slug", "sha256")}
    try:
        with connection.transaction():
            ours = connection.execute(_QUERIES.unit_of_work).fetchone()
            connection.execute(migration.file.read_bytes())
            if connection.execute(_QUERIES.unit_of_work).fetchone() != ours:
                raise _torn(migration)
            connection.execute(_QUERIES.remember, {**row, "half": migration.half.value})
    except psycopg.Error as error:
        raise _failed(migration, str(error).strip()) from error


def _failed(migration: Migration, what: str) -> MigrationError:
    return MigrationError(
        f"{migration.file.name} failed, and nothing of it stays: {what}.",
        mend="mend what the message names, then try again.",
    )


def _torn(migration: Migration) -> MigrationError:
    return MigrationError(
        f"{migration.file.name} ends the unit of work by itself, and is not recorded as applied.",
        mend="take COMMIT and ROLLBACK out of the file, undo by hand what it did before them, then "
        "try again.",
    )
