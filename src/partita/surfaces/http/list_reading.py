"""Lists read to their end: the operation that answers a page is asked again, from cursor to cursor.

What is promised follows from the cursors. They are places in an order that does not change, so every
item that was there when it began and is there still comes exactly once. What is made meanwhile does
not come where the newest stand first; what changes meanwhile comes as it was when its page was read.
"""

import msgspec

from partita.modules.exports.lists import ListPage
from partita.surfaces.http.call import Call
from partita.surfaces.http.list_tables import ListTable
from partita.surfaces.http.operation import Operation
from partita.surfaces.http.paging import LARGEST_LIMIT
from partita.surfaces.http.refusal import Refusal


class ListPages:
    """The pages of one list under the filters of one call."""

    def __init__(self, call: Call, operation: Operation, table: ListTable) -> None:
        """Read on behalf of this call, whose query has the filters.

        Raises:
            Refusal: the query speaks of pages.
        """
        self._call, self._operation, self._table = call, operation, table
        self._query = call.query
        if self._query is not None and (self._query.limit, self._query.cursor) != (None, None):
            detail = "limit and cursor are for pages; a file has all of the list."
            raise Refusal("invalid_request", detail)

    async def page(self, cursor: str | None) -> ListPage:
        """The rows behind a cursor."""
        if self._query is not None:
            self._call.query = msgspec.structs.replace(
                self._query, limit=str(LARGEST_LIMIT), cursor=cursor
            )
        reply = await self._operation.handler(self._call)
        return await self._call.read(self._table.read, reply.body)
