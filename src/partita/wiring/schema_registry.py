"""The schema registry that a caller names, ready to be told schemas."""

from collections.abc import Iterator
from contextlib import contextmanager

from partita.adapters.publishers.schema_registry import ConfluentRegistry
from partita.config import Settings
from partita.engine.event_schemas.publishing import SchemaRegistry


@contextmanager
def schema_registry(
    settings: Settings, url: str, compatibility: str | None = None
) -> Iterator[SchemaRegistry]:
    """A registry at this address, with the login of the settings."""
    registry = ConfluentRegistry(
        url, login=settings.schema_registry_login, compatibility=compatibility
    )
    try:
        yield registry
    finally:
        registry.close()
