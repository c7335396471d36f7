"""Checking: whether the schemas on a shelf are what the code says, and keep what was promised."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from partita.engine.event_schemas.compatibility import Released, breaks, tolerant_of_old
from partita.engine.event_schemas.documents import document
from partita.engine.event_schemas.shapes import Schema
from partita.engine.event_schemas.shelf import Shelf
from partita.engine.event_types import EventType

Types = Mapping[str, EventType]
_MEND = "That takes a new version and an upcaster; docs/events.md says how"


def schemas_of(
    types: Types, shelf: Shelf, examples: Mapping[str, Any] | None = None
) -> dict[str, Schema]:
    """Every schema as the code says it now, by its name; its example is the one it had on the shelf.

    `examples` are other ones, by the type of event.
    """
    released, fresh = shelf.released, examples or {}
    found = {}
    for name, event_type in types.items():
        known = (shelf.schema(event_type.schema) or {}).get("examples", ())
        whole = document(event_type, fresh.get(name, next(iter(known), None)))
        found[event_type.schema] = tolerant_of_old(whole, released.get(event_type.schema))
    return found


def drifted(types: Types, shelf: Shelf) -> Iterator[str]:
    """Name the schemas that are not what the code says."""
    for name, schema in schemas_of(types, shelf).items():
        if shelf.schema(name) != schema:
            yield f"{name} is not what the code says: it has drifted"


def broken(shelf: Shelf) -> Iterator[str]:
    """What was promised and is not kept."""
    released = shelf.released
    for name in released.schemas:
        yield from promise_broken(name, released.get(name) or {}, shelf.schema(name))


def promise_broken(name: str, promised: Schema, now: Schema | None) -> Iterator[str]:
    """How a schema is less than what was promised."""
    if now is None:
        yield f"{name} was released and is gone: old events are of it"
        return
    for each in breaks(promised, now):
        yield f"{name} {each}. {_MEND}"


def broken_for(folder: Path, shelf: Shelf) -> Iterator[str]:
    """How the schemas of a shelf break the copies that somebody keeps in a folder, file by file.

    Raises:
        ValueError: a file there is no schema of ours.
    """
    for file in sorted(folder.glob("*.v*.json")):
        try:
            kept: dict[str, Any] = msgspec.json.decode(file.read_bytes(), type=dict)
        except msgspec.MsgspecError as error:
            raise ValueError(f"{file} is no schema: {error}") from error
        name = file.name.removesuffix(".json")
        yield from promise_broken(name, kept, shelf.schema(name))


def promised_now(shelf: Shelf) -> Released:
    """What would be promised if all that is on the shelf were released."""
    released = shelf.released
    for name in shelf.names:
        schema = shelf.schema(name)
        assert schema is not None, "it is on the shelf"
        released.add(name, schema)
    return released.pruned()


def unpromised(shelf: Shelf) -> list[str]:
    """What is on the shelf and not promised yet, in whole or in part."""
    before, after = shelf.released, promised_now(shelf)
    return [name for name, parts in after.schemas.items() if before.schemas.get(name) != parts]
