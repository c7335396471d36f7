"""The sum tree is what `spec/liabilities.md` says: by its definition, over every position and edge."""

import random
from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.journal.sum_tree import (
    LARGEST_SUM,
    NODE_BYTES,
    TILE_NODES,
    SumTreeError,
    climb,
    commitment,
    epoch_prefix,
    leaf,
    leaf_node,
    leaves_for,
    node_sum,
    parent,
    path_to,
    plant,
    position_of,
)

PREFIX = epoch_prefix("EUR", 7)


class Planted:
    """A tree over random leaves with these balances, and its tiles."""

    def __init__(self, balances: Sequence[int]) -> None:
        chance = random.Random(len(balances))
        self.leaves = sorted(leaf(chance.randbytes(32), balance) for balance in balances)
        self.tiles = {(level, place): n for level, place, n in plant(self.leaves, PREFIX)}
        self.root = self.tiles[max(self.tiles)]
        self.asked: list[tuple[int, int]] = []

    def tile(self, level: int, place: int) -> bytes:
        self.asked.append((level, place))
        return self.tiles[level, place]


def by_definition(leaves: Sequence[bytes]) -> tuple[int, bytes]:
    """Spec §2 word for word: sum and hash of the subtree over these leaves."""
    if len(leaves) == 1:
        balance = leaves[0][32:]
        hashed = sha256(b"\0" + b"\3EUR" + (7).to_bytes(8, "big") + leaves[0]).digest()
        return int.from_bytes(balance, "big"), hashed
    half = len(leaves) // 2
    (sum_left, left), (sum_right, right) = map(by_definition, (leaves[:half], leaves[half:]))
    whole = b"\1" + sum_left.to_bytes(16, "big") + left + sum_right.to_bytes(16, "big") + right
    return sum_left + sum_right, sha256(whole).digest()


@pytest.mark.parametrize("count", [256, 512, 1024])
def test_the_root_is_the_definitions(count: int) -> None:
    planted = Planted(range(count))
    total, hashed = by_definition(planted.leaves)
    assert planted.root == total.to_bytes(16, "big") + hashed
    assert node_sum(planted.root) == count * (count - 1) // 2


@pytest.mark.parametrize("count", [256, 512, 2**17])
def test_every_leaf_is_found_and_its_path_leads_to_the_root(count: int) -> None:
    planted = Planted([7] * count)
    places = range(count) if count < 1_000 else range(0, count, 9_973)
    for place in places:
        kept = planted.leaves[place]
        assert position_of(kept[:32], count, planted.tile) == place
        path = path_to(place, count, PREFIX, planted.tile)
        assert 1 << len(path) == count
        assert climb(leaf_node(PREFIX, kept), place, path) == planted.root


def test_a_path_costs_a_tile_for_every_eighth_level() -> None:
    planted = Planted([1] * 2**17)
    path_to(70_000, 2**17, PREFIX, planted.tile)
    assert [level for level, _ in planted.asked] == [0, 8, 16]


def test_what_is_in_no_leaf_is_found_nowhere() -> None:
    planted = Planted([1] * 512)
    for near in (planted.leaves[0], planted.leaves[255], planted.leaves[511]):
        for step in (-1, 1):
            number = int.from_bytes(near[:32], "big") + step
            assert position_of(number.to_bytes(32, "big"), 512, planted.tile) is None
    assert position_of(bytes(32), 512, planted.tile) is None
    assert position_of(b"\xff" * 32, 512, planted.tile) is None


def test_tiles_hold_each_leaf_once_and_every_eighth_level() -> None:
    planted = Planted([1] * 2**17)
    lowest = [planted.tiles[0, place] for place in range(2**17 // TILE_NODES)]
    assert b"".join(lowest) == b"".join(planted.leaves)
    sizes = {
        level: sum(len(n) for (at, _), n in planted.tiles.items() if at == level) // NODE_BYTES
        for level in (0, 8, 16, 24)
    }
    assert sizes == {0: 2**17, 8: 512, 16: 2, 24: 1}


@given(st.integers(0, 10**7))
def test_a_tree_has_room_for_its_accounts_and_hides_their_number(count: int) -> None:
    leaves = leaves_for(count)
    assert leaves.bit_count() == 1
    assert leaves >= max(count, 256)
    assert leaves == 256 or leaves < 2 * count


def test_balances_below_zero_or_too_large_make_no_leaf() -> None:
    assert leaf(bytes(32), LARGEST_SUM)[32:] == b"\xff" * 16
    for wrong in (-1, LARGEST_SUM + 1):
        with pytest.raises(SumTreeError):
            leaf(bytes(32), wrong)


def test_sums_never_wrap_around() -> None:
    half = leaf_node(PREFIX, leaf(bytes(32), 2**127))
    less = leaf_node(PREFIX, leaf(bytes(32), 2**127 - 1))
    assert node_sum(parent(half, less)) == LARGEST_SUM
    with pytest.raises(SumTreeError):
        parent(half, half)
    with pytest.raises(SumTreeError):
        Planted([2**127, 2**127, *[0] * 254])


@pytest.mark.parametrize("position", [-1, 256])
def test_a_position_outside_the_tree_is_refused(position: int) -> None:
    with pytest.raises(SumTreeError):
        climb(bytes(48), position, [bytes(48)] * 8)


def test_commitments_frame_what_they_hash() -> None:
    nonce = bytes(range(32))
    assert commitment("a:b", nonce) == sha256(b"\2\0\3a:b" + nonce).digest()
    with pytest.raises(AssertionError):
        commitment("a:b", nonce[1:])


@given(st.integers(0, 95), st.integers(1, 255))
def test_any_changed_byte_of_a_node_changes_the_one_above(at: int, by: int) -> None:
    both = bytearray(leaf_node(PREFIX, leaf(bytes(32), 5)) + leaf_node(PREFIX, leaf(b"x" * 32, 6)))
    before = parent(bytes(both[:48]), bytes(both[48:]))
    both[at] ^= by
    try:
        assert parent(bytes(both[:48]), bytes(both[48:]))[16:] != before[16:]
    except SumTreeError:
        assert at % 48 < 16, "only a changed sum can be too large"
