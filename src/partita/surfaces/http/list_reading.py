"""Lists read to their end: the operation that answers a page is asked again, from cursor to cursor.

What is promised follows from the cursors. They are places in an order that does not change, so every
item that was there when it began and is there still comes exactly once. What is made meanwhile does
not come where the newest stand first; what changes meanwhile comes as it was when its page was read.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from partita.engine.access import Scope
from partita.engine.ports import ApiKey
from partita.kernel.moment import Moment
from partita.modules.exports.lists import KnownList, ListPage, ListRefused, ListWish
from partita.modules.exports.table import Column
from partita.surfaces.http.call import Call
from partita.surfaces.http.desk import Desk
from partita.surfaces.http.documents import Documents
from partita.surfaces.http.list_catalogue import Catalogue, FoundList, table_of
from partita.surfaces.http.list_tables import ListTable
from partita.surfaces.http.operation import Operation
from partita.surfaces.http.paging import LARGEST_LIMIT, place_of
from partita.surfaces.http.query_input import refuse_any
from partita.surfaces.http.refusal import Refusal
from partita.wiring import Application


class ListPages:
    """The pages of one list under the filters of one call."""

    def __init__(self, call: Call, operation: Operation, table: ListTable) -> None:
        """Read on behalf of this call, whose query has the filters.

        Raises:
            Refusal: the query speaks of pages.
        """
        self._call, self._operation, self._table = call, operation, table
        self._query = call.query
        _refuse_pages(self._query)

    async def page(self, cursor: str | None) -> ListPage:
        """The rows behind a cursor."""
        if self._query is not None:
            self._call.query = msgspec.structs.replace(
                self._query, limit=str(LARGEST_LIMIT), cursor=cursor
            )
        reply = await self._operation.handler(self._call)
        page: ListPage = await self._call.read(self._table.read, reply.body)
        return page._replace(place=place_of(page.next_cursor))


def _refuse_pages(query: Any) -> None:
    if query is not None and (query.limit, query.cursor) != (None, None):
        detail = "limit and cursor are for pages; a file has all of the list."
        raise Refusal("invalid_request", detail)


class BlockingLists:
    """Lists for threads that have no event loop: the worker's, the command line's.

    Each page is asked for in a loop of its own making, by the very operation that answers over HTTP.
    """

    def __init__(self, application: Application, operations: Sequence[Operation]) -> None:
        """Read the lists among these operations."""
        self._application, self._operations = application, operations
        self._catalogue = Catalogue(operations)
        self._runner = asyncio.Runner()
        self._desk: Desk | None = None
        self._lock = threading.Lock()

    def known(self) -> list[KnownList]:
        """All lists, by name."""
        return self._catalogue.known()

    def open(self, ledger: str, wish: ListWish) -> "OpenedList":
        """A list of a ledger.

        Raises:
            ListRefused: there is none, or it has no such filters.
        """
        try:
            found = self._catalogue.find(wish.list)
            table = table_of(found.operation, wish.each)
            given, query = urlencode(wish.filters).encode(), None
            if found.operation.queries is not None:
                query = found.operation.queries.read(given)
            else:
                refuse_any(given)
            _refuse_pages(query)
        except Refusal as error:
            raise ListRefused(error.detail) from None
        return OpenedList(self, ledger, found, table, query, wish.reach)

    def run(self, ask: Callable[[Desk], Coroutine[Any, Any, ListPage]]) -> ListPage:
        """Have something asked at this reader's desk.

        Raises:
            ListRefused: the list cannot be read as it was asked for.
        """
        with self._lock:
            return self._runner.run(self._asked(ask))

    async def _asked(self, ask: Callable[[Desk], Coroutine[Any, Any, ListPage]]) -> ListPage:
        if self._desk is None:
            documents = Documents(self._operations)
            self._desk = Desk(self._application, documents, reading_threads=1)
        try:
            return await ask(self._desk)
        except Refusal as error:
            raise ListRefused(error.detail) from None

    def close(self) -> None:
        """Let go of the loop and its threads."""
        with self._lock:
            if self._desk is not None:
                self._desk.close()
            self._runner.close()


class OpenedList:
    """One list of one ledger under its filters, read without an event loop."""

    def __init__(
        self, lists: BlockingLists, ledger: str, found: FoundList, table: ListTable, query: Any,
        reach: str,
    ) -> None:  # fmt: skip
        """Read it by these lists, seeing what a key for `reach` sees."""
        self._lists, self._ledger, self._found = lists, ledger, found
        self._table, self._query, self._reach = table, query, reach

    @property
    def columns(self) -> tuple[Column, ...]:
        """What its rows hold."""
        return self._table.columns

    def page(self, cursor: str | None) -> ListPage:
        """The rows behind a cursor; None is the beginning.

        Raises:
            ListRefused: the list cannot be read as it was asked for.
        """
        return self._lists.run(lambda desk: self._page(desk, cursor))

    async def _page(self, desk: Desk, cursor: str | None) -> ListPage:
        call = Call(desk, desk.request_ids(), self._found.path)
        call.books = await desk.books(self._ledger)
        call.api_key = _reader(self._reach)
        call.query = self._query
        return await ListPages(call, self._found.operation, self._table).page(cursor)


def _reader(reach: str) -> ApiKey:
    """A key that stands for whoever asked: it is in no keyring, and reads only."""
    return ApiKey("export", reach, "export", Scope.READ.value, b"", Moment(0))
