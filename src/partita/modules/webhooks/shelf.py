"""The shelf: events that were read a moment ago and are about to be sent, so that none is read twice."""

from collections import OrderedDict

from partita.engine.feed import EventFilter, Feed, FeedEvent
from partita.engine.ports import LedgerInfo

_MOST_EVENTS, _MOST_BYTES = 4_096, 32 * 1024 * 1024
_EVERYTHING = EventFilter()


class EventShelf:
    """Events by ledger and sequence, as many as memory should hold; the others come of the feed."""

    def __init__(self, feed: Feed) -> None:
        """Read what is missing from this feed."""
        self._feed = feed
        self._events: OrderedDict[tuple[int, int], FeedEvent] = OrderedDict()
        self._bytes = 0

    def put(self, ledger: LedgerInfo, event: FeedEvent) -> None:
        """Keep an event at hand; the oldest make room."""
        place = ledger.number, event.sequence
        if place in self._events:
            return
        self._events[place] = event
        self._bytes += len(event.cloud_event)
        while len(self._events) > _MOST_EVENTS or self._bytes > _MOST_BYTES:
            _, oldest = self._events.popitem(last=False)
            self._bytes -= len(oldest.cloud_event)

    def event(self, ledger: LedgerInfo, sequence: int) -> FeedEvent:
        """The event of a sequence, which the journal has."""
        held = self._events.get((ledger.number, sequence))
        if held is not None:
            return held
        (event,) = self._feed.read(ledger, sequence - 1, 1, _EVERYTHING).events
        assert event.sequence == sequence, "a journal has no gaps"
        return event
