"""Search: transactions that answer a question, the newest first.

The search view says where to look; each transaction found is looked at once more as it is now, since
terms stay when an edit takes away what they stood for. So an answer is never wrong, and complete up
to the sequence it tells.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from partita.engine.ports import LedgerInfo, Reader
from partita.engine.search.finding import Finder
from partita.engine.search.ports import SearchIndex
from partita.engine.search.question import Found, Question, admits, needs
from partita.journal.record import Record
from partita.kernel import events
from partita.kernel.moment import EARLIEST, LATEST, Moment
from partita.kernel.pending import Transaction
from partita.kernel.transacting import transaction_of
from partita.views.reading.looking import Seen
from partita.views.search import SEARCH

_FEWEST_AT_ONCE, _MOST_AT_ONCE = 64, 1_024
_BEYOND = 1 << 62


class SearchPlace(NamedTuple):
    """What is searched: the journal of a ledger, by its search index."""

    shelf: Reader
    search_index: SearchIndex
    ledger: LedgerInfo


def search(
    place: SearchPlace, asked: Question, before: int | None, limit: int
) -> Seen[list[Record]]:
    """The records by which transactions came into being that are answers, below a sequence.

    Raises:
        SearchRefused: the question cannot be meant.
        SearchTooSlow: it took longer than it may.
    """
    wanted = needs(asked)
    finder = Finder(place.search_index, place.ledger, SEARCH)
    if wanted is None:
        return Seen([], finder.sequence)
    first, beyond = _bounds(place, asked)
    beyond = min(beyond, before or _BEYOND, finder.sequence + 1)
    sequences = finder.sequences(wanted, first, beyond) if first < beyond else iter(())
    answers = chain.from_iterable(
        _admitted(place, asked, some) for some in _growing(finder, sequences, limit)
    )
    return Seen(list(islice(answers, limit)), finder.sequence)


def _bounds(place: SearchPlace, asked: Question) -> tuple[int, int]:
    """The sequences within which the recorded range lies: from the first, below the second."""
    since, until = asked.recorded_from, asked.recorded_to
    first, beyond = 1, _BEYOND
    if since is not None and since > EARLIEST:
        first = place.shelf.sequence_at(place.ledger, Moment(since - 1)) + 1
    if until is not None and until <= LATEST:
        beyond = place.shelf.sequence_at(place.ledger, Moment(max(until - 1, EARLIEST))) + 1
    return first, beyond


def _growing(finder: Finder, sequences: Iterable[int], limit: int) -> Iterator[tuple[int, ...]]:
    """Sequences in batches: the first is a page, which is nearly always enough."""
    rest, count = iter(sequences), max(limit, _FEWEST_AT_ONCE)
    while some := tuple(islice(rest, count)):
        finder.check_time()
        yield some
        count = _MOST_AT_ONCE


def _admitted(place: SearchPlace, asked: Question, sequences: tuple[int, ...]) -> Iterator[Record]:
    records = place.shelf.records_at(place.ledger, sequences)
    ids = [record.event.id for record in records]
    states = {
        each.id: each
        for each in place.shelf.resources_by_id(place.ledger, ids)
        if isinstance(each, Transaction)
    }
    for record in records:
        now = states.get(record.event.id) or transaction_of(record.event, record.sequence)
        assert now is not None, "only transactions have terms"
        reason = (
            record.event.reason if isinstance(record.event, events.TransactionReversed) else None
        )
        found = Found(now, record.recorded_at, record.cause.key, reason or now.reason)
        if admits(asked, found):
            yield record
