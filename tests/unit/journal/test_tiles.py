"""Tiles are those of C2SP tlog-tiles: paths, widths, contents; and a tiling has the log's root."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.journal.merkle import Frontier, leaf_hash
from partita.journal.proofs import Subtree
from partita.journal.tiles import (
    OversizedEntry,
    Span,
    Tile,
    Tiling,
    bundle,
    fold,
    span_of,
    tiles_of,
)

LEAVES = [leaf_hash(str(n).encode()) for n in range(70_000)]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(2, 0, 1), "tile/2/000.p/1"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(None, 1000, 5), "tile/entries/x001/000.p/5"),
        (Tile(63, 999), "tile/63/999"),
    ],
)
def test_paths_are_written_and_read(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "tile/0/0", "tile/00/000", "tile/64/000", "tile/-1/000",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "/tile/0/000",
        "tile/0/x000/001", "tile/0/001/000", "tile/0/x001/x234", "tile/entry/000",
        "tile/0/\u0660\u0660\u0660", "tile/0/000\n", "tile/0/../0/000",
    ],
)  # fmt: skip
def test_no_other_path_names_a_tile(path: str) -> None:
    assert Tile.parse(path) is None


def test_a_log_of_70_000_has_the_tiles_that_the_specification_counts() -> None:
    tiles = list(tiles_of(70_000))
    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == 273
    assert [t for t in tiles if t.width < 256 or t.level] == [
        Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)
    ]  # fmt: skip
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == []
    assert list(tiles_of(70_000, 69_999)) == tiles[273:274] + tiles[275:]


def grown(sizes: list[int]) -> tuple[Tiling, dict[tuple[int, int], bytes]]:
    tiling, kept, start = Tiling(), {}, 0
    for size in sizes:
        for level, number, root in tiling.append(LEAVES[start : start + size]):
            assert (level, number) not in kept
            kept[level, number] = root
        start += size
    return tiling, kept


@given(st.lists(st.integers(0, 600), max_size=6))
def test_a_tiling_has_the_root_of_the_log_and_tells_each_full_tile(sizes: list[int]) -> None:
    tiling, kept = grown(sizes)
    total, frontier = sum(sizes), Frontier()
    for leaf in LEAVES[:total]:
        frontier.append(leaf)
    assert (tiling.size, tiling.root()) == (total, frontier.root())
    assert sorted(kept) == [(0, number) for number in range(total // 256)]
    assert all(kept[0, n] == fold(LEAVES[256 * n : 256 * n + 256]) for _, n in kept)


def test_a_tiling_of_three_levels_is_taken_up_from_its_edge() -> None:
    tiling, kept = grown([1, 65_534, 2, 463])
    assert max(kept) == (1, 0)
    assert kept[1, 0] == fold(LEAVES[:65_536])

    def content(span: Span) -> list[bytes]:
        places = range(span.first, span.first + span.width)
        return [LEAVES[n] if span.level == 0 else kept[span.level - 1, n] for n in places]

    again = Tiling(66_000, [content(span) for span in Tiling.edge(66_000)])
    assert again.root() == tiling.root()
    assert again.append(LEAVES[66_000:]) == tiling.append(LEAVES[66_000:])
    assert again.root() == tiling.root()


@pytest.mark.parametrize(
    ("subtree", "span"),
    [
        (Subtree(5, 6), Span(0, 5, 1)),
        (Subtree(128, 256), Span(0, 128, 128)),
        (Subtree(256, 512), Span(1, 1, 1)),
        (Subtree(65_536, 98_304), Span(1, 256, 128)),
        (Subtree(0, 65_536), Span(2, 0, 1)),
    ],
)
def test_a_subtrees_root_is_folded_from_a_span(subtree: Subtree, span: Span) -> None:
    assert span_of(subtree) == span


def test_a_bundle_says_each_length_in_two_bytes() -> None:
    assert bundle([]) == b""
    assert bundle([b"ab", b"", b"c" * 300]) == b"\0\2ab\0\0\1\x2c" + b"c" * 300
    assert bundle([b"c" * 65_535])[:2] == b"\xff\xff"
    with pytest.raises(OversizedEntry, match="65536"):
        bundle([b"ok", b"c" * 65_536])
