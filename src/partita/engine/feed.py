"""The event feed: a ledger's journal as events, in order, without gaps, from the first record on.

    journal ── bodies ──► feed_event (`cloud_events.py`) ── EventFilter ──► FeedPage ──► who follows

Nothing is kept for it: whoever knows the sequence of the last event it saw goes on from there, and
every reader gets the same events. So all that leaves a ledger, by poll, stream, webhook or broker,
reads here.
"""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from functools import lru_cache

import msgspec

from partita.engine.cloud_events import (
    ID_PREFIX,
    FeedEvent,
    feed_event,
    short_type,
    type_in,
)
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.identifiers import number_in

__all__ = ["EventFilter", "Feed", "FeedEvent", "FeedPage", "event_filter", "feed_event"]

_LOOKED_AT_ONCE, _LOOKED_AT_MOST = 500, 5_000
"""Records that a filtered reading takes at a time, and in all before it tells how far it came."""
_ID_LENGTH, _HIGHEST_SEQUENCE = 30, 2**62
_RECORD_PREFIXES = ("evt_", "txn_", "hld_", "acc_", "doc_", "lim_", "prd_", "ast_", "ldg_")
"""What the ids of records begin with, the frequent ones first."""


class EventFilter(msgspec.Struct, frozen=True):
    """Which events are wanted; without any of a sort, all.

    `types` are records' types (`payment.settled`), or all types of a resource (`payment.*`);
    `subjects` ids of resources. What comes from outside goes through `event_filter`.
    """

    types: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether everything passes."""
        return not self.types and not self.subjects

    def admits(self, event: FeedEvent) -> bool:
        """Whether an event is wanted."""
        return self.admits_type(event.type) and (
            not self.subjects or event.subject in self.subjects
        )

    def admits_type(self, type: str) -> bool:
        """Whether events of a type are wanted, of whatever subject."""
        return not self.types or _is_among(type, self.types)


class FeedPage(msgspec.Struct, frozen=True):
    """Some events, and how far the journal was looked through for them.

    Whoever reads on goes on after `upto`, also if nothing of what was looked at was wanted.
    """

    events: list[FeedEvent]
    upto: int


class Feed:
    """Reads journals as events."""

    def __init__(self, store: Reader) -> None:
        """Read from this store."""
        self._store = store

    def read(self, ledger: LedgerInfo, after: int, limit: int, which: EventFilter) -> FeedPage:
        """Events above a sequence, at most `limit`, in order.

        A page may be short, or empty, with more behind it: then `upto` is above `after`.
        """
        assert after >= 0, "sequences begin with 1"
        if which.is_open:
            bodies = self._store.bodies(ledger, after, limit)
            return FeedPage([feed_event(ledger.name, body) for body in bodies], after + len(bodies))
        return self._search(ledger, after, limit, which)

    def find(self, ledger: LedgerInfo, identifier: str) -> FeedEvent | None:
        """The event of an id; None if there is none."""
        place = number_in(identifier)
        if place is None or len(identifier) != _ID_LENGTH or not identifier.startswith(ID_PREFIX):
            return None
        if place <= _HIGHEST_SEQUENCE and (event := self._at(ledger, place, identifier)):
            return event  # else chance has made letters that are a small number
        for prefix in _RECORD_PREFIXES:
            record = self._store.record_by_id(ledger, prefix + identifier.removeprefix(ID_PREFIX))
            if record is not None:
                return feed_event(ledger.name, record.body)
        return None

    def _at(self, ledger: LedgerInfo, sequence: int, identifier: str) -> FeedEvent | None:
        """The event at a place, if it is the one that is meant."""
        for body in self._store.bodies(ledger, sequence - 1, 1) if sequence else ():
            event = feed_event(ledger.name, body)
            return event if event.id == identifier else None
        return None

    def _search(self, ledger: LedgerInfo, after: int, limit: int, which: EventFilter) -> FeedPage:
        found: list[FeedEvent] = []
        upto = after
        while upto < after + _LOOKED_AT_MOST:
            bodies = self._store.bodies(ledger, upto, _LOOKED_AT_ONCE)
            for body in bodies:
                if len(found) == limit:
                    return FeedPage(found, upto)
                upto += 1
                if which.admits_type(type_in(body)):
                    event = feed_event(ledger.name, body)
                    assert event.sequence == upto, "a journal has no gaps"
                    if which.admits(event):
                        found.append(event)
            if len(bodies) < _LOOKED_AT_ONCE:
                break
        return FeedPage(found, upto)


def event_filter(
    types: Sequence[str], subjects: Sequence[str], known: Collection[str]
) -> EventFilter:
    """A filter as somebody outside asks for it; full names of types are known too.

    Raises:
        ValueError: there is no such type of event, as far as is `known`.
    """
    return EventFilter(
        tuple(dict.fromkeys(_known_type(each, known) for each in types)),
        tuple(dict.fromkeys(subjects)),
    )


def _known_type(asked: str, known: Collection[str]) -> str:
    """A type, or a pattern of types, without the stem and the version around it."""
    name = short_type(asked)
    if name in known or name == "*":
        return name
    if name.endswith(".*") and any(each.startswith(name[:-1]) for each in known):
        return name
    near = get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise ValueError(
        f"there is no type of event {asked!r:.80}{hint} Types are such as 'transaction.posted',"
        " 'transaction.*' or 'dev.partita.transaction.posted.v1'"
    )


@lru_cache(maxsize=4096)
def _is_among(type: str, patterns: tuple[str, ...]) -> bool:
    """Whether a type is one of these, or begins as one of the patterns does."""
    return any(
        type.startswith(each[:-1]) if each.endswith("*") else type == each for each in patterns
    )
