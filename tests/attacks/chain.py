"""The control: a bare hash chain over postings, as most ledgers have, kept beside what it seals.

Each record's link is SHA-256 of the link before it and of what its postings say. Whoever can write
the rows can write the links too, and nobody outside has seen any.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec
import psycopg

Row = tuple[int, str]
_TABLE = "create table if not exists partita.chain_link (sequence bigint primary key, link bytea)"


def _links(rows: list[Row]) -> Iterator[tuple[int, bytes]]:
    link = b""
    for sequence, body in rows:
        entries = msgspec.json.decode(body)["data"].get("entries", [])
        sealed = [(e["account"], e["direction"], e["amount"]) for e in entries]
        link = sha256(link + f"{sequence}{sealed}".encode()).digest()
        yield sequence, link


def _rows(connection: psycopg.Connection[Any]) -> list[Row]:
    query = "select sequence, body from partita.journal where ledger_id = 1 order by sequence"
    return connection.execute(query).fetchall()


def write(dsn: str) -> None:
    """Make the chain of the journal as it is: what its software does, and what a forger does."""
    with psycopg.connect(dsn) as connection:
        connection.execute(_TABLE)
        connection.execute("truncate partita.chain_link")
        with connection.cursor() as cursor:
            values = list(_links(_rows(connection)))
            cursor.executemany("insert into partita.chain_link values (%s, %s)", values)


def is_broken(dsn: str) -> bool:
    """Whether the chain that is kept is not that of the journal."""
    with psycopg.connect(dsn) as connection:
        kept = connection.execute("select * from partita.chain_link order by 1").fetchall()
        return kept != list(_links(_rows(connection)))
