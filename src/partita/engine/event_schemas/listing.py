"""The list of published schemas: every version of every type, with what it says."""

from collections.abc import Mapping

import msgspec

from partita.engine.event_schemas.shelf import Shelf
from partita.engine.event_types import PREFIX, EventType


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A published schema: its name and type in full, and whether new events are of it."""

    name: str
    full_name: str
    version: int
    meaning: str
    is_current: bool


def listing(shelf: Shelf, types: Mapping[str, EventType]) -> list[Listed]:
    """All schemas of a shelf, by name; of old versions too."""
    return [_listed(name, types) for name in shelf.names]


def _listed(name: str, types: Mapping[str, EventType]) -> Listed:
    type_name, _, version = name.rpartition(".v")
    known = types.get(type_name)
    return Listed(
        name=name,
        full_name=f"{PREFIX}.{name}",
        version=int(version),
        meaning="" if known is None else known.meaning,
        is_current=known is not None and known.schema == name,
    )
