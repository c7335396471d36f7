"""Proofs are those of RFC 9162: made by its definition, and no other path, leaf or root passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.journal.merkle import EMPTY_ROOT, leaf_hash
from partita.journal.proofs import (
    Growth,
    Subtree,
    consistency_holds,
    consistency_nodes,
    inclusion_holds,
    inclusion_nodes,
)
from tests.unit.journal.test_merkle import INPUTS, by_definition

LEAVES = [leaf_hash(str(n).encode()) for n in range(70)]


def root(size: int) -> bytes:
    return by_definition(LEAVES[:size])


def roots(nodes: list[Subtree]) -> list[bytes]:
    return [by_definition(LEAVES[node.start : node.end]) for node in nodes]


def path_by_definition(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162 §2.1.3.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return [*path_by_definition(index, leaves[:split]), by_definition(leaves[split:])]
    return [*path_by_definition(index - split, leaves[split:]), by_definition(leaves[:split])]


def subproof_by_definition(old: int, leaves: list[bytes], is_root: bool) -> list[bytes]:
    """RFC 9162 §2.1.4.1, word for word."""
    if old == len(leaves):
        return [] if is_root else [by_definition(leaves)]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if old <= split:
        left = subproof_by_definition(old, leaves[:split], is_root)
        return [*left, by_definition(leaves[split:])]
    right = subproof_by_definition(old - split, leaves[split:], False)
    return [*right, by_definition(leaves[:split])]


@pytest.mark.parametrize("size", range(1, 40))
def test_every_inclusion_proof_is_that_of_the_definition_and_holds(size: int) -> None:
    for index in range(size):
        path = roots(inclusion_nodes(index, size))
        assert path == path_by_definition(index, LEAVES[:size])
        assert inclusion_holds(LEAVES[index], index, size, path, root(size))


@pytest.mark.parametrize("new", range(1, 40))
def test_every_consistency_proof_is_that_of_the_definition_and_holds(new: int) -> None:
    for old in range(1, new + 1):
        path = roots(consistency_nodes(old, new))
        assert path == subproof_by_definition(old, LEAVES[:new], True)
        assert consistency_holds(Growth(old, root(old), new, root(new)), path)


def test_the_paths_of_the_known_tree_are_the_known_ones() -> None:
    leaves = [leaf_hash(body) for body in INPUTS]
    path = [by_definition(leaves[n.start : n.end]).hex()[:8] for n in inclusion_nodes(5, 8)]
    assert path == ["bc1a0643", "ca854ea1", "d37ee418"]


def test_the_empty_log_grows_into_every_log() -> None:
    assert consistency_nodes(0, 9) == []
    assert consistency_holds(Growth(0, EMPTY_ROOT, 9, root(9)), [])
    assert not consistency_holds(Growth(0, root(1), 9, root(9)), [])
    assert not consistency_holds(Growth(0, EMPTY_ROOT, 9, root(9)), [root(1)])


@given(st.integers(1, 70), st.data())
def test_no_other_inclusion_passes(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = roots(inclusion_nodes(index, size))
    other = data.draw(st.integers(0, size + 3))
    if other != index:
        assert not inclusion_holds(LEAVES[index], other, size, path, root(size))
    assert not inclusion_holds(leaf_hash(b"forged"), index, size, path, root(size))
    assert not inclusion_holds(LEAVES[index], index, size, [*path, root(1)], root(size))
    assert not inclusion_holds(LEAVES[index], index, size, path[1:] or [LEAVES[69]], root(size))
    for place in range(len(path)):
        bent = [*path[:place], leaf_hash(path[place]), *path[place + 1 :]]
        assert not inclusion_holds(LEAVES[index], index, size, bent, root(size))


@given(st.integers(1, 69), st.data())
def test_no_other_growth_passes(old: int, data: st.DataObject) -> None:
    new = data.draw(st.integers(old + 1, 70))
    path = roots(consistency_nodes(old, new))
    forged = leaf_hash(b"forged")
    # The sizes themselves are not hashed: that a root belongs to a size is what a checkpoint signs.
    for growth in (
        Growth(old, forged, new, root(new)),
        Growth(old, root(old), new, forged),
        Growth(new, root(new), old, root(old)),
    ):
        assert not consistency_holds(growth, path)
    growth = Growth(old, root(old), new, root(new))
    for other in ([*path, forged], path[:-1], [], [forged, *path[1:]]):
        assert not consistency_holds(growth, other)


@pytest.mark.parametrize(("size", "root_of_size"), [(0, EMPTY_ROOT), (5, root(5))])
def test_a_log_is_consistent_with_itself_alone(size: int, root_of_size: bytes) -> None:
    assert consistency_holds(Growth(size, root_of_size, size, root_of_size), [])
    assert not consistency_holds(Growth(size, root_of_size, size, root(9)), [])
    assert not consistency_holds(Growth(size, root_of_size, size, root_of_size), [root(1)])
