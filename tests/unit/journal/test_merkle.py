"""The tree is that of RFC 9162: the known vectors of RFC 6962 implementations, and its definition."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.journal.merkle import EMPTY_ROOT, Frontier, leaf_hash, node_hash

# The inputs and roots that Certificate Transparency's reference implementation is tested with.
INPUTS = [
    b"", b"\x00", b"\x10", bytes.fromhex("2021"), bytes.fromhex("3031"),
    bytes.fromhex("40414243"), bytes.fromhex("5051525354555657"),
    bytes.fromhex("606162636465666768696a6b6c6d6e6f"),
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def grown(leaves: Sequence[bytes]) -> Frontier:
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word: split at the largest power of two below the size."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = by_definition(leaves[:split]), by_definition(leaves[split:])
    return sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size: int) -> None:
    assert grown([leaf_hash(body) for body in INPUTS[:size]]).root().hex() == ROOTS[size]


def test_leaves_and_nodes_can_never_be_taken_for_each_other() -> None:
    left, right = leaf_hash(b"l"), leaf_hash(b"r")
    assert node_hash(left, right) != leaf_hash(left + right)


def test_the_empty_log_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()


@given(st.integers(0, 200))
def test_the_frontier_has_the_root_of_the_whole_tree(size: int) -> None:
    leaves = [leaf_hash(str(n).encode()) for n in range(size)]
    frontier = grown(leaves)
    assert frontier.root() == by_definition(leaves)
    assert len(frontier.nodes) == size.bit_count()


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_stored_frontier_goes_on_as_if_nothing_had_happened(before: int, after: int) -> None:
    leaves = [leaf_hash(str(n).encode()) for n in range(before + after)]
    stored = grown(leaves[:before])
    taken_up = Frontier.from_bytes(stored.size, stored.to_bytes())
    for leaf in leaves[before:]:
        taken_up.append(leaf)
    assert taken_up.root() == grown(leaves).root()
    assert stored.size == before


def test_a_copy_grows_on_its_own() -> None:
    frontier = grown([leaf_hash(b"a")])
    copy = frontier.copy()
    copy.append(leaf_hash(b"b"))
    assert frontier.root() == leaf_hash(b"a")


def test_a_frontier_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(AssertionError):
        Frontier.from_bytes(3, b"\0" * 32)


@given(st.integers(1, 40), st.data())
def test_any_other_leaf_gives_another_root(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(str(n).encode()) for n in range(size)]
    place = data.draw(st.integers(0, size - 1))
    other = [*leaves]
    other[place] = leaf_hash(b"forged")
    assert grown(leaves).root() != grown(other).root()
