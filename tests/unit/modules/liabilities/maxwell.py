"""The naive sum tree (Maxwell, 2013), as the control: a node hashes its total and its children's hashes.

Its checker believes the sums that stand beside the way up. Numbers are unbounded and may be negative,
or wrap around at 2^128, as in programs that did not think of either.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

WRAP = 2**128


class Node(NamedTuple):
    """A sum and a hash."""

    total: int
    hash: bytes


def leaf(owner: str, balance: int) -> Node:
    """A leaf: whose, and how much. No epoch."""
    return Node(balance, sha256(f"{owner} {balance}".encode()).digest())


def anonymous_leaf(nonce: str, balance: int) -> Node:
    """A leaf that does not say whose it is."""
    return leaf(nonce, balance)


def parent(left: Node, right: Node, total: int | None = None) -> Node:
    """The node above; a prover may claim any total for it."""
    said = left.total + right.total if total is None else total
    return Node(said, sha256(b"%d" % said + left.hash + right.hash).digest())


def is_in(
    node: Node, position: int, siblings: Sequence[Node], root: Node, *, wrap: int = 0
) -> bool:
    """Whether the naive checker believes that this leaf is below the root."""
    for sibling in siblings:
        total = node.total + sibling.total
        total = total % wrap if wrap else total
        pair = (sibling, node) if position & 1 else (node, sibling)
        node = parent(*pair, total)
        position >>= 1
    return node == root
