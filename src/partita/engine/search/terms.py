"""Terms: what a transaction is found by, each as a number of 48 bits.

A word, a type, an account are one term each: a hash. What has an order (amounts, moments, the letters
of ids) is laid out so that a range of values is a few ranges of terms: as in a trie, a value is
mentioned once for each level, by the branch it stands under (a hash) and its place there (the lowest 24
bits). Lucene finds numbers in ranges so (https://lucene.apache.org, "precision step").

Two things may come to share a term, so whoever finds by terms looks at what was found once more.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

TERM_BITS, PLACE_BITS = 48, 24
_ORDERED = 1 << (TERM_BITS - 1)
"""Set in terms that stand in an order, so that a range of them never holds a mere hash."""
_BRANCH_MASK = (1 << (TERM_BITS - 1 - PLACE_BITS)) - 1


class Span(NamedTuple):
    """Terms from `low` on, below `high`; all of one branch."""

    low: int
    high: int


def _hashed(*parts: str) -> int:
    digest = blake2b("\0".join(parts).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big")


def term(*parts: str) -> int:
    """The term of something that is only asked for as a whole, such as a word."""
    return _hashed(*parts) & (_ORDERED - 1)


@lru_cache(maxsize=65_536)
def usual_term(*parts: str) -> int:
    """The same for what many transactions share, remembered."""
    return term(*parts)


def only(one: int) -> Span:
    """The span of one term."""
    return Span(one, one + 1)


@lru_cache(maxsize=65_536)
def _branch(*parts: str) -> int:
    """The first term of a branch."""
    return _ORDERED | (_hashed(*parts) & _BRANCH_MASK) << PLACE_BITS


class Ordered(NamedTuple):
    """Whole numbers from 0 on as levels of branches: `shifts` are the low bits that a level leaves out.

    Falling, with 0 as the last; two neighbours differ by 24 at most.
    """

    shifts: tuple[int, ...]

    def terms(self, what: str, value: int) -> Iterator[int]:
        """The terms of a value, one for each level."""
        above = None
        for shift in self.shifts:
            place = value >> shift
            if above is None:
                yield _branch(what) + place
            else:
                width = above - shift
                yield _branch(what, str(shift), str(place >> width)) + (place & (1 << width) - 1)
            above = shift

    def spans(self, what: str, low: int, high: int) -> list[Span]:
        """The spans that the terms of values from `low` on, below `high`, lie in, and of no others."""
        found: list[Span] = []
        for upper, shift in zip(self.shifts[-2::-1], self.shifts[:0:-1], strict=True):
            if low >= high:
                return found
            width = upper - shift
            if low >> width == high - 1 >> width:
                return [*found, self._span(what, shift, width, low, high)]
            if low & (1 << width) - 1:
                edge = (low >> width) + 1 << width
                found.append(self._span(what, shift, width, low, edge))
                low = edge
            if high & (1 << width) - 1:
                edge = high >> width << width
                found.append(self._span(what, shift, width, edge, high))
                high = edge
            low, high = low >> width, high >> width
        if low < high:
            base = _branch(what)
            found.append(Span(base + low, base + high))
        return found

    @staticmethod
    def _span(what: str, shift: int, width: int, low: int, high: int) -> Span:
        base, mask = _branch(what, str(shift), str(low >> width)), (1 << width) - 1
        return Span(base + (low & mask), base + (high - 1 & mask) + 1)


_MOMENTS = Ordered((33, 30, 27, 24, 0))
_MOMENT_UNIT_BITS, _MOMENT_ORIGIN = 12, 1 << 56
"""Moments are told apart by 4 ms, from long before the year 1 on."""
_AMOUNTS = Ordered((28, 24, 0))
_AMOUNT_BITS = 28
"""Amounts are told apart by the 29 highest of their bits, so below 536,870,912 wholly."""
_STEP_BYTES, _LONGEST_BYTES = 3, 24
_ID_LETTERS, _ID_LEVELS = 4, 3


def moment_terms(what: str, moment: int) -> Iterator[int]:
    """The terms of a moment in microseconds."""
    return _MOMENTS.terms(what, moment + _MOMENT_ORIGIN >> _MOMENT_UNIT_BITS)


def moment_spans(what: str, low: int | None, high: int | None) -> list[Span]:
    """Where moments of a half-open range are mentioned, and few others beside its ends."""
    first = 0 if low is None else low + _MOMENT_ORIGIN >> _MOMENT_UNIT_BITS
    beyond = 1 << 47 if high is None else (high - 1 + _MOMENT_ORIGIN >> _MOMENT_UNIT_BITS) + 1
    return _MOMENTS.spans(what, first, beyond)


def amount_terms(asset: str, amount: int) -> Iterator[int]:
    """The terms of an amount above 0 in minor units."""
    return _AMOUNTS.terms(f"amount {asset}", _amount_code(amount))


def amount_spans(asset: str, low: int | None, high: int | None) -> list[Span]:
    """Where amounts of a half-open range are mentioned; above 29 bits few others beside its ends."""
    first = _amount_code(max(1, low or 1))
    beyond = 1 << 36 if high is None else _amount_code(max(1, high - 1)) + 1
    return [] if high is not None and high <= max(1, low or 1) else _AMOUNTS.spans(
        f"amount {asset}", first, beyond
    )  # fmt: skip


def _amount_code(amount: int) -> int:
    """A number that never falls as amounts rise: how many bits there are, then the highest of them."""
    size = amount.bit_length()
    rest = amount ^ 1 << size - 1
    kept = size - 1 - _AMOUNT_BITS
    return size << _AMOUNT_BITS | (rest >> kept if kept > 0 else rest << -kept)


def text_terms(what: str, text: str) -> Iterator[int]:
    """The terms by which a text is found by its beginning, three bytes a level; 24 bytes count."""
    data = text.encode()
    for start in range(0, min(len(data), _LONGEST_BYTES), _STEP_BYTES):
        place = int.from_bytes(data[start : start + _STEP_BYTES].ljust(_STEP_BYTES, b"\0"), "big")
        yield _branch(what, data[:start].hex()) + place


def text_span(what: str, beginning: str) -> Span:
    """Where texts that begin so are mentioned, as far as 24 bytes tell."""
    data = beginning.encode()[:_LONGEST_BYTES]
    assert data, "every text begins with nothing"
    start = (len(data) - 1) // _STEP_BYTES * _STEP_BYTES
    last, open_bits = data[start:], 8 * (_STEP_BYTES - (len(data) - start))
    base = _branch(what, data[:start].hex())
    place = int.from_bytes(last, "big")
    return Span(base + (place << open_bits), base + (place + 1 << open_bits))


_LETTERS = {letter: place for place, letter in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}


def id_terms(what: str, letters: str) -> Iterator[int]:
    """The terms by which an id (without its prefix) is found by its beginning: 12 letters count."""
    for level in range(_ID_LEVELS):
        start = level * _ID_LETTERS
        place = _place_of(letters[start : start + _ID_LETTERS])
        yield _branch(what, letters[:start]) + place


def id_span(what: str, beginning: Sequence[str]) -> Span | None:
    """Where ids that begin so are mentioned, as far as 12 letters tell; None if no id does."""
    letters = "".join(beginning)[: _ID_LETTERS * _ID_LEVELS]
    if not letters or any(letter not in _LETTERS for letter in letters):
        return None
    start = (len(letters) - 1) // _ID_LETTERS * _ID_LETTERS
    open_bits = 5 * (_ID_LETTERS - (len(letters) - start))
    base, place = _branch(what, letters[:start]), _place_of(letters[start:])
    return Span(base + (place << open_bits), base + (place + 1 << open_bits))


def _place_of(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place << 5 | _LETTERS[letter]
    return place
