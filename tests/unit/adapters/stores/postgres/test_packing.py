"""Packing: PostgreSQL reads back exactly what was packed, and the short ways equal the long ones."""

import struct

import msgspec
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.adapters.stores.postgres import packing
from partita.engine.ports import Draft
from partita.journal.merkle import EMPTY_ROOT
from partita.journal.record import NO_CAUSE, Head, Record
from partita.kernel.amount import LARGEST
from partita.kernel.events import TransactionPosted
from partita.kernel.moment import Moment
from tests.plugins.postgres import PostgresDatabase

EDGES = [0, 1, 9_999, 10_000, 10**8 - 1, 10**8, 10**12 - 1, 10**12, 10**37, LARGEST]
HEAD = Head(0, Moment(0), b"", EMPTY_ROOT)


def unpack_numeric(data: bytes) -> int:
    """Read PostgreSQL's binary numeric as its documentation says, slowly."""
    length, count, weight, sign, scale = struct.unpack_from(">ihhHh", data)
    assert length == len(data) - 4
    assert scale == 0
    value = 0
    for digit in struct.unpack_from(f">{count}h", data, 12):
        value = value * 10_000 + digit
    value *= 10_000 ** (weight + 1 - count)
    return -value if sign else value


@given(st.integers(-LARGEST, LARGEST) | st.sampled_from(EDGES + [-edge for edge in EDGES]))
def test_numeric_holds_every_whole_number(value: int) -> None:
    assert unpack_numeric(packing.numeric(value)) == value


def record(**changed: object) -> Record:
    event = TransactionPosted("txn_" + "0" * 26, "transfer", None, Moment(5), (), {})
    event = msgspec.structs.replace(event, **changed)
    return Record(7, Moment(1_795_170_061_099_674), event, NO_CAUSE, b'{"v":"1"}', b"l" * 32)


def rows(one: Record, key: bytes | None) -> bytes:
    return packing.journal_rows(1, Draft(HEAD, HEAD, [one], [key], {}))


def test_the_usual_row_equals_the_general_one() -> None:
    usual, key = record(), b"k" * 16
    general = packing._journal_row(1, usual, key)
    assert rows(usual, key).startswith(packing.HEADER + general)


@pytest.mark.parametrize("key", [None, b"k" * 16])
@pytest.mark.parametrize("external_id", [None, "order 8812 ✓"])
def test_postgresql_reads_journal_rows_back(
    postgres_database: PostgresDatabase, key: bytes | None, external_id: str | None
) -> None:
    one = record(external_id=external_id)
    with psycopg.connect(postgres_database.poster) as connection:
        columns = "ledger_id, sequence, type, id, key, external_id, recorded_at, body, leaf"
        with connection.cursor().copy(
            f"copy journal ({columns}) from stdin (format binary)"
        ) as copy:
            copy.write(rows(one, key))
        found = connection.execute(
            "select ledger_id, sequence, type, id, key, external_id, body, leaf,"
            " extract(epoch from recorded_at) * 1000000 from journal"
        ).fetchall()
    expected = (
        1,
        7,
        "transaction.posted",
        one.event.id,
        key,
        external_id,
        one.body.decode(),
        one.leaf,
    )
    assert [(*row[:8], int(row[8])) for row in found] == [(*expected, one.recorded_at)]
