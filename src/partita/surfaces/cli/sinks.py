"""`partita sinks`: brokers and files that get every event, how far they are, what they refused."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.rejections import Rejection
from partita.modules.sinks.commands import (
    ArchiveSink,
    CreateSink,
    PauseSink,
    ResetSink,
    ResumeSink,
    UpdateSink,
)
from partita.modules.sinks.office import SinkOffice
from partita.modules.sinks.sink import PartitionBy, SinkType, read_sink
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, RefusedByRules, asked
from partita.surfaces.cli.failures import CommandFailed
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs
from partita.surfaces.cli.talk import emit, emit_list, say, table
from partita.surfaces.http.shapes import sinks as shapes

app = App(name="sinks", help="Let events go to a broker or a file; see how far each is.")
Reason = Annotated[str | None, Parameter(help="Why.")]
After = Annotated[int, Parameter(help="Begin behind this sequence; 0 is the journal's beginning.")]


@Parameter(name="*")
@dataclass(frozen=True)
class Terms:
    """Which events a new sink gets, and how."""

    channel: Annotated[str | None, Parameter(help="Stream of JetStream, or topic of Kafka.")] = None
    types: Annotated[tuple[str, ...], Parameter(help="Only these, such as payment.*")] = ()
    partition_by: Annotated[PartitionBy, Parameter(help="What is in order.")] = PartitionBy.LEDGER
    after: After = 0


USUAL = Terms()


def _office(open_books: Books) -> SinkOffice:
    return open_books.application.sinks.office(open_books.info)


@app.command(name="list")
def list_sinks(*, place: InLedger = IN_MAIN) -> None:
    """List all sinks, newest first, with cursor and lag."""
    with books(place) as open_books:
        office = _office(open_books)
        found = [shapes.event_sink(office, each) for each in office.page()]
    if place.json:
        emit_list(for_programs(each) for each in found)
    else:
        _table(found)


@app.command
def show(sink: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show one sink."""
    with books(place) as open_books:
        _show(_office(open_books), _office(open_books).find(sink), json=place.json)


def _show(office: SinkOffice, matter: Matter, *, json: bool) -> None:
    found = shapes.event_sink(office, matter)
    if json:
        emit(for_programs(found))
    else:
        _table([found])


def _table(found: list[shapes.EventSink]) -> None:
    columns = ("sink", "name", "type", "where", "status", "cursor", "lag", "parked")
    rows = [
        (each.id, each.name, each.type.value, each.where, each.status.value, each.cursor, each.lag,
         each.parked)
        for each in found
    ]  # fmt: skip
    table(columns, rows, right="cursor lag parked")


@app.command
def create(
    name: str, type: SinkType, where: str, /, *, terms: Terms = USUAL, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Let events go to a broker or a file: `partita sinks create warehouse file events.ndjson`."""
    with books(place) as open_books:
        office = _office(open_books)
        plain = office.plain_types(terms.types)
        objection = plain if isinstance(plain, Rejection) else office.objection(type, where)
        if objection is not None or isinstance(plain, Rejection):
            assert objection is not None, "it is the one or the other"
            raise RefusedByRules(objection)
        act = CreateSink(
            name=name, type=type, where=where, channel=terms.channel, types=plain,
            partition_by=terms.partition_by, after=terms.after,
        )  # fmt: skip
        _do(open_books, act, asking, json=place.json)


@app.command
def update(
    sink: str, /, *, name: Annotated[str | None, Parameter(help="Another name.")] = None,
    where: Annotated[str | None, Parameter(help="Where the broker is now.")] = None,
    types: Annotated[
        tuple[str, ...] | None, Parameter(help="Only these, such as payment.*", negative="")
    ] = None,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Change what is given; it goes on from where it is."""
    with books(place) as open_books:
        office = _office(open_books)
        plain = None if types is None else office.plain_types(types)
        type_ = read_sink(office.find(sink).body).type
        wrong = None if where is None else office.objection(type_, where)
        if isinstance(plain, Rejection):
            raise RefusedByRules(plain)
        if wrong is not None:
            raise RefusedByRules(wrong)
        act = UpdateSink(sink=sink, name=name, where=where, types=plain)
        _do(open_books, act, asking, json=place.json)


@app.command
def pause(
    sink: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Send nothing for now; nothing is lost meanwhile."""
    with books(place) as open_books:
        _do(open_books, PauseSink(sink=sink, reason=reason), asking, json=place.json)


@app.command
def resume(
    sink: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Send again, from where it stopped."""
    with books(place) as open_books:
        _do(open_books, ResumeSink(sink=sink, reason=reason), asking, json=place.json)


@app.command
def reset(
    sink: str, /, *, after: After = 0, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Send the events behind a sequence (again), with the ids that they always had."""
    with books(place) as open_books:
        act = ResetSink(sink=sink, after=after, reason=reason)
        _do(open_books, act, asking, json=place.json)


@app.command
def archive(
    sink: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Never send anything there again."""
    with books(place) as open_books:
        _do(open_books, ArchiveSink(sink=sink, reason=reason), asking, json=place.json)


def _do(
    open_books: Books, act: CreateSink | UpdateSink | PauseSink | ResumeSink | ResetSink | ArchiveSink,
    asking: Asking, *, json: bool,
) -> None:  # fmt: skip
    event = asked(open_books, act, asking).event
    assert isinstance(event, MatterChanged), "a business command ends with its matter"
    _show(_office(open_books), event.matter, json=json)


@app.command
def parked(
    sink: str, /, *, after: After = 0,
    limit: Annotated[int, Parameter(help="At most so many.")] = 50, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """List what the broker would not take after five tries."""
    with books(place) as open_books:
        office = _office(open_books)
        found = office.parked(office.find(sink), after, limit)
    if place.json:
        emit_list(for_programs(shapes.parked_event(each)) for each in found)
        return
    rows = [(str(each.sequence), each.type, each.event_id, each.error) for each in found]
    table(("sequence", "type", "event", "error"), rows, right="sequence")


@app.command
def retry(sink: str, sequence: int, /, *, place: InLedger = IN_MAIN) -> None:
    """Send a parked event once more."""
    with books(place) as open_books:
        office = _office(open_books)
        connect = open_books.application.sinks.connect
        error = office.retry(office.find(sink), sequence, connect)
    _tell(sequence, error, json=place.json)


@app.command
def discard(sink: str, sequence: int, /, *, place: InLedger = IN_MAIN) -> None:
    """Take a parked event off the list without sending it."""
    with books(place) as open_books:
        office = _office(open_books)
        if not office.discard(office.find(sink), sequence):
            raise CommandFailed(
                f"No event {sequence} is parked for {sink}.", f"partita sinks parked {sink}"
            )
    _tell(sequence, None, json=place.json)


def _tell(sequence: int, error: str | None, *, json: bool) -> None:
    if json:
        emit({"sequence": str(sequence), "is_parked": error is not None, "error": error})
    else:
        say(f"Event {sequence} is off the list." if error is None else f"Refused again: {error}")
