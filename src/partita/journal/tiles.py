"""Tiles (C2SP tlog-tiles): a log's hashes in files of 256, and its records in bundles of 256.

A tile of level 0 is 256 leaves; the roots of 256 full tiles make a tile of the level above. So a log
of a billion records has tiles of four levels, and only the last of each level still grows: it is
partial. A full tile never changes again, nor does its root, which is all that stores keep of it.

    span of level 0    leaves                     span of level 1    roots of full tiles of leaves
    a subtree's root = what a span of the right level folds to; at most 128 hashes
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from partita.journal.merkle import HASH_BYTES
from partita.journal.proofs import Subtree, root_of

HEIGHT = 8
WIDTH = 1 << HEIGHT
LONGEST_ENTRY_BYTES = 0xFFFF
_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)
_HIGHEST_LEVEL = 63


class OversizedEntry(ValueError):
    """A record is too long for a bundle, whose entries have at most 65,535 bytes."""


class Span(NamedTuple):
    """`width` hashes of a level, from the one at `first` (counted from 0) on."""

    level: int
    first: int
    width: int


class Tile(NamedTuple):
    """A tile by its place: level (None: a bundle of records), number, and how many it holds."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def span(self) -> Span:
        """The hashes that are its content; of a bundle, its records' leaves."""
        return Span(self.level or 0, self.number * WIDTH, self.width)

    def path(self) -> str:
        """Where it is served and exported, below the log's prefix."""
        digits = f"{self.number:03d}"
        digits = digits.zfill(-len(digits) // 3 * -3)
        *higher, last = (digits[n : n + 3] for n in range(0, len(digits), 3))
        place = "/".join([*(f"x{group}" for group in higher), last])
        level = "entries" if self.level is None else self.level
        return f"tile/{level}/{place}" + ("" if self.width == WIDTH else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> "Tile | None":
        """The tile that a path names, in its one spelling; None if it names none."""
        found = _PATH.fullmatch(path)
        if found is None:
            return None
        level, place, width = found.groups()
        number = int(place.replace("/", "").replace("x", ""))
        tile = cls(None if level == "entries" else int(level), number, int(width or WIDTH))
        is_place = (tile.level or 0) <= _HIGHEST_LEVEL and tile.path() == path
        return tile if is_place and (width is None or tile.width < WIDTH) else None


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """Every tile of hashes of a log of a size, full and partial, that one of `since` has not."""
    level, count, before = 0, size, since
    while count:
        for number in range(before // WIDTH, -(-count // WIDTH)):
            yield Tile(level, number, min(WIDTH, count - number * WIDTH))
        level, count, before = level + 1, count // WIDTH, before // WIDTH


def split(data: bytes) -> list[bytes]:
    """The hashes that stand one behind the other."""
    return [data[n : n + HASH_BYTES] for n in range(0, len(data), HASH_BYTES)]


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root of a perfect subtree: a power of two of hashes."""
    assert len(hashes).bit_count() == 1, "a perfect subtree has a power of two of leaves"
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [sha256(b"\1" + left + right).digest() for left, right in pairs]
    return hashes[0]


def span_of(subtree: Subtree) -> Span:
    """Where the hashes lie that a perfect subtree's root is folded from."""
    height = (subtree.end - subtree.start).bit_length() - 1
    level = height // HEIGHT
    return Span(level, subtree.start >> HEIGHT * level, 1 << height % HEIGHT)


class TileRoot(NamedTuple):
    """The root of a full tile: what is kept of it."""

    level: int
    number: int
    root: bytes


class Tiling:
    """A log's growing edge by tiles: of each level, the hashes that do not fill a tile yet.

    Takes leaves by the hundred, tells the roots of the tiles that they fill, and knows the root.
    """

    __slots__ = ("levels", "size")

    def __init__(self, size: int = 0, levels: Sequence[Sequence[bytes]] = ()) -> None:
        """Take up a log of `size` leaves; `levels` as `edge` says which hashes they are."""
        self.size = size
        self.levels: list[list[bytes]] = [list(level) for level in levels]

    @staticmethod
    def edge(size: int) -> list[Span]:
        """The spans of hashes that are in no full tile, for a log of a size, from level 0 up."""
        spans: list[Span] = []
        count = size
        while count:
            spans.append(Span(len(spans), count - count % WIDTH, count % WIDTH))
            count //= WIDTH
        return spans

    def append(self, leaves: Sequence[bytes]) -> list[TileRoot]:
        """Add leaf hashes at the right; the roots of the tiles that became full, lowest first."""
        filled: list[TileRoot] = []
        self.size += len(leaves)
        level, count = 0, self.size
        while leaves:
            if level == len(self.levels):
                self.levels.append([])
            hashes = [*self.levels[level], *leaves]
            whole = len(hashes) - len(hashes) % WIDTH
            first = count // WIDTH - whole // WIDTH
            leaves = [fold(hashes[n : n + WIDTH]) for n in range(0, whole, WIDTH)]
            filled += [TileRoot(level, first + n, root) for n, root in enumerate(leaves)]
            self.levels[level] = hashes[whole:]
            level, count = level + 1, count // WIDTH
        return filled

    def root(self) -> bytes:
        """The root of the log as it is now."""
        perfect = []
        for hashes in reversed(self.levels):
            whole = Subtree(0, len(hashes)).perfect()
            perfect += [fold(hashes[part.start : part.end]) for part in whole]
        return root_of(perfect)


def bundle(bodies: Sequence[bytes]) -> bytes:
    """Records as a bundle: each behind its length in two bytes.

    Raises:
        OversizedEntry: a record has more than 65,535 bytes.
    """
    longest = max(map(len, bodies), default=0)
    if longest > LONGEST_ENTRY_BYTES:
        raise OversizedEntry(
            f"a record of {longest} bytes does not fit a bundle, whose entries have at most"
            f" {LONGEST_ENTRY_BYTES}; read these records from the journal"
        )
    return b"".join(len(body).to_bytes(2) + body for body in bodies)
