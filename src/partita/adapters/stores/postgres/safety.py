"""Refuses a server whose settings could lose what it acknowledged.

Called at each start, before anything is posted; `doctor` shows the same report. A setting of the
server is part of our promise: no code of ours can make up for an fsync that does not happen.
"""

from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg.rows import dict_row

from partita.adapters.stores.postgres.binaries import OLDEST_MAJOR
from partita.adapters.stores.postgres.errors import UnsafeDurabilityError
from partita.adapters.stores.postgres.named_queries import NamedQueries

_QUERIES = NamedQueries(Path(__file__).parent / "sql" / "safety.sql")

_DURABLE: dict[str, tuple[frozenset[str], str]] = {
    "fsync": (
        frozenset({"on"}),
        "set `fsync = on` in postgresql.conf and restart the server",
    ),
    "full_page_writes": (
        frozenset({"on"}),
        "set `full_page_writes = on` in postgresql.conf and reload the server",
    ),
    "synchronous_commit": (
        frozenset({"on", "remote_apply"}),
        (
            "set `synchronous_commit = on` for the server, and take it off the role and the database "
            "(ALTER ROLE … RESET synchronous_commit)"
        ),
    ),
}
_ADVICE: dict[str, tuple[str, str]] = {
    "data_checksums": (
        "on",
        (
            "data_checksums is off: silent damage on disk goes unseen; stop the server and run "
            "`pg_checksums --enable`"
        ),
    ),
    "data_sync_retry": (
        "off",
        "data_sync_retry is on: a failed fsync could be taken for a good one; set it to off",
    ),
}


class SafetyReport(msgspec.Struct, frozen=True):
    """How safe the server is: `dangers` are refused (or were let pass), `advice` is worth having."""

    version: str
    data_checksums: bool
    dangers: tuple[str, ...]
    advice: tuple[str, ...]


def refuse_unsafe(
    connection: psycopg.Connection[Any], *, allow_unsafe: bool = False
) -> SafetyReport:
    """Report on the server's durability as this connection sees it.

    `allow_unsafe` lets dangerous settings pass, and never an old version.

    Raises:
        UnsafeDurabilityError: the server is too old, or a setting could lose transactions.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        settings = cursor.execute(_QUERIES.durability).fetchone()
    assert settings is not None
    _refuse_old(settings)
    report = _report(settings)
    if report.dangers and not allow_unsafe:
        raise UnsafeDurabilityError(
            "This PostgreSQL could lose acknowledged transactions: "
            + "; ".join(report.dangers)
            + ".",
            mend="change what is named, or say `allow_unsafe_durability=True` where the data may "
            "be lost.",
        )
    return report


def _refuse_old(settings: dict[str, Any]) -> None:
    if settings["version_number"] < OLDEST_MAJOR * 10_000:
        raise UnsafeDurabilityError(
            f"This is PostgreSQL {settings['version']}, and {OLDEST_MAJOR} is the oldest we know.",
            mend=f"upgrade the server to PostgreSQL {OLDEST_MAJOR} or later.",
        )


def _report(settings: dict[str, Any]) -> SafetyReport:
    return SafetyReport(
        version=settings["version"],
        data_checksums=settings["data_checksums"] == "on",
        dangers=tuple(
            f"{name} is {settings[name]}: {mend}"
            for name, (safe, mend) in _DURABLE.items()
            if settings[name] not in safe
        ),
        advice=tuple(text for name, (best, text) in _ADVICE.items() if settings[name] != best),
    )
