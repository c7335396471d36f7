"""`partita webhooks`: where events are brought, what is owed and was tried, and again."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.delivery_ports import Delivery, DeliveryFilter, DeliveryStatus
from partita.engine.wanting import Act
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.rejections import Rejection
from partita.modules.webhooks.commands import (
    ArchiveEndpoint,
    CreateEndpoint,
    DisableEndpoint,
    EnableEndpoint,
    RotateSecret,
    TryEndpoint,
    UpdateEndpoint,
)
from partita.modules.webhooks.endpoint import (
    USUAL_OVERLAP_SECONDS,
    EndpointStatus,
    Order,
    Scheme,
)
from partita.modules.webhooks.office import WebhookOffice
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, RefusedByRules, asked, shown
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs
from partita.surfaces.cli.talk import emit, emit_list, say, table
from partita.surfaces.http.shapes import webhook_deliveries, webhooks

app = App(
    name="webhooks",
    help="Bring events to addresses of others; see what arrived, and send it again.",
)
Reason = Annotated[str | None, Parameter(help="Why, for the journal.")]
Types = Annotated[
    tuple[str, ...] | None,
    Parameter(name="--type", help="payment.settled, payment.*; none: every event.", negative=""),
]


@Parameter(name="*")
@dataclass(frozen=True)
class How:
    """How an endpoint is served."""

    description: Annotated[str | None, Parameter(help="What it is for.")] = None
    scheme: Annotated[
        Scheme | None, Parameter(help="Signed by v1 (HMAC), v1a (Ed25519), or both.")
    ] = None
    order: Annotated[
        Order | None, Parameter(help="strict: nothing passes an event that fails.")
    ] = None


_AS_USUAL = How()


def _office(open_books: Books) -> WebhookOffice:
    return open_books.application.webhooks(open_books.info)


@app.command
def create(
    url: str,
    /,
    *,
    types: Types = None,
    after: Annotated[
        int | None, Parameter(help="Also events behind this sequence; 0 for all.")
    ] = None,
    how: How = _AS_USUAL,
    asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:
    """Bring events to an https address; prints the secret, which nothing tells again.

    partita webhooks create https://shop.example.com/hooks --type 'payment.*'
    """
    with books(place) as open_books:
        plain = _sound(_office(open_books), url, types or ())
        act = CreateEndpoint(
            url=url,
            types=plain or (),
            description=how.description,
            scheme=how.scheme or Scheme.HMAC,
            order=how.order or Order.LOOSE,
            after=after,
        )
        _change(open_books, act, asking, place, shows_secret=True)


def _sound(
    office: WebhookOffice, url: str | None, types: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """The types as they are kept; refused if there is no such, or nothing would be called there."""
    plain = None if types is None else office.plain_types(types)
    objection = plain if isinstance(plain, Rejection) else None
    if url is not None:
        objection = office.objection(url) or objection
    if objection is not None:
        raise RefusedByRules(objection)
    assert not isinstance(plain, Rejection), "it was raised"
    return plain


@app.command
def update(
    endpoint: str,
    /,
    *,
    url: Annotated[str | None, Parameter(help="Another address.")] = None,
    types: Types = None,
    how: How = _AS_USUAL,
    asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:
    """Change what is given."""
    with books(place) as open_books:
        act = UpdateEndpoint(
            endpoint=endpoint,
            url=url,
            types=_sound(_office(open_books), url, types),
            description=how.description,
            scheme=how.scheme,
            order=how.order,
        )
        _change(open_books, act, asking, place)


@app.command
def rotate_secret(
    endpoint: str,
    /,
    *,
    overlap_seconds: Annotated[
        int, Parameter(help="How long the old secret signs as well.")
    ] = USUAL_OVERLAP_SECONDS,
    asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:
    """Sign by a new secret, which is printed."""
    with books(place) as open_books:
        act = RotateSecret(endpoint=endpoint, overlap_seconds=overlap_seconds)
        _change(open_books, act, asking, place, shows_secret=True)


@app.command(name="test")
def try_out(endpoint: str, /, *, asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN) -> None:
    """Record an event that is brought to this endpoint alone; see `deliveries` for what came of it."""
    with books(place) as open_books:
        _change(open_books, TryEndpoint(endpoint=endpoint), asking, place)


@app.command
def enable(
    endpoint: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Bring events again, from where it stopped."""
    with books(place) as open_books:
        _change(open_books, EnableEndpoint(endpoint=endpoint, reason=reason), asking, place)


@app.command
def disable(
    endpoint: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Bring nothing for now; nothing is lost meanwhile."""
    with books(place) as open_books:
        _change(open_books, DisableEndpoint(endpoint=endpoint, reason=reason), asking, place)


@app.command
def archive(
    endpoint: str, /, *, reason: Reason = None, asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Bring nothing there ever again."""
    with books(place) as open_books:
        _change(open_books, ArchiveEndpoint(endpoint=endpoint, reason=reason), asking, place)


def _change(
    open_books: Books, act: Act, asking: Asking, place: InLedger, *, shows_secret: bool = False
) -> None:
    record = asked(open_books, act, asking)
    assert isinstance(record.event, MatterChanged), "what happens to an endpoint leaves it changed"
    matter, office = record.event.matter, _office(open_books)
    told = webhooks.endpoint(office, matter, shows_secret=shows_secret and not asking.dry_run)
    if place.json:
        emit(shown(for_programs(told), record, asking))
        return
    _table([told])
    say(f"Ed25519: {told.public_key}")
    if told.secret is not None:
        say(f"HMAC:    {told.secret}   (this is the only time that it is told)")


@app.command(name="list")
def list_endpoints(
    *,
    status: Annotated[EndpointStatus | None, Parameter(help="Only in this status.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, newest first.")] = 50,
    place: InLedger = IN_MAIN,
) -> None:
    """List endpoints, and how each fares."""
    with books(place) as open_books:
        office = _office(open_books)
        word = None if status is None else status.value
        found = _told(office, office.page(None, limit, status=word))
        if place.json:
            emit_list(for_programs(each) for each in found)
        else:
            _table(found)


@app.command
def show(endpoint: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show one endpoint."""
    with books(place) as open_books:
        office = _office(open_books)
        found = _told(office, [office.find(endpoint)])
        if place.json:
            emit(for_programs(found[0]))
        else:
            _table(found)


def _told(office: WebhookOffice, matters: list[Matter]) -> list[webhooks.WebhookEndpoint]:
    standings = office.standings([each.id for each in matters])
    return [webhooks.endpoint(office, each, standings[each.id]) for each in matters]


def _table(found: list[webhooks.WebhookEndpoint]) -> None:
    columns = ("id", "status", "types", "pending", "failures", "parked", "url")
    rows = []
    for each in found:
        counts = (
            ("-", "-", "-")
            if each.health is None
            else (each.health.pending, each.health.failures, each.health.parked)
        )
        types = ",".join(each.types) or "all"
        rows.append((each.id, each.status.value, types, *map(str, counts), each.url))
    table(columns, rows, right="pending failures parked")


@app.command
def deliveries(
    *,
    endpoint: Annotated[str | None, Parameter(help="Only to this endpoint.")] = None,
    status: Annotated[DeliveryStatus | None, Parameter(help="Only in this status.")] = None,
    event: Annotated[str | None, Parameter(help="Only of this event.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, of the newest events first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:
    """List what is owed to endpoints, and what became of it."""
    with books(place) as open_books:
        which = DeliveryFilter(endpoint=endpoint, status=status, event_id=event)
        found = _office(open_books).deliveries(which, None, limit)
        if place.json:
            emit_list(for_programs(webhook_deliveries.delivery(each)) for each in found)
        else:
            _delivery_table(found)


def _delivery_table(found: list[Delivery]) -> None:
    rows = [
        (each.id, str(each.sequence), each.type, each.status.value, str(each.tries),
         each.reason or "-")
        for each in found
    ]  # fmt: skip
    columns = ("id", "sequence", "event", "status", "tries", "reason")
    table(columns, rows, right="sequence tries")


@app.command
def delivery(identifier: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Show a delivery with its tries: status, latency, the beginning of each answer."""
    with books(place) as open_books:
        office = _office(open_books)
        found, tries = office.delivery(identifier), office.attempts(identifier)
        if place.json:
            emit(for_programs(webhook_deliveries.report(found, tries)))
            return
        _delivery_table([found])
        rows = [
            (each.at.text(), str(each.status or "-"), str(each.milliseconds),
             (each.error or each.reply).splitlines()[0] if each.error or each.reply else "-")
            for each in tries
        ]  # fmt: skip
        table(("at", "status", "ms", "answer"), rows, right="status ms")


@app.command
def retry(identifier: str, /, *, place: InLedger = IN_MAIN) -> None:
    """Queue a delivery again, whatever became of it."""
    with books(place) as open_books:
        found = _office(open_books).retry(identifier)
        if isinstance(found, Rejection):
            raise RefusedByRules(found)
        if place.json:
            emit(for_programs(webhook_deliveries.delivery(found)))
        else:
            say(f"{found.id} is tried again.")


@app.command
def replay(endpoint: str, first: int, last: int, /, *, place: InLedger = IN_MAIN) -> None:
    """Bring the events from a sequence through another to an endpoint again.

    partita webhooks replay whe_01M7W7N0R2QFH4PZWZ85JVAPF2 1 500
    """
    with books(place) as open_books:
        found = _office(open_books).replay(endpoint, first, last)
        if isinstance(found, Rejection):
            raise RefusedByRules(found)
        if place.json:
            emit(for_programs(webhook_deliveries.replay(found)))
        else:
            say(f"The events {first} to {last} are brought to {endpoint} again.")


@app.command
def run(*, place: InLedger = IN_MAIN) -> None:
    """Deliver what is due now, until nothing is. A worker does this by itself."""
    with books(place) as open_books:
        done = open_books.application.deliver_webhooks()
        if place.json:
            emit({"done": done})
        else:
            say(f"{done} things were done.")
