"""Where the command line reads events: in the books at a place, or from a server by its address.

Both give the same pages of the same events, byte for byte, and wait for the next in their own way:
the books are looked at four times a second, a server is asked by a long poll.
"""

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol
from urllib.parse import urlencode, urlsplit

import msgspec
from cyclopts import Parameter

from partita.config import DEFAULT_LEDGER
from partita.engine.cloud_events import read_event
from partita.surfaces.cli.failures import DENIED, RETRY, USAGE, CommandFailed
from partita.surfaces.cli.place import InLedger, books
from partita.surfaces.cli.talk import say

if TYPE_CHECKING:  # what the feed stands on loads the store's drivers
    from partita.engine.feed import EventFilter, FeedPage
    from partita.surfaces.cli.place import Books

_LOOK_SECONDS, _POLL_SECONDS, _PATIENCE_SECONDS = 0.25, 20, 30.0
_PAUSES_SECONDS = (0.5, 1.0, 2.0, 5.0)
_NOT_ALLOWED = {401, 403}


@Parameter(name="*")
@dataclass(frozen=True)
class Whence(InLedger):
    """Books at a place, or a server."""

    url: Annotated[str | None, Parameter(help="A server's address, instead of the books.")] = None
    key: Annotated[
        str | None, Parameter(env_var="PARTITA_KEY", help="API key for it [PARTITA_KEY].")
    ] = None


FROM_HERE = Whence()


class EventSource(Protocol):
    """Something that events are read from."""

    def head(self) -> int:
        """The sequence of the last event there is."""
        ...

    def read(self, after: int, limit: int, *, waits: bool = False) -> "FeedPage":
        """Events above a sequence; one that waits comes later if there is none now."""
        ...

    def find(self, identifier: str) -> bytes | None:
        """One event by its id, as JSON."""
        ...


@contextmanager
def event_source(
    whence: Whence, types: tuple[str, ...] = (), subjects: tuple[str, ...] = ()
) -> Iterator[EventSource]:
    """The source that is meant, with a filter.

    Raises:
        CommandFailed: there are no books, or no such type of event; the server refuses.
    """
    if whence.url is not None:
        yield _Server(whence, types, subjects)
        return
    from partita.wiring import wanted_events  # noqa: PLC0415 - it loads the store's drivers

    try:
        which = wanted_events(types, subjects)
    except ValueError as error:
        raise CommandFailed(f"{error}.", "see docs/events.md.", status=USAGE) from None
    with books(whence) as open_books:
        yield _Here(open_books, which)


class _Here:
    """The books at a place."""

    def __init__(self, open_books: "Books", which: "EventFilter") -> None:
        self._books, self._which = open_books, which

    def head(self) -> int:
        return self._books.store.head(self._books.info).sequence

    def read(self, after: int, limit: int, *, waits: bool = False) -> "FeedPage":
        feed, deadline = self._books.application.feed, time.monotonic() + _POLL_SECONDS
        while True:
            page = feed.read(self._books.info, after, limit, self._which)
            if page.upto > after or not waits or time.monotonic() > deadline:
                return page
            time.sleep(_LOOK_SECONDS)

    def find(self, identifier: str) -> bytes | None:
        found = self._books.application.feed.find(self._books.info, identifier)
        return None if found is None else found.cloud_event


class _Page(msgspec.Struct):
    """A server's page of events."""

    data: list[msgspec.Raw]
    upto: str


class _Server:
    """A server, over one connection that is made again when it breaks."""

    def __init__(self, whence: Whence, types: tuple[str, ...], subjects: tuple[str, ...]) -> None:
        parts = urlsplit(whence.url or "")
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            problem = f"{whence.url!r} is no address of a server."
            raise CommandFailed(problem, "write --url http://127.0.0.1:8080.", status=USAGE)
        if whence.key is None:
            problem = "A server is asked with an API key."
            raise CommandFailed(problem, "add --key, or set PARTITA_KEY.", status=USAGE)
        self._url, self._netloc = parts.path.rstrip("/"), parts.netloc
        self._is_safe = parts.scheme == "https"
        self._headers = {"Authorization": f"Bearer {whence.key}"}
        if whence.ledger != DEFAULT_LEDGER:
            self._headers["Ledger"] = whence.ledger
        wanted = {"type": ",".join(types), "subject": ",".join(subjects)}
        self._wanted = {name: value for name, value in wanted.items() if value}
        self._connection: http.client.HTTPConnection | None = None

    def head(self) -> int:
        return int(json.loads(self._ask("/v1/journal/head"))["sequence"])

    def read(self, after: int, limit: int, *, waits: bool = False) -> "FeedPage":
        from partita.engine.feed import FeedPage  # noqa: PLC0415 - as above

        asked: dict[str, Any] = {"after": after, "limit": limit, **self._wanted}
        if waits:
            asked["wait"] = _POLL_SECONDS
        answer = self._patiently if waits else self._ask
        page = msgspec.json.decode(answer(f"/v1/events?{urlencode(asked)}"), type=_Page)
        return FeedPage([read_event(bytes(raw)) for raw in page.data], int(page.upto))

    def find(self, identifier: str) -> bytes | None:
        try:
            return self._ask(f"/v1/events/{identifier}")
        except _NotThere:
            return None

    def _patiently(self, address: str) -> bytes:
        """The answer, however often the server has to be asked for it."""
        pauses = iter(_PAUSES_SECONDS)
        while True:
            try:
                return self._ask(address)
            except CommandFailed as error:
                if error.status != RETRY:
                    raise
                say(f"{error.problem} Trying again.")
                time.sleep(next(pauses, _PAUSES_SECONDS[-1]))

    def _ask(self, address: str) -> bytes:
        is_used = self._connection is not None
        try:
            status, body = self._exchange(address)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            if is_used:  # the server may have closed it long ago, which says nothing
                return self._ask(address)
            problem = f"The server at {self._netloc} does not answer: {error}."
            raise CommandFailed(problem, "see that it runs.", status=RETRY) from None
        if status != http.HTTPStatus.OK:
            self._drop()
            raise _refusal(status, body)
        return body

    def _exchange(self, address: str) -> tuple[int, bytes]:
        connection = self._connection = self._connection or self._connect()
        connection.request("GET", self._url + address, headers=self._headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def _connect(self) -> http.client.HTTPConnection:
        if self._is_safe:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self._netloc, timeout=_PATIENCE_SECONDS, context=context
            )
        return http.client.HTTPConnection(self._netloc, timeout=_PATIENCE_SECONDS)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _NotThere(CommandFailed):
    """The server has no such thing."""


def _refusal(status: int, body: bytes) -> CommandFailed:
    """What a server said no with."""
    try:
        problem = json.loads(body)
        said, mend = str(problem["detail"]), str(problem["fix"])
    except (ValueError, KeyError, TypeError):
        said, mend = f"The server answers {status}.", "see that this is a Partita server."
    if status == http.HTTPStatus.NOT_FOUND:
        return _NotThere(said, mend)
    if status in _NOT_ALLOWED:
        return CommandFailed(said, mend, status=DENIED)
    return CommandFailed(said, mend, status=RETRY if status >= 500 else USAGE)
