"""Intake: events come out of the feed and into the line of each endpoint that wants them.

Every endpoint has a cursor of its own and a window: never more than so many deliveries pend for it,
so that a dead one costs little room and no other any time. Rows come first and the cursor after
them; a crash in between queues the same rows again, which changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from partita.engine.consumer_ports import ConsumerKeeper
from partita.engine.delivery_ports import (
    Backlog,
    Delivery,
    DeliveryKeeper,
    Replay,
    delivery_id,
)
from partita.engine.feed import EventFilter, Feed, FeedEvent, FeedPage
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.webhooks.endpoint import FACTS, Endpoint, EndpointVerb
from partita.modules.webhooks.shelf import EventShelf

WINDOW = 1_000
"""Deliveries that pend for an endpoint, at most; replays included."""
PAGE = 500
_EVERYTHING = EventFilter()


class Served(NamedTuple):
    """An endpoint that events are brought to, with its matter."""

    matter: Matter
    endpoint: Endpoint

    @property
    def id(self) -> str:
        """The endpoint's id."""
        return self.matter.id

    def wants(self, event: FeedEvent) -> bool:
        """Whether an event is owed to it: by its types, or as the answer to somebody's test."""
        is_test = event.type == FACTS[EndpointVerb.TEST] and event.subject == self.id
        return is_test or EventFilter(types=self.endpoint.types).admits(event)

    @property
    def begins_after(self) -> int:
        """The sequence behind which events are owed to it at all."""
        after = self.endpoint.after
        return self.matter.number - 1 if after is None else after


class DeliveryStore(Reader, ConsumerKeeper, DeliveryKeeper, Protocol):
    """What webhooks need of a store."""


class Intake:
    """Fills the lines of a ledger's endpoints, page by page."""

    def __init__(self, store: DeliveryStore, feed: Feed, shelf: EventShelf) -> None:
        """Read this feed; put what is queued on the shelf too."""
        self._store, self._feed, self._shelf = store, feed, shelf

    def fill(
        self,
        ledger: LedgerInfo,
        served: Sequence[Served],
        backlogs: Mapping[str, Backlog],
        now: Moment,
    ) -> int:
        """Take each line with room for it a page further; how many records were looked at."""
        cursors = {each.consumer: each.sequence for each in self._store.cursors(ledger)}
        replays: dict[str, Replay] = {}
        for replay in self._store.replays(ledger):
            replays.setdefault(replay.endpoint, replay)
        pages = _Pages(self._feed, ledger)
        looked = 0
        for each in served:
            pending = backlogs[each.id].pending if each.id in backlogs else 0
            if pending > WINDOW - PAGE:
                continue
            if each.id in replays:
                looked += self._replay(ledger, each, replays[each.id], pages, now)
            else:
                cursor = cursors.get(consumer_of(each.id), 0)
                looked += self._follow(ledger, each, cursor, pages, now)
        return looked

    def _follow(
        self, ledger: LedgerInfo, served: Served, cursor: int, pages: "_Pages", now: Moment
    ) -> int:
        after = max(cursor, served.begins_after)
        page = pages.behind(after)
        if page.upto == cursor:
            return 0
        self._queue(ledger, served, page.events, now)
        # If another worker was first, it has queued the same.
        self._store.advance(ledger, consumer_of(served.id), held=cursor, to=page.upto)
        return page.upto - after

    def _replay(
        self, ledger: LedgerInfo, served: Served, replay: Replay, pages: "_Pages", now: Moment
    ) -> int:
        page = pages.behind(replay.after)
        events = [event for event in page.events if event.sequence <= replay.through]
        self._queue(ledger, served, events, now, again=True)
        is_end = page.upto == replay.after
        self._store.move_replay(ledger, replay, replay.through if is_end else page.upto)
        return max(1, page.upto - replay.after)

    def _queue(
        self,
        ledger: LedgerInfo,
        served: Served,
        events: Iterable[FeedEvent],
        now: Moment,
        *,
        again: bool = False,
    ) -> None:
        owed = [event for event in events if served.wants(event)]
        for event in owed:
            self._shelf.put(ledger, event)
        if owed:
            deliveries = [delivery_of(served.id, event, now) for event in owed]
            self._store.queue_deliveries(ledger, deliveries, again=again)


class _Pages:
    """Pages of one ledger, each read once a round: endpoints that keep up stand at the same place."""

    def __init__(self, feed: Feed, ledger: LedgerInfo) -> None:
        self._feed, self._ledger = feed, ledger
        self._read: dict[int, FeedPage] = {}

    def behind(self, after: int) -> FeedPage:
        """The page behind a sequence."""
        if after not in self._read:
            self._read[after] = self._feed.read(self._ledger, after, PAGE, _EVERYTHING)
        return self._read[after]


def consumer_of(endpoint: str) -> str:
    """The name under which an endpoint's cursor is kept."""
    return f"webhook:{endpoint}"


def delivery_of(endpoint: str, event: FeedEvent, now: Moment) -> Delivery:
    """What an endpoint is owed of an event, from now on."""
    return Delivery(
        id=delivery_id(endpoint, event.sequence, event.id),
        endpoint=endpoint,
        sequence=event.sequence,
        event_id=event.id,
        type=event.type,
        created_at=now,
        next_attempt_at=now,
    )
