"""One JSON Schema document for each event type: the whole CloudEvent, `data` included.

It says in declared shapes what `engine/cloud_events.py` makes of records; that each says the same as
the other is proved by holding real journals against it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from partita.engine.event_schemas.shapes import (
    MOMENT,
    NUMBER,
    OPEN_WORDS,
    Schema,
    Shapes,
)
from partita.engine.event_types import BodyForm, EventType
from partita.kernel import events
from partita.kernel.account import AccountStatus
from partita.kernel.matters import Matter
from partita.kernel.posting import Entry

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
_TEXT: Schema = {"type": "string"}


def identifier(schema: str) -> str:
    """The name by which a schema is known wherever it is: `$id`."""
    return f"urn:partita:schema:{schema}"


def document(event_type: EventType, example: Mapping[str, Any] | None = None) -> Schema:
    """The JSON Schema of an event type's CloudEvents; with an example, if there is one."""
    shapes = Shapes(BodyForm.JOURNAL)
    shapes.named("Moment", MOMENT)
    data = _data(event_type, shapes)
    return {
        "$schema": DIALECT,
        "$id": identifier(event_type.schema),
        "title": event_type.schema,
        "description": event_type.meaning,
        "type": "object",
        "properties": {**_attributes(event_type), "data": {"$ref": "#/$defs/data"}},
        "required": [name for name in _attributes(event_type) if name != "dataref"],
        "anyOf": [{"required": ["data"]}, {"required": ["dataref"]}],
        "$defs": {"data": data, **dict(sorted(shapes.definitions.items()))},
        **({"examples": [example]} if example is not None else {}),
    }


def _attributes(event_type: EventType) -> dict[str, Schema]:
    """The attributes of CloudEvents 1.0 that every event has, in their order."""
    return {
        "specversion": {"const": "1.0"},
        "id": {
            "type": "string",
            "pattern": f"^evt_{_ULID}$",
            "description": "The same for the same record, whoever delivers it, however often.",
        },
        "source": {"type": "string", "pattern": "^urn:partita:ledger:.+$"},
        "type": {"const": event_type.full_name},
        "subject": {**_TEXT, "description": f"The id of the {event_type.about} it is about."},
        "time": {"$ref": "#/$defs/Moment", "description": "When it counts from."},
        "recordedtime": {"$ref": "#/$defs/Moment", "description": "When it was recorded."},
        "sequence": {
            "type": "string",
            "pattern": "^[0-9]{20}$",
            "description": "Its place in the ledger's journal, without gaps: sorts as text.",
        },
        "dataschema": {"const": f"/schemas/{event_type.schema}.json"},
        "datacontenttype": {"const": "application/json"},
        "dataref": {
            "type": "string",
            "format": "uri-reference",
            "description": "Where the event is in full, if it is too large to be delivered whole.",
        },
    }


def _data(event_type: EventType, shapes: Shapes) -> Schema:
    shape = _SHAPES.get(event_type.data, _of_resource)(event_type, shapes)
    request = _object(
        "The request that it came of.",
        {
            "id": {"type": ["string", "null"]},
            "idempotency_key": {"type": ["string", "null"]},
            "actor": {"type": ["string", "null"], "description": "Who asked."},
        },
    )
    properties = {**shape, "request": shapes.named("request", request)}
    return _object("The resource as it is afterwards, and what else is known.", properties)


def _object(description: str, properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
    }


def _with(shape: Schema, first: dict[str, Schema]) -> Schema:
    """An object with some fields more, which come first and are always there."""
    return shape | {
        "properties": {**first, **shape["properties"]},
        "required": [*first, *shape.get("required", ())],
    }


def _of_resource(event_type: EventType, shapes: Shapes) -> dict[str, Schema]:
    """Events that hold their resource in a field of their own; what is beside it follows."""
    kind, about = event_type.data, event_type.about
    others = [name for name in kind.__struct_fields__ if name not in {"id", about}]
    shape = {"object": shapes.field(kind, about)}
    shape |= {name: shapes.field(kind, name) for name in others}
    if kind in (events.TransactionReversed, events.HoldCaptured):
        shape["posted_transaction_id"] = {
            **_TEXT, "description": "The id of the transaction that this made.",
        }  # fmt: skip
    return shape


def _of_matter(event_type: EventType, shapes: Shapes) -> dict[str, Schema]:
    assert event_type.body is not None, f"{event_type.name} is about a matter, which has a body"
    inner = Shapes(event_type.form, shapes.definitions)
    body = inner.struct(event_type.body)
    whole = shapes.object(Matter, without=("body",))
    properties = {**whole["properties"], "kind": {"const": event_type.about}, "body": body}
    matter = _object(whole["description"], properties)
    rest = ("asked", "facts", "parts", "reason")
    return {
        "object": shapes.named("matter", matter),
        **{name: shapes.field(events.MatterChanged, name) for name in rest},
    }


def _of_ledger(_type: EventType, shapes: Shapes) -> dict[str, Schema]:
    return {"object": shapes.named("ledger", shapes.object(events.LedgerOpened))}


def _of_asset(_type: EventType, shapes: Shapes) -> dict[str, Schema]:
    from_asset = shapes.field(events.AssetRegistered, "asset")["$ref"].rpartition("/")[2]
    asset = _with(shapes.definitions.pop(from_asset), {"id": _TEXT})
    return {"object": shapes.named("asset", asset)}


def _of_account(event_type: EventType, shapes: Shapes) -> dict[str, Schema]:
    """A change of an account: only what can change is told, beside its names."""
    words = [each.value for each in AccountStatus]
    account = _object(
        "The account as it is afterwards, as far as that can change.",
        {
            "id": _TEXT,
            "path": _TEXT,
            "number": shapes.named("Number", NUMBER),
            "status": {"type": "string", OPEN_WORDS: words},
        },
    )
    reason = shapes.field(event_type.data, "reason")
    return {"object": shapes.named("account", account), "reason": reason}


def _of_posted(_type: EventType, shapes: Shapes) -> dict[str, Schema]:
    """A posted transaction: its legs are the entries, which say nothing of what is pending."""
    kind = events.TransactionPosted
    transaction = _object(
        "The transaction. Its legs are the entries beside it.",
        {
            "id": _TEXT,
            "number": shapes.named("Number", NUMBER),
            "status": {"const": "posted"},
            **{
                name: shapes.field(kind, name)
                for name in ("type", "external_id", "effective_at", "metadata")
            },
        },
    )
    entry = shapes.named("entry", shapes.object(Entry, without=("pending",)))
    return {
        "object": shapes.named("transaction", transaction),
        "effective_at": shapes.field(kind, "effective_at"),
        "entries": {"type": "array", "items": entry, "minItems": 2},
    }


_SHAPES: dict[type[msgspec.Struct], Callable[[EventType, Shapes], dict[str, Schema]]] = {
    events.LedgerOpened: _of_ledger,
    events.AssetRegistered: _of_asset,
    **dict.fromkeys(
        (events.AccountFrozen, events.AccountUnfrozen, events.AccountClosed), _of_account
    ),
    events.TransactionPosted: _of_posted,
    events.MatterChanged: _of_matter,
}
"""How the data of each kernel event is told; of any other the resource is a field of its own."""
