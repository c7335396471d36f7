"""Tending the search view: what is fresh is gathered, and whole stretches are bound.

Each step follows from the rows alone: so it may be cut off anywhere and done again, and a view that was
built anew has the same rows as one that grew. A step moves what it takes, within one transaction.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator

from partita.engine.search.mentions import (
    STRETCH_BITS,
    as_set,
    mention,
    packed,
    set_bytes,
    set_from,
    unpacked,
)
from partita.engine.search.terms import TERM_BITS
from partita.engine.trailing.changes import Change, Put, Remove
from partita.engine.trailing.scanning import Condition, Scan, Test
from partita.engine.trailing.tables import Row

GATHERED = 2_048
"""How many fresh rows are gathered at once: so many are read for every question at most, or few more."""
LOOSE_BITS, BOUND_BITS = 8, 13
"""Loose and bound rows are in 2 to the power of so many buckets, by their terms' highest bits."""
_LOOSE_SHIFT, _BOUND_SHIFT = TERM_BITS - LOOSE_BITS, TERM_BITS - BOUND_BITS
FREQUENT_PLACES = 32
"""From so many places in a stretch on a term has a row of its own; fewer are smaller among others."""
LATE_GROUPS = 16
"""What comes for a stretch that was bound is bound once there are so many groups of it."""
_ALL = 1 << 31

Read = Callable[[Scan], list[Row]]


def loose_bucket(term: int) -> int:
    """In which loose rows a term is."""
    return term >> _LOOSE_SHIFT


def bound_bucket(term: int) -> int:
    """In which bound rows a term is."""
    return term >> _BOUND_SHIFT


def tend(read: Read) -> list[Change]:
    """The next step that is due; no change if none is."""
    known = [tuple(map(int, row)) for row in read(Scan("stretches", limit=_ALL))]  # type: ignore[arg-type]  # counts
    for stretch, groups, bound in known[:-1]:
        if groups >= (LATE_GROUPS if bound else 1):
            return [
                *_bind(read, stretch, is_bound=bool(bound)),
                Put("stretches", (stretch, 0, 1)),
            ]
    fresh = read(Scan("fresh", limit=GATHERED))
    if len(fresh) < GATHERED:
        return []
    return _gather(fresh, {stretch: (groups, bound) for stretch, groups, bound in known})


def _gather(fresh: list[Row], known: dict[int, tuple[int, int]]) -> list[Change]:
    buckets: dict[tuple[int, int], list[int]] = {}
    for _sequence, transaction, terms in fresh:
        assert isinstance(transaction, int), "as declared"
        assert isinstance(terms, bytes), "as declared"
        stretch = transaction >> STRETCH_BITS
        for term in unpacked(terms):
            buckets.setdefault((loose_bucket(term), stretch), []).append(mention(term, transaction))
    upto = fresh[-1][0]
    changes: list[Change] = [
        Put("loose", (bucket, stretch, upto, packed(sorted(set(mentions)))))
        for (bucket, stretch), mentions in buckets.items()
    ]
    changes += [Remove("fresh", row[:2]) for row in fresh]
    for stretch in {stretch for _bucket, stretch in buckets}:
        groups, bound = known.get(stretch, (0, 0))
        changes.append(Put("stretches", (stretch, groups + 1, bound)))
    return changes


def _bind(read: Read, stretch: int, *, is_bound: bool) -> Iterator[Change]:
    """Put the loose rows of a stretch among those that are bound."""
    of_stretch = (Condition("stretch", Test.EQUAL, stretch),)
    together: dict[int, array[int]] = {}
    for row in read(Scan("loose", where=of_stretch, limit=_ALL)):
        assert isinstance(row[0], int), "as declared"
        together.setdefault(row[0], array("Q")).extend(_numbers(row[3]))
        yield Remove("loose", row[:3])
    for bucket, mentions in together.items():
        frequent: dict[int, int] = {}
        if is_bound:
            mentions.extend(_bound_before(read, bucket, stretch))
            frequent = _frequent_before(read, bucket, stretch)
        yield from bound_rows(stretch, sorted(set(mentions)), frequent)


def _numbers(data: object) -> "array[int]":
    assert isinstance(data, bytes), "mentions are bytes"
    return unpacked(data)


def _bound_before(read: Read, bucket: int, stretch: int) -> Iterator[int]:
    width = BOUND_BITS - LOOSE_BITS
    of_stretch = Condition("stretch", Test.EQUAL, stretch)
    first, stop = bucket << width, bucket + 1 << width
    for row in read(Scan("bound", start=first, stop=stop, where=(of_stretch,), limit=_ALL)):
        yield from _numbers(row[2])


def _frequent_before(read: Read, bucket: int, stretch: int) -> dict[int, int]:
    of_stretch = Condition("stretch", Test.EQUAL, stretch)
    first, stop = bucket << _LOOSE_SHIFT, bucket + 1 << _LOOSE_SHIFT
    found = read(Scan("frequent", start=first, stop=stop, where=(of_stretch,), limit=_ALL))
    return {row[0]: set_from(row[2]) for row in found}  # type: ignore[arg-type,misc]  # as declared


def bound_rows(stretch: int, mentions: Iterable[int], frequent: dict[int, int]) -> Iterator[Put]:
    """Sorted mentions of one stretch as rows; `frequent` are the sets that are kept already."""
    kept: dict[int, list[int]] = {}
    for term, places in _by_term(mentions):
        held = frequent.get(term)
        if held is None and len(places) < FREQUENT_PLACES:
            base = term << STRETCH_BITS
            kept.setdefault(bound_bucket(term), []).extend(base | place for place in places)
        else:
            both = (held or 0) | as_set(places)
            yield Put("frequent", (term, stretch, set_bytes(both)))
    for bucket, rare in kept.items():
        yield Put("bound", (bucket, stretch, packed(rare)))


def _by_term(mentions: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
    mask = (1 << STRETCH_BITS) - 1
    current, places = -1, list[int]()
    for each in mentions:
        term = each >> STRETCH_BITS
        if term != current:
            if places:
                yield current, places
            current, places = term, []
        places.append(each & mask)
    if places:
        yield current, places
