"""`partita trigger`: have an event happen where no money is real, to see what hears of it."""

import asyncio
import json
from difflib import get_close_matches
from typing import Annotated

from cyclopts import Parameter

from partita.engine.cloud_events import short_type
from partita.surfaces.cli.events import line
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.talk import emit, say


def trigger(
    event: Annotated[str | None, Parameter(help="Such as payment.captured.")] = None,
    /,
    *,
    is_list: Annotated[
        bool,
        Parameter(name="--list", negative="", help="List the events that can be triggered."),
    ] = False,
    place: InLedger = IN_MAIN,
) -> None:
    """Make an event of this type happen; in sandboxes alone (PARTITA_SANDBOX=yes).

    What has to be done first is done first, with parties of its own. All events that came of it
    are printed; with --json each is a line, the CloudEvent itself.
    """
    # Imported here: it knows every module, which takes longer to load than help may take.
    from partita.surfaces.triggering.acts import PLAYS, trigger  # noqa: PLC0415

    if is_list:
        for name in sorted(PLAYS):
            print(name)
        return
    name = _known(event, sorted(PLAYS))
    with books(place) as open_books:
        if not open_books.application.is_sandbox:
            problem = "What is triggered happens in earnest: it belongs into a sandbox."
            raise CommandFailed(problem, "set PARTITA_SANDBOX=yes where no money is real.")
        happened = asyncio.run(trigger(open_books.application, open_books.info.name, name))
    for each in happened:
        if place.json:
            emit(json.loads(each.cloud_event))
        else:
            print(line(each))
    if not place.json:
        say(f"{name} has happened.")


def _known(event: str | None, names: list[str]) -> str:
    if event is None:
        raise CommandFailed("No event is named.", "see `partita trigger --list`.", status=USAGE)
    name = short_type(event)
    if name not in names:
        near = get_close_matches(name, names, 1)
        mend = f"did you mean {near[0]!r}?" if near else "see `partita trigger --list`."
        raise CommandFailed(f"{event!r} is nothing that can be triggered.", mend, status=USAGE)
    return name
