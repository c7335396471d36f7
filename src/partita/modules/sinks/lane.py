"""A lane: the way of one ledger's events to one sink, a window at a time.

    feed ── behind the cursor ──► broker ── safe with it ──► cursor

The cursor moves after the broker has the events, so a crash in between sends some again and never
leaves one out. An event that the broker would not take is tried alone, five times in all, and then set
aside: only then do the others go on, so order holds.
"""

import logging
from typing import NamedTuple

from partita.engine.consumer_ports import ConsumerKeeper, Parked
from partita.engine.feed import EventFilter, Feed, FeedEvent
from partita.engine.ports import Clock, LedgerInfo
from partita.modules.sinks.contract import Broker, BrokerUnavailable
from partita.modules.sinks.sink import Sink, consumer_of

WINDOW = 1_000
MOST_TRIES = 5
_log = logging.getLogger(__name__)


class End(NamedTuple):
    """Where a lane ends: a ledger's sink, and the broker behind it."""

    info: LedgerInfo
    identifier: str
    sink: Sink
    broker: Broker


class Lane:
    """One sink of one ledger; belongs to one thread."""

    def __init__(self, end: End, feed: Feed, keeper: ConsumerKeeper, clock: Clock) -> None:
        """Go on from where the sink's cursor stands."""
        self._info, self._sink, self._broker = end.info, end.sink, end.broker
        self._consumer = consumer_of(end.identifier, end.sink)
        self._feed, self._keeper, self._clock = feed, keeper, clock
        self._which = EventFilter(end.sink.types)
        self._tried: dict[int, int] = {}

    def step(self) -> int:
        """Take the sink one window on; how many records that was.

        Raises:
            BrokerUnavailable: it must be tried again later.
        """
        held = self._keeper.cursor(self._info, self._consumer)
        start = max(held, self._sink.after)
        # An event that was refused before goes alone, so that nothing passes it.
        limit = 1 if self._tried else WINDOW
        page = self._feed.read(self._info, start, limit, self._which)
        upto = self._sent(page.events, page.upto)
        if upto > held:
            self._keeper.advance(self._info, self._consumer, held=held, to=upto)
        return max(0, upto - start)

    def _sent(self, events: list[FeedEvent], upto: int) -> int:
        """Send events; the sequence up to which all is done with."""
        if not events:
            return upto
        published = self._broker.publish(events)
        if published.safe:
            self._tried.clear()
        if published.safe == len(events):
            return upto
        if published.refused is None:
            assert published.safe, "a broker that takes nothing says that it is away"
            return events[published.safe - 1].sequence
        refused = events[published.safe]
        if self._is_given_up(refused, published.refused):
            return refused.sequence
        return events[published.safe - 1].sequence if published.safe else 0

    def _is_given_up(self, event: FeedEvent, error: str) -> bool:
        """Count a try of an event that was refused; set it aside when it was the last."""
        tries = self._tried.get(event.sequence, 0) + 1
        self._tried = {event.sequence: tries}
        if tries < MOST_TRIES:
            return False
        parked = Parked(
            self._consumer, event.sequence, event.id, event.type, tries, "", self._clock.now()
        )
        self._keeper.park(self._info, Parked.of(parked, error=error))
        self._tried.clear()
        _log.error("%s is set aside: the sink %s refuses it: %s", event.id, self._sink.name, error)
        self._bury(event, error)
        return True

    def _bury(self, event: FeedEvent, error: str) -> None:
        """Tell the dead letters, if that goes: where there are none, the others flow all the same."""
        try:
            self._broker.bury(event, error)
        except BrokerUnavailable as trouble:
            _log.warning("the dead letters of %s were not told: %s", self._sink.name, trouble)
