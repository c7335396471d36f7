"""What a program does in the library about events: read the feed, and follow it."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from partita.engine.errors import NotFound
from partita.engine.feed import EventFilter, FeedEvent
from partita.engine.ledger import Ledger
from partita.surfaces.awaiting import Awaiting
from partita.wiring import Application, wanted_events

_PAGE = 500
_LONGEST_SECONDS = 60.0


class EventMethods:
    """The methods of `LibraryLedger` about events."""

    _application: Application
    _ledger: Ledger

    def events(
        self,
        after: int = 0,
        *,
        types: Sequence[str] = (),
        subjects: Sequence[str] = (),
        follow: bool = False,
    ) -> AsyncIterator[FeedEvent]:
        """The ledger's events above a sequence, in order, from the first record on.

        `types` are such as `payment.settled` or `payment.*`, `subjects` ids of resources. It ends
        with the last event there is; to `follow` is to wait for more, for as long as one listens.

        Raises:
            ValueError: there is no such type of event.
        """
        return self._events(after, wanted_events(types, subjects), follow=follow)

    async def event(self, identifier: str) -> FeedEvent:
        """The event of an id (`evt_…`).

        Raises:
            NotFound: there is none.
        """
        feed = self._application.feed
        found = await asyncio.to_thread(feed.find, self._ledger.info, identifier)
        if found is None:
            raise NotFound(f"there is no event {identifier!r:.60} in this ledger")
        return found

    async def _events(
        self, after: int, which: EventFilter, *, follow: bool
    ) -> AsyncIterator[FeedEvent]:
        application, info = self._application, self._ledger.info
        awaiting = Awaiting(application.bell, application.store, asyncio.to_thread)
        try:
            while True:
                page = await asyncio.to_thread(application.feed.read, info, after, _PAGE, which)
                for event in page.events:
                    yield event
                if page.upto > after:
                    after = page.upto
                elif follow:
                    await awaiting.beyond(info, after, _LONGEST_SECONDS)
                else:
                    return
        finally:
            awaiting.close()
