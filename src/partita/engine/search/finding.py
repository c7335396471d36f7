"""Finding: sequences of transactions that have all that is needed, the newest first.

    fresh rows, loose and bound rows, frequent sets ─► one set a stretch and need ─► cut ─► places

The newest stretches are looked at first, then more at once: a page of what is frequent is found in
the first, and what is rare costs four questions however long the journal is.
"""

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from partita.engine.errors import SearchTooSlow
from partita.engine.ports import LedgerInfo
from partita.engine.search.mentions import (
    STRETCH,
    STRETCH_BITS,
    as_set,
    below,
    downwards,
    places_in,
    set_from,
    unpacked,
)
from partita.engine.search.ports import SearchIndex
from partita.engine.search.question import Need
from partita.engine.search.tending import GATHERED
from partita.engine.search.terms import Span
from partita.engine.trailing.ports import AnyView
from partita.engine.trailing.scanning import Scan

MOST_FRESH = 2 * GATHERED
"""More than are ever left ungathered."""
FEW = 256
"""So few places are looked up in the journal in some ten milliseconds."""
_FIRST_STRETCHES, _GROWTH = 4, 6

Sets = dict[tuple[int, int], int]
"""Sets of places by span and stretch."""


LONGEST_SECONDS = 10.0


class Finder:
    """Finds in the search view of one ledger, as it stands when this is made."""

    def __init__(self, index: SearchIndex, ledger: LedgerInfo, view: AnyView) -> None:
        """Look at this index."""
        self._until = time.monotonic() + LONGEST_SECONDS
        self._index, self._ledger, self._view = index, ledger, view
        fresh = index.scan(ledger, view, Scan("fresh", limit=MOST_FRESH + 1))
        self.sequence = fresh.sequence
        self._fresh = [
            (transaction, unpacked(terms))
            for _sequence, transaction, terms in fresh.rows
            if isinstance(transaction, int) and isinstance(terms, bytes)
        ]
        assert len(self._fresh) == len(fresh.rows) <= MOST_FRESH, "tended after each batch"

    def sequences(self, wanted: Sequence[Need], first: int, beyond: int) -> Iterator[int]:
        """Sequences of transactions from `first` on, below `beyond`, that have all that is wanted."""
        last_stretch = min(beyond - 1, self.sequence) >> STRETCH_BITS
        upper, count = last_stretch + 1, _FIRST_STRETCHES
        lowest = max(0, first) >> STRETCH_BITS
        while upper > lowest:
            self.check_time()
            lower = max(lowest, upper - count)
            yield from self._among(wanted, (lower, upper), (first, beyond))
            upper, count = lower, count * _GROWTH

    def check_time(self) -> None:
        """Refuse to go on for too long.

        Raises:
            SearchTooSlow: it has taken longer than a search may.
        """
        if time.monotonic() > self._until:
            raise SearchTooSlow(
                f"the search took more than {LONGEST_SECONDS:g} s; narrow it by time, or by a rarer word"
            )

    def _among(
        self, wanted: Sequence[Need], stretches: tuple[int, int], bounds: tuple[int, int]
    ) -> Iterator[int]:
        first, beyond = bounds
        found = self._found(wanted, stretches)
        for stretch in range(stretches[1] - 1, stretches[0] - 1, -1):
            start = stretch << STRETCH_BITS
            for place in downwards(below(found.get(stretch, 0), min(STRETCH, beyond - start))):
                if start + place < first:
                    break
                yield start + place

    def _found(self, wanted: Sequence[Need], stretches: tuple[int, int]) -> dict[int, int]:
        """The places of each stretch that have what is wanted, as far as it is worth looking.

        Ranges are many terms. Where single terms have left a few places, those are handed over as
        they are: to look them up costs less than to read what may be megabytes of sets.
        """
        single = [need for need in wanted if len(need.spans) == 1 and not need.without]
        wide = [need for need in wanted if need not in single]
        found = self._cut(single, stretches) if single else None
        is_few = found is not None and sum(each.bit_count() for each in found.values()) <= FEW
        if is_few or not wide:
            return found or {}
        within = self._cut(wide, stretches)
        if found is None:
            return within
        return {stretch: places & within.get(stretch, 0) for stretch, places in found.items()}

    def _cut(self, wanted: Sequence[Need], stretches: tuple[int, int]) -> dict[int, int]:
        spans = [span for need in wanted for span in (*need.spans, *need.without)]
        sets = self._sets(spans, *stretches)
        return {stretch: _cut(wanted, sets, stretch) for stretch in range(*stretches)}

    def _sets(self, spans: Sequence[Span], lower: int, upper: int) -> Sets:
        sets: Sets = {}
        places: dict[tuple[int, int], list[int]] = {}
        for transaction, terms in self._fresh:
            stretch = transaction >> STRETCH_BITS
            if lower <= stretch < upper:
                for asked, span in enumerate(spans):
                    start = bisect_left(terms, span.low)
                    if start < len(terms) and terms[start] < span.high:
                        place = transaction & STRETCH - 1
                        places.setdefault((asked, stretch), []).append(place)
        for asked, stretch, mentions, kept in self._index.pieces(
            self._ledger, self._view, spans, lower, upper
        ):
            key = (asked, stretch)
            if kept is not None:
                sets[key] = sets.get(key, 0) | set_from(kept)
            elif mentions is not None:
                places.setdefault(key, []).extend(places_in(unpacked(mentions), spans[asked]))
        for key, some in places.items():
            if some:
                sets[key] = sets.get(key, 0) | as_set(some)
        return sets


def _cut(wanted: Sequence[Need], sets: Sets, stretch: int) -> int:
    """The places of a stretch that have all that is wanted."""
    asked, found = 0, -1
    for need in wanted:
        joined = without = 0
        for _span in need.spans:
            joined |= sets.get((asked, stretch), 0)
            asked += 1
        for _span in need.without:
            without |= sets.get((asked, stretch), 0)
            asked += 1
        found &= joined & ~without
    return found
