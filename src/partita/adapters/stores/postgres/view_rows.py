"""Rows of trailing views on their way to PostgreSQL and back, column by column as declared.

They go by binary COPY, in the packers of the hot path: the driver's own adaptation of a list of
texts or of a large number costs several times as much.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.packing import EPOCH_2000, HEADER, TRAILER, numeric, text
from partita.engine.trailing.tables import Column, Kind, Row

_COUNT = struct.Struct(">iq")
_SIZE = struct.Struct(">i")
_FIELDS, _ARRAY = struct.Struct(">h"), struct.Struct(">iiiiii")
_NULL = struct.pack(">i", -1)
_TEXT_OID = 25
_NO_TEXTS = struct.pack(">iiii", 12, 0, 0, _TEXT_OID)


def _count(value: int) -> bytes:
    return _COUNT.pack(8, value)


def _bytes(value: bytes) -> bytes:
    return _SIZE.pack(len(value)) + value


def _moment(value: int) -> bytes:
    return _COUNT.pack(8, value - EPOCH_2000)


def _texts(values: Sequence[str]) -> bytes:
    """An array of one dimension that counts from 1, without nulls."""
    if not values:
        return _NO_TEXTS
    elements = b"".join(map(text, values))
    return _ARRAY.pack(20 + len(elements), 1, 0, _TEXT_OID, len(values), 1) + elements


_PACKERS: dict[Kind, Callable[[Any], bytes]] = {
    Kind.TEXT: text,
    Kind.INTEGER: numeric,
    Kind.COUNT: _count,
    Kind.MOMENT: _moment,
    Kind.TEXTS: _texts,
    Kind.BYTES: _bytes,
}


def _or_null(pack: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    return lambda value: _NULL if value is None else pack(value)


def packed_rows(columns: Sequence[Column], given: Iterable[Row]) -> bytes:
    """Rows as a binary COPY stream; packed a column at a time, which costs a third less."""
    packed: list[Iterable[bytes]] = []
    for column, values in zip(columns, zip(*given, strict=True), strict=False):
        pack = _PACKERS[column.kind]
        packed.append(map(_or_null(pack) if column.optional else pack, values))
    fields = _FIELDS.pack(len(columns))
    return b"".join((HEADER, *_led(fields, map(b"".join, zip(*packed, strict=True))), TRAILER))


def _led(fields: bytes, packed: Iterable[bytes]) -> Iterator[bytes]:
    """Each row behind the count of its fields."""
    for row in packed:
        yield fields
        yield row


_LOADERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.INTEGER: int,
    Kind.MOMENT: rows.to_moment,
    Kind.TEXTS: tuple,
    Kind.BYTES: bytes,
}


def loaded_rows(columns: Sequence[Column], found: Iterable[Sequence[Any]]) -> list[Row]:
    """Rows as the driver gives them, in the types of their declaration."""
    loaders = [
        (place, _LOADERS[column.kind])
        for place, column in enumerate(columns)
        if column.kind in _LOADERS
    ]
    made: list[Row] = []
    for row in found:
        values = list(row)
        for place, load in loaders:
            if values[place] is not None:
                values[place] = load(values[place])
        made.append(tuple(values))
    return made
