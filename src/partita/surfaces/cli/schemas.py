"""`partita schemas`: what events look like; listed, shown, checked, told to a registry. No books needed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from partita.config import from_environment
from partita.engine.event_schemas.checking import broken, broken_for, drifted
from partita.engine.event_schemas.listing import listing
from partita.engine.event_schemas.publishing import publish as publish_all
from partita.engine.event_schemas.shelf import published
from partita.engine.event_types import EventType
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import Json, nearest
from partita.surfaces.cli.talk import emit, emit_list, say, table

app = App(
    name="schemas", help="List, show and check the schemas of events; tell them to a registry."
)
_LEVELS = ("NONE", "BACKWARD", "FORWARD", "FULL")


def _types() -> Mapping[str, EventType]:
    # Imported here: it knows every module, which takes longer to load than help may take.
    from partita.wiring.event_types import event_types  # noqa: PLC0415

    return event_types()


@app.command(name="list")
def list_schemas(*, json: Json = False) -> None:
    """List the schemas of all events, by type and version."""
    found = listing(published(), _types())
    if json:
        emit_list(msgspec.to_builtins(each) for each in found)
        return
    table(("schema", "what happened"), ((each.name, each.meaning or "-") for each in found))


@app.command
def show(name: str, /) -> None:
    """Print a schema: payment.settled.v1, or payment.settled for the newest version."""
    newest = _types().get(name)
    wanted = name.removesuffix(".json") if newest is None else newest.schema
    shelf = published()
    if wanted not in shelf.names:
        known = [*shelf.names, *_types()]
        raise CommandFailed(f"There is no schema {name!r}.", nearest(name, known), status=USAGE)
    print(shelf.read(wanted).decode(), end="")


@app.command
def check(
    folder: Annotated[
        Path | None, Parameter(help="Copies of an earlier release, to look for what breaks them.")
    ] = None,
    /,
    *,
    json: Json = False,
) -> int:
    """Look whether the schemas are what this program says, and keep what was promised."""
    shelf = published()
    found = [*drifted(_types(), shelf), *broken(shelf)]
    if folder is not None:
        try:
            found += broken_for(folder, shelf)
        except ValueError as error:
            raise CommandFailed(str(error), "name a folder of schemas.", status=USAGE) from error
    if json:
        emit({"ok": not found, "schemas": len(shelf.names), "findings": found})
        return 1 if found else 0
    for finding in found:
        print(finding)
    say(f"{len(shelf.names)} schemas, {len(found)} findings.")
    return 1 if found else 0


@app.command
def publish(
    url: Annotated[str, Parameter(help="The registry's address: http://localhost:8081.")],
    /,
    *names: Annotated[str, Parameter(help="These schemas alone.")],
    compatibility: Annotated[
        str | None,
        Parameter(help="Set this level for our subjects; a registry that checks needs NONE."),
    ] = None,
    json: Json = False,
) -> None:
    """Register schemas with a schema registry that speaks Confluent's protocol.

    The login is taken from PARTITA_SCHEMA_REGISTRY_LOGIN (user:password).
    """
    # Imported here: wiring loads what no help text should wait for.
    from partita.wiring.schema_registry import schema_registry  # noqa: PLC0415

    if compatibility not in (None, *_LEVELS):
        mend = f"say one of {', '.join(_LEVELS)}."
        raise CommandFailed(f"{compatibility!r} is no level.", mend, status=USAGE)
    shelf = published()
    with schema_registry(from_environment(), url, compatibility) as registry:
        done = publish_all(shelf, registry, names or shelf.names)
        if json:
            emit_list(msgspec.to_builtins(each) for each in done)
            return
        for each in done:
            print(f"{each.id:>6}  {each.subject}")
