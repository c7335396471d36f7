"""Publishing schemas to a registry, for readers of a broker who look them up there by themselves.

A schema's subject is its event's full type, version included: what we call a new version is never
compatible, so it is a subject of its own; what we add to a version is that subject's next one.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from partita.engine.errors import PartitaError
from partita.engine.event_schemas.shelf import Shelf
from partita.engine.event_types import PREFIX


class RegistryUnreachable(PartitaError):
    """The schema registry did not answer, or not for now: try again, what is there stays as it is."""

    retryable = True


class RegistryRefused(PartitaError):
    """The schema registry said no; the message has its words. Sending it again changes nothing."""


class SchemaRegistry(Protocol):
    """Port: where schemas are registered under subjects."""

    def register(self, subject: str, schema: str) -> int:
        """Register a schema; its id, the same for a schema that was registered before.

        Raises:
            RegistryUnreachable: it may work later.
            RegistryRefused: it will not.
        """
        ...


class Registered(msgspec.Struct, frozen=True):
    """A schema in a registry: our name, the subject there, the id that it has there."""

    name: str
    subject: str
    id: int


def publish(shelf: Shelf, registry: SchemaRegistry, names: Iterable[str]) -> Iterator[Registered]:
    """Register these schemas, one after another; whoever is cut off begins again.

    Raises:
        NotFound: a schema is not on the shelf.
        RegistryUnreachable, RegistryRefused: as the registry says.
    """
    for name in names:
        subject = f"{PREFIX}.{name}"
        yield Registered(name, subject, registry.register(subject, shelf.read(name).decode()))
