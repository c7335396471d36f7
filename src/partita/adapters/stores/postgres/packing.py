"""Packs rows into PostgreSQL's binary COPY format, a row at a time, by precompiled structs.

The format is in PostgreSQL's documentation of COPY ("Binary Format"); each value goes as its
type's `recv` function takes it: big-endian integers, microseconds since 2000 for timestamptz,
base-10,000 digits for numeric. This is the hot path's last Python: one row of the journal costs
about 1 µs, an entry about 3, most of it digits.
"""

import struct
from functools import lru_cache

from partita.engine.ports import Draft
from partita.journal.encoding import TYPE_NAMES, type_name
from partita.journal.record import Record
from partita.kernel.account import Side
from partita.kernel.book import external_id_of
from partita.kernel.events import TransactionPosted, TransactionReversed

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = b"\xff\xff"
EPOCH_2000 = 946_684_800_000_000
_NULL = struct.pack(">i", -1)
_LENGTH = struct.Struct(">i")
_JOURNAL = struct.Struct(">hiiiq")  # field count, ledger_id, sequence
_ENTRY = struct.Struct(">hiiiqiqiqih")  # ..., number, version, sequence, leg
_TIMES = struct.Struct(">iqiq")
_MOMENT = struct.Struct(">iq")
# A transaction with a key and without an external id, as nearly all are, in one pack: field count,
# ledger_id, sequence, type, id, key, null, recorded_at, and the length of the body that follows.
_USUAL = struct.Struct(">hiiiqi18si30si16siiqi")
_LEAF_BYTES = _LENGTH.pack(32)
_ONE = struct.Struct(">ihhHhh")
_TWO = struct.Struct(">ihhHhhh")
_THREE = struct.Struct(">ihhHhhhh")
_NEGATIVE = 0x4000


_MANY = 10_000
# Most amounts are small, so the smallest are packed beforehand: index -n is the negative of n.
_SMALL = [_ONE.pack(10, 1, 0, 0, 0, n) for n in range(_MANY)]
_SMALL += [_ONE.pack(10, 1, 0, _NEGATIVE, 0, n) for n in range(_MANY - 1, 0, -1)]


def numeric(value: int) -> bytes:
    """A whole number as a numeric with its length: digit count, weight, sign, scale, digits."""
    if -_MANY < value < _MANY:
        return _SMALL[value]
    sign = 0
    if value < 0:
        sign, value = _NEGATIVE, -value
    if value < 100_000_000:
        high, low = divmod(value, 10_000)
        return _TWO.pack(12, 2, 1, sign, 0, high, low)
    if value < 1_000_000_000_000:
        rest, low = divmod(value, 10_000)
        high, middle = divmod(rest, 10_000)
        return _THREE.pack(14, 3, 2, sign, 0, high, middle, low)
    digits: list[int] = []
    while value:
        value, digit = divmod(value, 10_000)
        digits.append(digit)
    count = len(digits)
    body = struct.pack(f">hhHh{count}h", count, count - 1, sign, 0, *reversed(digits))
    return _LENGTH.pack(len(body)) + body


def text(value: str | None) -> bytes:
    """Text (or null) with its length."""
    if value is None:
        return _NULL
    data = value.encode()
    return _LENGTH.pack(len(data)) + data


def bytea(value: bytes | None) -> bytes:
    """Bytes (or null) with their length."""
    return _NULL if value is None else _LENGTH.pack(len(value)) + value


_TYPES: dict[type, bytes] = {event: text(name) for event, name in TYPE_NAMES.items()}


def journal_rows(ledger_id: int, draft: Draft) -> bytes:
    """The draft's records as rows of `journal`."""
    rows: list[bytes] = [HEADER]
    add, usual = rows.append, _USUAL.pack
    for record, key in zip(draft.records, draft.keys, strict=True):
        event, body = record.event, record.body
        is_posting = type(event) is TransactionPosted
        if is_posting and key is not None and event.external_id is None:  # type: ignore[union-attr]
            add(
                usual(
                    9, 4, ledger_id, 8, record.sequence, 18, b"transaction.posted",
                    30, event.id.encode(), 16, key, -1,
                    8, record.recorded_at - EPOCH_2000, len(body),
                )
            )  # fmt: skip
        else:
            add(_journal_row(ledger_id, record, key))
        add(body)
        add(_LEAF_BYTES)
        add(record.leaf)
    add(TRAILER)
    return b"".join(rows)


def _journal_row(ledger_id: int, record: Record, key: bytes | None) -> bytes:
    """Any record's row up to its body; slower than the usual one, and equal to it by test."""
    event = record.event
    external_id = external_id_of(event)
    return b"".join((
        _JOURNAL.pack(9, 4, ledger_id, 8, record.sequence),
        _TYPES.get(type(event)) or text(type_name(event)),
        text(event.id),
        bytea(key),
        text(external_id),
        _MOMENT.pack(8, record.recorded_at - EPOCH_2000),
        _LENGTH.pack(len(record.body)),
    ))  # fmt: skip


def entry_rows(ledger_id: int, draft: Draft) -> bytes | None:
    """The draft's entries that leave pending as it is, as rows of `entry`; None if it has none.

    Rows are sorted by register and version, which their bytes begin with, so that PostgreSQL
    walks its index once.
    """
    rows: list[bytes] = []
    add, join, head, debit = rows.append, b"".join, _ENTRY.pack, Side.DEBIT
    for record in draft.records:
        event = record.event
        if type(event) is not TransactionPosted and type(event) is not TransactionReversed:
            continue
        sequence = record.sequence
        times = _TIMES.pack(8, event.effective_at - EPOCH_2000, 8, record.recorded_at - EPOCH_2000)
        for leg, entry in enumerate(event.entries):
            after, amount = entry.after, entry.amount
            add(
                join((
                    head(13, 4, ledger_id, 8, entry.number, 8, entry.version, 8, sequence, 2, leg),
                    _asset(entry.asset),
                    numeric(amount if entry.direction is debit else -amount),
                    numeric(after.posted_debits),
                    numeric(after.posted_credits),
                    numeric(after.pending_debits),
                    numeric(after.pending_credits),
                    times,
                ))
            )  # fmt: skip
    if not rows:
        return None
    rows.sort()
    return join((HEADER, *rows, TRAILER))


_asset = lru_cache(maxsize=4096)(text)
