"""The one place that writes and reads a record's bytes. `spec/journal.md` says the same in prose.

Compact UTF-8 JSON, fields in a fixed order, every number a string, a random salt at the end.
What is written here is stored and hashed as it is; nobody re-encodes a record to check it.
Transactions and matters are nearly all of a journal, so they are written by hand, in one pass; all
other events go through one general writer. Both read back with `decode`.
"""

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from partita.journal.merkle import leaf_hash
from partita.journal.record import Cause, Record
from partita.journal.upcasting import UPCASTERS
from partita.kernel import events
from partita.kernel.account import Side, Totals
from partita.kernel.changing import RESERVED_KINDS, is_matter_type
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.posting import Entry

FORMAT = "1"
EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    "ledger.opened": events.LedgerOpened,
    "asset.registered": events.AssetRegistered,
    "account.opened": events.AccountOpened,
    "account.frozen": events.AccountFrozen,
    "account.unfrozen": events.AccountUnfrozen,
    "account.closed": events.AccountClosed,
    "transaction.posted": events.TransactionPosted,
    "transaction.reversed": events.TransactionReversed,
    "transaction.pended": events.TransactionPended,
    "transaction.edited": events.TransactionEdited,
    "transaction.settled": events.TransactionSettled,
    "transaction.archived": events.TransactionArchived,
    "hold.placed": events.HoldPlaced,
    "hold.captured": events.HoldCaptured,
    "hold.incremented": events.HoldIncremented,
    "hold.released": events.HoldReleased,
    "hold.extended": events.HoldExtended,
    "hold.expired": events.HoldExpired,
    "document.saved": events.DocumentSaved,
    "document.archived": events.DocumentArchived,
    "limit.set": events.LimitSet,
    "limit.archived": events.LimitArchived,
    "period.opened": events.PeriodOpened,
    "period.soft_closed": events.PeriodSoftClosed,
    "period.reopened": events.PeriodReopened,
    "period.closed": events.PeriodClosed,
}
"""The event registry: the name in a record's `type` field, and what it stands for. Any other is a matter's."""

TYPE_NAMES: dict[type, str] = {event: name for name, event in EVENT_TYPES.items()}


def type_name(event: events.Event) -> str:
    """The name of an event's type, as records carry it; a matter's event has its own."""
    if isinstance(event, events.MatterChanged):
        return event.type
    return TYPE_NAMES[type(event)]


Kind = TypeVar("Kind", bound=msgspec.Struct)
_json = msgspec.json.Encoder(order="deterministic").encode
_in_order = msgspec.json.Encoder().encode


class UnreadableRecord(Exception):
    """A record's bytes are not what this format says; the message names the field."""


def encode(  # noqa: PLR0913 - the fields of a record, in their order
    ledger: str, sequence: int, recorded_at: Moment, event: events.Event, cause: Cause, salt: str,
    *, version: int | None = None,
) -> bytes:  # fmt: skip
    """The bytes of one record. `salt` is 32 hexadecimal digits of randomness.

    `version` is that of the event's form; without it the newest of its type.
    """
    name = type_name(event)
    if version is None:
        version = _newest.get(name, 1)
    if type(event) is events.TransactionPosted:
        data = _transaction(event)
    elif type(event) is events.MatterChanged:
        data = _matter_change(event)
    else:
        data = _json(_wire(event)).decode()
    return (
        f'{{"v":"1","ledger":"{ledger}","sequence":"{sequence}",'
        f'"recorded_at":"{recorded_at.text()}","type":"{name}",{_version(version)}'
        f'"id":"{event.id}",{_cause(cause)},"data":{data},"salt":"{salt}"}}'
    ).encode()


def _version(version: int) -> str:
    """The field that says it; of a first version nothing is said."""
    return "" if version == 1 else f'"version":"{version}",'


def _cause(cause: Cause) -> str:
    if cause.bulk is None:
        return _json(cause).decode()[1:-1]
    fields = {**msgspec.structs.asdict(cause), "bulk": str(cause.bulk)}
    return _in_order(fields).decode()[1:-1]  # not sorted: a record's fields stand in one order


def _text(value: str | None) -> str:
    return "null" if value is None else _json(value).decode()


_word = lru_cache(maxsize=1024)(_text)


def _transaction(event: events.TransactionPosted) -> str:
    legs = []
    for e in event.entries:
        after, side = e.after, "debit" if e.direction is Side.DEBIT else "credit"
        legs.append(
            f'{{"account":"{e.account}","number":"{e.number}","version":"{e.version}",'
            f'"direction":"{side}","amount":"{e.amount}","asset":"{e.asset}",'
            f'"after":["{after.posted_debits}","{after.posted_credits}",'
            f'"{after.pending_debits}","{after.pending_credits}"]}}'
        )
    external_id = "null" if event.external_id is None else _text(event.external_id)
    metadata = _json(event.metadata).decode() if event.metadata else "{}"
    return (
        f'{{"type":{_word(event.type)},"external_id":{external_id},'
        f'"effective_at":"{event.effective_at.text()}","entries":[{",".join(legs)}],'
        f'"metadata":{metadata}}}'
    )


def _matter_change(event: events.MatterChanged) -> str:
    """As the general writer would, by hand: every business command ends with one."""
    return (
        f'{{"asked":{_word(event.asked)},"external_id":{_text(event.external_id)},'
        f'"facts":{_json(event.facts).decode()},"matter":{_matter(event.matter)},'
        f'"parts":{_json(event.parts).decode()},"reason":{_text(event.reason)}}}'
    )


def _matter(matter: Matter) -> str:
    wakes_at = matter.wakes_at
    moment = "null" if wakes_at is None else f'"{wakes_at.text()}"'
    return (
        f'{{"about":{_text(matter.about)},"account_paths":{_json(matter.account_paths).decode()},'
        f'"body":{_text(matter.body)},"external_id":{_text(matter.external_id)},'
        f'"id":"{matter.id}","kind":"{matter.kind}","number":"{matter.number}",'
        f'"related":{_json(matter.related).decode()},"status":{_word(matter.status)},'
        f'"title":{_text(matter.title)},"version":"{matter.version}",'
        f'"wakes_at":{moment}}}'
    )


def _wire(value: Any) -> Any:
    """A value of the kernel as JSON values: fields by name, numbers and moments as strings."""
    return (_writer_of.get(type(value)) or _find_writer(type(value)))(value)


def _find_writer(of: type) -> "_Writer":
    """How values of a type are written; remembered, since a record has dozens of values."""
    for kind, write in _WRITERS:
        if issubclass(of, kind):
            return _writer_of.setdefault(of, write)
    raise AssertionError(f"no wire form for {of.__name__}")


def _fields(value: msgspec.Struct) -> dict[str, Any]:
    """A struct's fields; an event's id and type stand in the record, so not among its data.

    A field that came later is left out while it says what was meant before there was one.
    """
    hidden = _IN_THE_RECORD.get(type(value), ())
    if value.__struct_config__.omit_defaults:
        defaults = zip(value.__struct_fields__[::-1], value.__struct_defaults__[::-1], strict=False)
        hidden += tuple(name for name, default in defaults if getattr(value, name) is default)
    names = value.__struct_fields__
    return {name: _wire(getattr(value, name)) for name in names if name not in hidden}


_IN_THE_RECORD: dict[type, tuple[str, ...]] = {
    **dict.fromkeys(TYPE_NAMES, ("id",)),
    events.MatterChanged: ("id", "type"),
}


_Writer = Callable[[Any], Any]
_writer_of: dict[type, _Writer] = {}
_WRITERS: tuple[tuple[type | tuple[type, ...], _Writer], ...] = (
    (Moment, Moment.text),
    (Enum, lambda value: value.value),
    (bool, lambda value: value),  # of a body only: no record's own field is one
    (int, str),
    (Totals, lambda value: [str(total) for total in msgspec.structs.astuple(value)]),
    (msgspec.Struct, _fields),
    (dict, lambda value: {name: _wire(item) for name, item in value.items()}),
    (tuple, lambda value: [_wire(item) for item in value]),
    ((str, type(None)), lambda value: value),
)
"""How each kind of value is written; the first that fits counts, so moments go before ints."""


def encode_value(value: msgspec.Struct) -> str:
    """Any value of the kernel as JSON in the journal's form: sorted fields, numbers as strings."""
    if type(value) is Matter:
        return _matter(value)
    return _json(_wire(value)).decode()


def value_decoder(
    kind: type[Kind], older: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> Callable[[str], Kind]:
    """A function that reads what `encode_value` wrote.

    It reads JSON numbers too, moments as microseconds among them: bodies once had those. `older`
    brings up a body that is not of the newest form: a row that nobody has changed since stays as
    its record has it.
    """
    decode = msgspec.json.Decoder(kind, strict=False, dec_hook=_moment_or_number).decode
    if older is None:
        return decode

    def decode_any(text: str) -> Kind:
        try:
            return decode(text)
        except msgspec.ValidationError:
            return decode(msgspec.json.encode(older(msgspec.json.decode(text))))

    return decode_any


def _moment_or_number(_kind: type, value: str | int) -> Moment:
    return Moment(value) if isinstance(value, int) else Moment.parse(value)


class _Envelope(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    v: str
    ledger: str
    sequence: int
    recorded_at: Moment
    type: str
    version: int = 1
    id: str
    key: str | None
    fingerprint: str | None
    actor: str | None
    request_id: str | None
    bulk: int | None
    data: msgspec.Raw
    salt: str


class _Transaction(msgspec.Struct, forbid_unknown_fields=True):
    type: str | None
    external_id: str | None
    effective_at: Moment
    entries: tuple[Entry, ...]
    metadata: dict[str, str]


def _moment(_kind: type, text: str) -> Moment:
    return Moment.parse(text)


_newest = UPCASTERS.current
_envelope = msgspec.json.Decoder(_Envelope, strict=False, dec_hook=_moment).decode
_transaction_data = msgspec.json.Decoder(_Transaction, strict=False, dec_hook=_moment).decode


def decode(body: bytes, leaf: bytes | None = None, *, as_written: bool = False) -> Record:
    """The record that these bytes are. `leaf` saves hashing them again where it is known.

    Its event is of the newest version of its type, unless it is wanted `as_written`.

    Raises:
        UnreadableRecord: they are not a record of this format.
    """
    try:
        envelope = _envelope(body)
        if envelope.v != FORMAT:
            raise UnreadableRecord(f"record format {envelope.v} is not known; this reads {FORMAT}")
        is_older = envelope.version != _newest.get(envelope.type, 1)
        if is_older and not as_written:
            _raise(envelope)
        event = _event(envelope)
    except (msgspec.MsgspecError, ValueError, KeyError) as error:
        raise UnreadableRecord(f"not a record: {error}") from error
    cause = Cause(
        envelope.key, envelope.fingerprint, envelope.actor, envelope.request_id, envelope.bulk
    )
    return Record(
        sequence=envelope.sequence,
        recorded_at=envelope.recorded_at,
        event=event,
        cause=cause,
        body=body,
        leaf=leaf_hash(body) if leaf is None else leaf,
    )


def _raise(envelope: _Envelope) -> None:
    data = msgspec.json.decode(envelope.data)
    raised = UPCASTERS.raised(envelope.type, envelope.version, data)
    envelope.data = msgspec.Raw(msgspec.json.encode(raised))


def as_written(record: Record) -> Record:
    """The same record, its event in the version in which it is written."""
    if type_name(record.event) not in _newest:
        return record
    return decode(record.body, record.leaf, as_written=True)


def version_of(body: bytes) -> int:
    """The version of its type that a record's data is written in."""
    return _envelope(body).version


def ledger_of(body: bytes) -> str:
    """The name of the ledger that a record says it belongs to."""
    return _envelope(body).ledger


def _event(envelope: _Envelope) -> events.Event:
    if envelope.type == "transaction.posted":
        data = _transaction_data(envelope.data)
        return events.TransactionPosted(
            envelope.id, data.type, data.external_id, data.effective_at, data.entries, data.metadata
        )
    fields = msgspec.json.decode(envelope.data)
    if envelope.type not in EVENT_TYPES:
        return _matter_changed(envelope, fields)
    kind: type[msgspec.Struct] = EVENT_TYPES[envelope.type]
    if "id" in kind.__struct_fields__:
        fields["id"] = envelope.id
    return msgspec.convert(fields, kind, strict=False, dec_hook=_moment)  # type: ignore[return-value]


def _matter_changed(envelope: _Envelope, fields: dict[str, Any]) -> events.MatterChanged:
    """A record of any other type is about a matter: `kind.happened`, and has the form of one."""
    if not is_matter_type(envelope.type):
        raise UnreadableRecord(f"{envelope.type!r} is no type of record")
    fields |= {"id": envelope.id, "type": envelope.type}
    event = msgspec.convert(fields, events.MatterChanged, strict=False, dec_hook=_moment)
    kind = event.matter.kind
    if kind in RESERVED_KINDS or not envelope.type.startswith(f"{kind}."):
        raise UnreadableRecord(f"a record of type {envelope.type!r} is not about a {kind!r}")
    return event
