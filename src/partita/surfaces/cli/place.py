"""Where the books are: the options that every command shares, and the way from them to a ledger."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from partita.config import DEFAULT_LEDGER, Settings, from_environment
from partita.surfaces.cli.failures import USAGE, CommandFailed

if TYPE_CHECKING:  # wiring loads psycopg, for which no help text should wait
    from partita.engine.ledger import Ledger
    from partita.engine.ports import LedgerInfo
    from partita.wiring import Application, FullStore

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON for programs.")]


@Parameter(name="*")
@dataclass(frozen=True)
class Place:
    """Where the books are kept, and whether a program reads the answer."""

    data: Annotated[
        Path | None, Parameter(help="Data folder [PARTITA_DATA, else ./partita-data].")
    ] = None
    database: Annotated[
        str | None,
        Parameter(help="URL of a PostgreSQL of 15 or later, instead [PARTITA_DATABASE_URL]."),
    ] = None
    json: Json = False

    def settings(self) -> Settings:
        """The settings that these options and the environment give."""
        if self.data is not None and self.database is not None:
            raise CommandFailed(
                "--data and --database are two places.", "name one of them.", status=USAGE
            )
        return from_environment(data=self.data, database_url=self.database)

    def environment(self) -> dict[str, str]:
        """The environment in which another command is at this place, without a word of it.

        A URL may hold a password, which has no business among the arguments of a process.
        """
        settings, found = self.settings(), dict(os.environ)
        for variable in ("PARTITA_DATA", "PARTITA_DATABASE_URL"):
            found.pop(variable, None)
        if settings.database_url is not None:
            return {**found, "PARTITA_DATABASE_URL": settings.database_url}
        return {**found, "PARTITA_DATA": str(settings.data.absolute())}


HERE = Place()


@Parameter(name="*")
@dataclass(frozen=True)
class InLedger(Place):
    """One ledger at a place."""

    ledger: Annotated[str, Parameter(help="Name of the ledger.")] = DEFAULT_LEDGER


IN_MAIN = InLedger()


@dataclass(frozen=True)
class Books:
    """An open application, and the one ledger of it that a command is about."""

    application: "Application"
    info: "LedgerInfo"

    @property
    def store(self) -> "FullStore":
        """The store, to read from."""
        return self.application.store

    @property
    def ledger(self) -> "Ledger":
        """The ledger, to write to."""
        return self.application.ledger(self.info.name)


@contextmanager
def opened(
    place: Place, *, may_make: bool = False, makes_main: bool = True
) -> Iterator["Application"]:
    """The application at a place, closed afterwards.

    Raises:
        CommandFailed: there are no books there, and this command does not make any.
    """
    from partita import wiring  # noqa: PLC0415 - it loads psycopg, for which no help waits

    settings = place.settings()
    folder = settings.data
    is_folder = settings.database_url is None and not settings.memory
    if is_folder and not may_make and not (folder / "postgres").is_dir():
        raise CommandFailed(
            f"There are no books in {folder}.",
            "name another folder with --data, or begin there: partita serve --data DIR",
        )
    application = wiring.build(settings, makes_main=makes_main)
    try:
        yield application
    finally:
        application.close()


@contextmanager
def books(place: InLedger, *, may_make: bool = False) -> Iterator[Books]:
    """The ledger that is meant."""
    with opened(place, may_make=may_make) as application:
        infos = {info.name: info for info in application.store.ledgers()}
        if place.ledger not in infos:
            mend = nearest(place.ledger, list(infos))
            raise CommandFailed(f"There is no ledger {place.ledger!r}.", mend)
        yield Books(application, infos[place.ledger])


def nearest(word: str, known: list[str]) -> str:
    """A mend for an unknown word: the nearest known one, else all of them."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose one of: {', '.join(known)}."
