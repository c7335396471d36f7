"""Schemas of events for programs: those that this version publishes, by name. No ledger is needed."""

from typing import Any

from partita.engine.errors import NotFound
from partita.engine.event_schemas.shelf import published
from partita.wiring.event_types import event_types


def event_schemas() -> list[str]:
    """The names of all schemas, such as `payment.settled.v1`, in alphabetical order."""
    return published().names


def event_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of an event: by its name, or that of the newest version of a type.

    Raises:
        NotFound: there is none.
    """
    newest = event_types().get(name)
    found = published().schema(name if newest is None else newest.schema)
    if found is None:
        raise NotFound(f"there is no schema {name!r:.100}; event_schemas() has all")
    return found
