"""Array parameters in PostgreSQL's binary format, made by hand: a small commit's rows by column.

The driver would adapt each value by itself, which costs more than the statement does. An array
is its dimensions, then its elements with their lengths; those are packed as for COPY.
"""

import struct
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, ClassVar

import psycopg

from partita.adapters.stores.postgres.packing import EPOCH_2000, bytea, numeric, text
from partita.engine.ports import Draft
from partita.journal.encoding import encode_value, type_name
from partita.kernel.account import Side
from partita.kernel.book import external_id_of
from partita.kernel.events import (
    SETTING_ASIDE,
    Event,
    TransactionPosted,
    TransactionReversed,
    entries_in,
)
from partita.kernel.resources import Resource
from partita.views.resources import ResourceChanged

_HEAD = struct.Struct(">iiiii")  # dimensions, whether there are nulls, element type, size, first
_BIGINT, _SMALLINT = struct.Struct(">iq"), struct.Struct(">ih")
_NULL = struct.pack(">i", -1)


class BinaryArray:
    """An array that is encoded already; the subclasses say what its elements are."""

    array_oid: ClassVar[int] = 1001
    element_oid: ClassVar[int] = 17

    __slots__ = ("data",)

    def __init__(self, elements: Sequence[bytes]) -> None:
        """Take elements that carry their lengths."""
        head = _HEAD.pack(1, 1, self.element_oid, len(elements), 1)
        self.data = head + b"".join(elements)

    @staticmethod
    def of_bytes(values: Iterable[bytes]) -> "BinaryArray":
        """A bytea[] of plain values."""
        return BinaryArray([bytea(value) for value in values])


class _Bigints(BinaryArray):
    array_oid, element_oid = 1016, 20


class _Smallints(BinaryArray):
    array_oid, element_oid = 1005, 21


class _Texts(BinaryArray):
    array_oid, element_oid = 1009, 25


class _Numerics(BinaryArray):
    array_oid, element_oid = 1231, 1700


class _Times(BinaryArray):
    array_oid, element_oid = 1185, 1184


def _register(kind: type[BinaryArray]) -> None:
    class Ready(psycopg.adapt.Dumper):
        """Hands the ready bytes over."""

        format = psycopg.pq.Format.BINARY
        oid = kind.array_oid

        def dump(self, array: BinaryArray, /) -> bytes:
            return array.data

    psycopg.adapters.register_dumper(kind, Ready)


for _kind in (BinaryArray, _Bigints, _Smallints, _Texts, _Numerics, _Times):
    _register(_kind)


def statements(base: dict[str, Any], draft: Draft) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The statements that insert a draft's records and entries."""
    if not draft.records:
        return ()
    made = [("insert_journal", {**base, **_journal(draft)})]
    if entries := _entries(draft, _is_plain):
        made.append(("insert_entries", {**base, **entries}))
    return tuple(made)


def moves(base: dict[str, Any], draft: Draft) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The statement that inserts entries which change what is pending; none for most drafts."""
    entries = _entries(draft, _sets_aside) if draft.others else None
    return (("insert_moves", {**base, **entries}),) if entries else ()


def _is_plain(event: Event) -> bool:
    return isinstance(event, TransactionPosted | TransactionReversed)


def _sets_aside(event: Event) -> bool:
    return isinstance(event, SETTING_ASIDE)


def _journal(draft: Draft) -> dict[str, BinaryArray]:
    records = draft.records
    external_ids = (
        event.external_id
        if type(event := record.event) is TransactionPosted
        else external_id_of(event)
        for record in records
    )
    return {
        "sequences": _Bigints([_BIGINT.pack(8, record.sequence) for record in records]),
        "types": _Texts([text(type_name(record.event)) for record in records]),
        "ids": _Texts([text(record.event.id) for record in records]),
        "keys": BinaryArray([bytea(key) for key in draft.keys]),
        "external_ids": _Texts([text(external_id) for external_id in external_ids]),
        "times": _Times([_BIGINT.pack(8, r.recorded_at - EPOCH_2000) for r in records]),
        "bodies": _Texts([bytea(record.body) for record in records]),
        "leaves": BinaryArray([bytea(record.leaf) for record in records]),
    }


def resources(last: Collection[Resource]) -> dict[str, BinaryArray]:
    """Each column of resources as they are now."""
    return {
        "kinds": _Texts([text(r.kind) for r in last]),
        "ids": _Texts([text(r.id) for r in last]),
        "resource_numbers": _Bigints([_BIGINT.pack(8, r.number) for r in last]),
        "states": _Texts([text(r.state) for r in last]),
        "names": _Texts([text(r.name) for r in last]),
        "accounts": _Bigints([_bigint(r.account_number) for r in last]),
        "about": _Texts([text(r.about) for r in last]),
        "due": _Times([_bigint(None if r.due_at is None else r.due_at - EPOCH_2000) for r in last]),
        "bodies": _Texts([text(encode_value(r)) for r in last]),
    }


def changes(of: Collection[ResourceChanged]) -> dict[str, BinaryArray]:
    """Which records changed which resources, by column."""
    return {
        "ids": _Texts([text(change.resource.id) for change in of]),
        "sequences": _Bigints([_BIGINT.pack(8, change.sequence) for change in of]),
    }


def _bigint(value: int | None) -> bytes:
    return _NULL if value is None else _BIGINT.pack(8, value)


def _entries(draft: Draft, wanted: Callable[[Event], bool]) -> dict[str, BinaryArray]:
    """Each column of the entries that wanted events made; empty if there are none."""
    legs = [
        (entry, entry.after, leg, record, event.effective_at)  # type: ignore[union-attr]
        for record in draft.records
        if wanted(event := record.event)
        for leg, entry in enumerate(entries_in(event))
    ]
    if not legs:
        return {}
    bigint, debit = _BIGINT.pack, Side.DEBIT
    return {
        "numbers": _Bigints([bigint(8, e.number) for e, _, _, _, _ in legs]),
        "versions": _Bigints([bigint(8, e.version) for e, _, _, _, _ in legs]),
        "sequences": _Bigints([bigint(8, r.sequence) for _, _, _, r, _ in legs]),
        "legs": _Smallints([_SMALLINT.pack(2, leg) for _, _, leg, _, _ in legs]),
        "assets": _Texts([text(e.asset) for e, _, _, _, _ in legs]),
        "amounts": _Numerics(
            [numeric(e.amount if e.direction is debit else -e.amount) for e, _, _, _, _ in legs]
        ),
        "posted_debits": _Numerics([numeric(t.posted_debits) for _, t, _, _, _ in legs]),
        "posted_credits": _Numerics([numeric(t.posted_credits) for _, t, _, _, _ in legs]),
        "pending_debits": _Numerics([numeric(t.pending_debits) for _, t, _, _, _ in legs]),
        "pending_credits": _Numerics([numeric(t.pending_credits) for _, t, _, _, _ in legs]),
        "effective": _Times([bigint(8, at - EPOCH_2000) for _, _, _, _, at in legs]),
        "recorded": _Times([bigint(8, r.recorded_at - EPOCH_2000) for _, _, _, r, _ in legs]),
        "pending": _Numerics([numeric(e.pending) for e, _, _, _, _ in legs]),
        "sides": _Texts([text(e.direction.value) for e, _, _, _, _ in legs]),
    }
