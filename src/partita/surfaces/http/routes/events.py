"""The event feed over HTTP: pages with a long poll, one event, and a stream of server-sent events.

Whoever waits here holds no thread (`surfaces/awaiting.py`), and those who wait at the same place
with the same filter share one reading of the journal.
"""

import re
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

import msgspec

from partita.engine.errors import PartitaError
from partita.engine.feed import EventFilter, FeedPage
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.paging import Page, page, whole_number
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Reply
from partita.surfaces.http.shapes import events as shapes
from partita.wiring import wanted_events

_URL = "/v1/events"
LONGEST_WAIT_SECONDS = 30
MOST_FOLLOWERS = 12_000
"""Below what a server takes at once, since they stay."""
HEARTBEAT_SECONDS, RETRY_MILLISECONDS = 15.0, 1_000
_PIECE_BYTES, _MOST_AT_ONCE, _FIRST = 1 << 18, 512, 64
"""A stream reads so many bytes at a time, as far as the events before tell what comes."""
_WAIT = re.compile(r"([0-9]{1,4})s?", re.ASCII)
_CLOUD_EVENT = b"application/cloudevents+json"
_encode = msgspec.json.Encoder().encode


class _Body(msgspec.Struct):
    """`EventsPage`, with events as the JSON that they are already."""

    data: list[msgspec.Raw]
    has_more: bool
    next_cursor: str | None
    upto: str
    object: str = "list"
    prev_cursor: None = None
    url: str = _URL


@operation(
    "GET", _URL, tag="Events", summary="Read the event feed",
    description="Every record of the journal is one event, from the first on, oldest first, without"
    " gaps. To follow it, ask again with `after` the `upto` of the last answer. With `wait`, an"
    " answer without events comes only after so long; it comes at once when there is one.",
    query=shapes.EventsQuery, reply=shapes.EventsPage,
    codes=("invalid_cursor", "cursor_mismatch", "temporary_reduced_capacity"),
)  # fmt: skip
async def read_events(call: Call) -> Reply:
    """Read events in their order, waiting for the next if there is none."""
    query: shapes.EventsQuery = call.query
    which, wanted, seconds = _filter(query), page(_URL, query), _wait(query.wait)
    after = wanted.number
    if after is None:
        after = _after(query.after)
    found = await _read(call, after, wanted.limit, which)
    if seconds and not found.events:
        _demand_room(call)
        with _following(call):
            found = await _await(call, found, wanted.limit, which, seconds)
    return await _page(call, found, wanted)


async def _await(
    call: Call, found: FeedPage, limit: int, which: EventFilter, seconds: int
) -> FeedPage:
    """The next page with something on it, or what there is when the time is over."""
    deadline = time.monotonic() + seconds
    while not found.events and not call.desk.awaiting.is_closed:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        after = found.upto
        found = await _read(call, after, limit, which)
        if found.upto == after:
            await call.desk.awaiting.beyond(call.info, after, left)
    return found


@contextmanager
def _following(call: Call) -> Iterator[None]:
    """Count one who stays, for as long as it does."""
    call.desk.followers += 1
    try:
        yield
    finally:
        call.desk.followers -= 1


def _demand_room(call: Call) -> None:
    """Refuse one more who would stay, before they take all the room that a server has."""
    if call.desk.followers >= MOST_FOLLOWERS:
        detail = f"{MOST_FOLLOWERS} readers follow events of this server already."
        raise Refusal("temporary_reduced_capacity", detail)


async def _page(call: Call, found: FeedPage, wanted: Page) -> Reply:
    name = ("head", call.info.number)
    head = await call.desk.awaiting.share(name, call.desk.store.head, call.info)
    has_more = found.upto < head.sequence
    body = _Body(
        data=[msgspec.Raw(event.cloud_event) for event in found.events],
        has_more=has_more,
        next_cursor=wanted.cursor(found.upto) if has_more else None,
        upto=str(found.upto),
    )
    return Reply(200, _encode(body))


@operation(
    "GET", f"{_URL}/stream", tag="Events", summary="Follow the event feed as server-sent events",
    description="Each message has the event as its data and the sequence as its id; a client that"
    " comes back with `Last-Event-ID` gets what follows, nothing twice and nothing left out."
    " Without that and `after` it begins with the first record. A heartbeat comes every 15 seconds.",
    query=shapes.StreamQuery, media_type="text/event-stream",
    codes=("temporary_reduced_capacity",),
)  # fmt: skip
async def stream_events(call: Call) -> Reply:
    """Send events as they come."""
    query: shapes.StreamQuery = call.query
    last = call.headers.get(b"last-event-id")
    if last is None:
        after = _after(query.after)
    else:
        # Whoever comes back knows better where it was than the address it began with.
        after = whole_number(last.decode("latin-1"), "Last-Event-ID")
    which = _filter(query)
    _demand_room(call)
    stream = _stream(call, after, which)
    return Reply(200, b"", media_type=b"text/event-stream", stream=stream)


async def _stream(call: Call, after: int, which: EventFilter) -> AsyncGenerator[bytes, None]:
    with _following(call):
        async with aclosing(_pieces(call, after, which)) as pieces:
            async for piece in pieces:
                yield piece


async def _pieces(call: Call, after: int, which: EventFilter) -> AsyncGenerator[bytes, None]:
    awaiting, limit = call.desk.awaiting, _FIRST
    told_at = time.monotonic()
    yield b"retry: %d\n\n" % RETRY_MILLISECONDS
    while not awaiting.is_closed:
        try:
            found = await _read(call, after, limit, which)
        except PartitaError:
            # What has happened the next request will tell; this one has its status already.
            yield b": the books cannot be read now; come back\n\n"
            return
        is_new, after = found.upto > after, found.upto
        if found.events:
            piece = b"".join(
                b"id: %d\ndata: %b\n\n" % (event.sequence, event.cloud_event)
                for event in found.events
            )
            limit = _fitting(len(piece) // len(found.events))
            told_at = time.monotonic()
            yield piece
        if is_new:
            continue
        left = told_at + HEARTBEAT_SECONDS - time.monotonic()
        if left > 0:
            await awaiting.beyond(call.info, after, left)
        else:
            # An id without data moves the place to come back to, and is no message.
            told_at = time.monotonic()
            yield b": still here\nid: %d\n\n" % after
    yield b": the server is stopping; come back\n\n"


def _fitting(bytes_each: int) -> int:
    """How many events of this size to read at a time: a power of two, so that many ask the same."""
    fitting = max(1, min(_MOST_AT_ONCE, _PIECE_BYTES // bytes_each))
    return 1 << fitting.bit_length() - 1


@operation(
    "GET", f"{_URL}/{{id:str}}", tag="Events", summary="Get an event",
    description="By its id (`evt_…`), as webhooks and brokers give it too.",
    reply=shapes.CloudEvent, media_type="application/cloudevents+json", codes=("not_found",),
)  # fmt: skip
async def get_event(call: Call) -> Reply:
    """Get one event."""
    identifier = call.path["id"]
    found = await call.read(call.desk.application.feed.find, call.info, identifier)
    if found is None:
        raise call.no_such("event", identifier[:60])
    return Reply(200, found.cloud_event, media_type=_CLOUD_EVENT)


async def _read(call: Call, after: int, limit: int, which: EventFilter) -> FeedPage:
    """A page of the feed; those who want the same one meanwhile get the same."""
    asked = (call.info.number, after, limit, which.types, which.subjects)
    feed = call.desk.application.feed
    return await call.desk.awaiting.share(asked, feed.read, call.info, after, limit, which)


def _after(text: str | None) -> int:
    return 0 if text is None else whole_number(text, "after")


def _wait(text: str | None) -> int:
    if text is None:
        return 0
    fits = _WAIT.fullmatch(text)
    if fits is None or int(fits[1]) > LONGEST_WAIT_SECONDS:
        detail = (
            f"wait is 0 to {LONGEST_WAIT_SECONDS} seconds, as '30' or '30s', not {text[:60]!r}."
        )
        raise Refusal("invalid_request", detail)
    return int(fits[1])


def _filter(query: shapes.StreamQuery) -> EventFilter:
    try:
        return wanted_events(_items(query.type), _items(query.subject))
    except ValueError as error:
        raise Refusal("invalid_request", f"In the query: {error}.") from None


def _items(text: str | None) -> list[str]:
    items = [] if text is None else text.split(",")
    if not all(items):
        raise Refusal("invalid_request", "In the query: something stands between any two commas.")
    return items


OPERATIONS = (read_events, stream_events, get_event)
