"""Settings: read once at start, frozen, passed in. Nothing reads the environment later."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

DEFAULT_LEDGER = "main"


class Settings(msgspec.Struct, frozen=True):
    """Where the books are kept, and how.

    Exactly one of three stores: `database_url` (any PostgreSQL of 15 or later), `memory` (gone
    with the process), else an embedded PostgreSQL in the folder `data`. The pepper of API keys
    is `secret` if given, else a file in `data`.
    """

    data: Path = Path("partita-data")
    database_url: str | None = None
    owner_url: str | None = None
    memory: bool = False
    secret: str | None = None
    connections: int = 10
    allow_unsafe_durability: bool = False


def from_environment(environment: Mapping[str, str] = os.environ, **given: object) -> Settings:
    """Settings from PARTITA_* variables; what is given (and is not None) goes before them."""
    names = {
        "data": "PARTITA_DATA",
        "database_url": "PARTITA_DATABASE_URL",
        "owner_url": "PARTITA_OWNER_URL",
        "secret": "PARTITA_SECRET",
    }
    found: dict[str, object] = {
        field: environment[name] for field, name in names.items() if environment.get(name)
    }
    found.update({field: value for field, value in given.items() if value is not None})
    if "data" in found:
        found["data"] = Path(str(found["data"])).absolute()
    return Settings(**found)  # type: ignore[arg-type]
