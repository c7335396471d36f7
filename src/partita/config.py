"""Settings: read once at start, frozen, passed in. Nothing reads the environment later."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

DEFAULT_LEDGER = "main"


class Settings(msgspec.Struct, frozen=True):
    """Where the books are kept, and how.

    Exactly one of three stores: `database_url` (any PostgreSQL of 15 or later), `memory` (gone
    with the process), else an embedded PostgreSQL in the folder `data`. The pepper of API keys
    is `secret` if given, else a file in `data`.
    """

    data: Annotated[
        Path, Meta(description="Folder of the embedded PostgreSQL and of the pepper of API keys.")
    ] = Path("partita-data")
    database_url: Annotated[
        str | None, Meta(description="A PostgreSQL of 15 or later to use instead.")
    ] = None
    owner_url: Annotated[
        str | None,
        Meta(description="The same database by a login that may migrate, if the other may not."),
    ] = None
    memory: Annotated[
        bool, Meta(description="Keep everything in memory; it is gone with the process.")
    ] = False
    secret: Annotated[
        str | None,
        Meta(description="The pepper under which API keys are hashed, instead of the file."),
    ] = None
    connections: Annotated[int, Meta(description="Connections for reading, at most.")] = 10
    allow_unsafe_durability: Annotated[
        bool, Meta(description="Start on a server whose settings could lose what it acknowledged.")
    ] = False


VARIABLES: dict[str, str] = {
    "data": "PARTITA_DATA",
    "database_url": "PARTITA_DATABASE_URL",
    "owner_url": "PARTITA_OWNER_URL",
    "secret": "PARTITA_SECRET",
}
"""The settings that the environment may give, and the variable of each."""


def from_environment(environment: Mapping[str, str] = os.environ, **given: object) -> Settings:
    """Settings from PARTITA_* variables; what is given (and is not None) goes before them."""
    found: dict[str, object] = {
        field: environment[name] for field, name in VARIABLES.items() if environment.get(name)
    }
    if given.get("data") is not None:
        # A folder that is named goes before a URL that only stands in the environment.
        found.pop("database_url", None)
    found.update({field: value for field, value in given.items() if value is not None})
    if "data" in found:
        found["data"] = Path(str(found["data"])).absolute()
    return Settings(**found)  # type: ignore[arg-type]
