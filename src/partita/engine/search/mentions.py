"""Mentions: that a transaction has a term, as one number of 64 bits, and sets of transactions.

Sequences are cut into *stretches* of 65,536. A mention is the term and, in the lowest 16 bits, the
place in the stretch; so a row of sorted mentions holds all there is of neighbouring terms. Sets of
places are whole numbers, bit by bit: Python cuts and joins 65,536 places in about a microsecond.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from partita.engine.search.terms import Span

STRETCH_BITS = 16
STRETCH = 1 << STRETCH_BITS
_PLACE_MASK = STRETCH - 1
_FEW, _MANY = b"\0", b"\1"
_FEW_PLACES = 512
"""Up to so many are a kilobyte by their numbers, and are read in 40 microseconds."""
_IS_BIG_ENDIAN = sys.byteorder == "big"


def mention(term: int, sequence: int) -> int:
    """That the transaction of this sequence has this term."""
    return term << STRETCH_BITS | sequence & _PLACE_MASK


def packed(mentions: Sequence[int] | Iterable[int]) -> bytes:
    """Mentions, or terms, as little-endian bytes in their order."""
    return _numbers(array("Q", mentions)).tobytes()


def unpacked(data: bytes) -> "array[int]":
    """The numbers of such bytes."""
    numbers = array("Q")
    numbers.frombytes(data)
    return _numbers(numbers)


def places_in(mentions: Sequence[int], span: Span) -> list[int]:
    """The places at which sorted mentions name a term of the span."""
    start = bisect_left(mentions, span.low << STRETCH_BITS)
    stop = bisect_left(mentions, span.high << STRETCH_BITS, start)
    return [each & _PLACE_MASK for each in mentions[start:stop]]


def as_set(places: Iterable[int]) -> int:
    """A set of places: bit n stands for place n."""
    data = bytearray(STRETCH // 8)
    for place in places:
        data[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(data, "little")


def set_bytes(places: int) -> bytes:
    """A set as bytes: some places by their numbers, many as one bit each, without zeros at the end."""
    if places.bit_count() <= _FEW_PLACES:
        return _FEW + _numbers(array("H", sorted(downwards(places)))).tobytes()
    return _MANY + _bits(places)


def set_from(data: bytes) -> int:
    """The set of such bytes."""
    if data[:1] == _FEW:
        numbers = array("H")
        numbers.frombytes(data[1:])
        return as_set(_numbers(numbers))
    return int.from_bytes(data[1:], "little")


def _bits(places: int) -> bytes:
    return places.to_bytes((places.bit_length() + 7) // 8, "little")


def _numbers(numbers: "array[int]") -> "array[int]":
    if _IS_BIG_ENDIAN:
        numbers.byteswap()
    return numbers


def below(places: int, bound: int) -> int:
    """The places of a set that are below a bound."""
    return places & ((1 << max(0, bound)) - 1)


def downwards(places: int) -> Iterator[int]:
    """The places of a set, the highest first."""
    data = _bits(places)
    for byte in range(len(data) - 1, -1, -1):
        held = data[byte]
        while held:
            bit = held.bit_length() - 1
            yield byte << 3 | bit
            held ^= 1 << bit
