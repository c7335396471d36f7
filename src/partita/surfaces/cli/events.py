"""`partita events`: read the event feed, follow it, show one event."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.cloud_events import FeedEvent
from partita.surfaces.cli.event_source import FROM_HERE, EventSource, Whence, event_source
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.talk import emit, emit_list, table

app = App(name="events", help="Read the event feed, follow it, show one event.")
_PAGE = 500
Types = Annotated[
    tuple[str, ...],
    Parameter(name="--type", negative="", help="Only these, such as payment.settled or hold.*"),
]
Subjects = Annotated[
    tuple[str, ...], Parameter(name="--subject", negative="", help="Only about this id.")
]


@app.command(name="list")
def list_events(
    *,
    type: Types = (),
    subject: Subjects = (),
    after: Annotated[int, Parameter(help="Above this sequence.")] = 0,
    limit: Annotated[int, Parameter(help="How many at most.")] = 50,
    whence: Whence = FROM_HERE,
) -> None:
    """List events, oldest first, from the first record on."""
    check_numbers(after, limit)
    with event_source(whence, type, subject) as source:
        found = _collect(source, after, limit)
        if whence.json:
            emit_list(event.values() for event in found)
        else:
            table(("sequence", "type", "subject", "id"), map(_row, found), right="sequence")


@Parameter(name="*")
@dataclass(frozen=True)
class Following:
    """Which events are followed, from where on, and how many."""

    type: Types = ()
    subject: Subjects = ()
    after: Annotated[
        int | None, Parameter(help="Begin above this sequence; else with what comes now.")
    ] = None
    limit: Annotated[int | None, Parameter(help="End after so many; else never.")] = None

    def check(self) -> None:
        """Refuse numbers that make no sense."""
        check_numbers(self.after or 0, 1 if self.limit is None else self.limit)

    def events(self, source: EventSource, place: int) -> Iterator[FeedEvent]:
        """Events above a place as they happen, as many as are wanted."""
        left = self.limit
        while left is None or left > 0:
            page = source.read(place, _PAGE if left is None else min(left, _PAGE), waits=True)
            yield from page.events
            place, left = page.upto, None if left is None else left - len(page.events)


EVERYTHING_NEW = Following()


@app.command
def tail(*, which: Following = EVERYTHING_NEW, whence: Whence = FROM_HERE) -> None:
    """Print events as they happen, until Ctrl-C. With --json each is a line, the CloudEvent itself."""
    which.check()
    with event_source(whence, which.type, which.subject) as source:
        place = source.head() if which.after is None else which.after
        for event in which.events(source, place):
            _print(event, is_json=whence.json)


@app.command
def show(identifier: str, /, *, whence: Whence = FROM_HERE) -> None:
    """Show one event by its id (evt_…)."""
    with event_source(whence) as source:
        found = source.find(identifier)
    if found is None:
        raise CommandFailed(f"There is no event {identifier!r}.", "see `partita events list`.")
    if whence.json:
        emit(json.loads(found))
    else:
        print(json.dumps(json.loads(found), ensure_ascii=False, indent=2))


def _collect(source: EventSource, after: int, limit: int) -> list[FeedEvent]:
    found: list[FeedEvent] = []
    while len(found) < limit:
        page = source.read(after, min(limit - len(found), _PAGE))
        found += page.events
        if page.upto == after:
            break
        after = page.upto
    return found


def _print(event: FeedEvent, *, is_json: bool) -> None:
    if is_json:
        sys.stdout.write(event.cloud_event.decode() + "\n")
        sys.stdout.flush()
    else:
        print(line(event), flush=True)


def line(event: FeedEvent) -> str:
    """An event on a line for people."""
    sequence, name, subject, identifier = _row(event)
    return f"{sequence:>8}  {name:<28}  {subject:<31}  {identifier}"


def _row(event: FeedEvent) -> tuple[str, ...]:
    return str(event.sequence), event.type, event.subject, event.id


def check_numbers(after: int, limit: int) -> None:
    """Refuse a place or a count that is none."""
    if after < 0 or limit < 1:
        problem = "--after is at least 0, and --limit at least 1."
        raise CommandFailed(problem, "mend the number.", status=USAGE)
