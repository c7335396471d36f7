"""Inclusion and consistency proofs of a Merkle log (RFC 9162 §2.1.3 and §2.1.4).

Making one takes two steps: `inclusion_nodes` and `consistency_nodes` say which subtrees' roots a
proof is made of, without reading anything; whoever keeps hashes then looks those up (`tiles.py`
says in which spans they lie). Checking one needs the proof and two roots, or a leaf and a root.

>>> inclusion_nodes(2, 4)
[Subtree(start=3, end=4), Subtree(start=0, end=2)]
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from partita.journal.merkle import EMPTY_ROOT, node_hash


class Subtree(NamedTuple):
    """The leaves from `start` (counted from 0) up to `end`, whose root a proof needs."""

    start: int
    end: int

    def perfect(self) -> list["Subtree"]:
        """The perfect subtrees that it is made of, left to right."""
        found, start, rest = [], self.start, self.end - self.start
        while rest:
            width = 1 << (rest.bit_length() - 1)
            found.append(Subtree(start, start + width))
            start, rest = start + width, rest - width
        return found


def root_of(perfect: Sequence[bytes]) -> bytes:
    """The root over the roots of perfect subtrees, largest first; of none, the empty log's."""
    if not perfect:
        return EMPTY_ROOT
    root = perfect[-1]
    for node in reversed(perfect[:-1]):
        root = node_hash(node, root)
    return root


def _split(count: int) -> int:
    """The largest power of two that is below a count."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_nodes(index: int, size: int) -> list[Subtree]:
    """The subtrees whose roots prove that a leaf is in a log of some size, nearest first."""
    assert 0 <= index < size, "the leaf is in the log"
    found, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append(Subtree(middle, end))
            end = middle
        else:
            found.append(Subtree(start, middle))
            start = middle
    return found[::-1]


def consistency_nodes(old: int, new: int) -> list[Subtree]:
    """The subtrees whose roots prove that a log of one size grew into one of another.

    Nothing need be proved of the empty log, or of one and the same size.
    """
    assert 0 <= old <= new, "a log grows"
    if old in (0, new):
        return []
    found, start, end, is_old_root = [], 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            found.append(Subtree(middle, end))
            end = middle
        else:
            found.append(Subtree(start, middle))
            start, is_old_root = middle, False
    if not is_old_root:
        found.append(Subtree(start, end))
    return found[::-1]


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a path proves that a leaf stands at an index (from 0) of the log with this root."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for node in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(node, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, node)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


class Growth(NamedTuple):
    """Two states of one log, the older first: sizes and roots."""

    old_size: int
    old_root: bytes
    new_size: int
    new_root: bytes


def consistency_holds(growth: Growth, path: Sequence[bytes]) -> bool:
    """Whether a path proves that the newer state begins with all of the older one."""
    old, old_root, new, new_root = growth
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    return _consistency_roots(old, new, _whole_path(old, old_root, path)) == (old_root, new_root)


def _whole_path(old: int, old_root: bytes, path: Sequence[bytes]) -> Iterator[bytes]:
    """The path with the old root in front where that is a subtree of the new log by itself."""
    if old & (old - 1) == 0:
        yield old_root
    yield from path


def _consistency_roots(old: int, new: int, path: Iterator[bytes]) -> tuple[bytes, bytes] | None:
    """The two roots that a path leads to (RFC 9162 §2.1.4.2); None if its length is wrong."""
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = next(path, None)
    if first is None:
        return None
    old_root = new_root = first
    for node in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            old_root, new_root = node_hash(node, old_root), node_hash(node, new_root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_root = node_hash(new_root, node)
        place, last = place >> 1, last >> 1
    return (old_root, new_root) if last == 0 else None
