"""The Merkle log of RFC 6962 and RFC 9162, as far as writing and re-computing it needs.

A frontier is all that must be kept of a log to append to it and to name its root: the hashes of
its largest perfect subtrees, left to right, one for each set bit of the size. Appending costs
one hash for the leaf and one more on average; the root costs one for each set bit.

>>> frontier = Frontier()
>>> frontier.append(leaf_hash(b""))
>>> frontier.root().hex()[:16]
'6e340b9cffb37a98'
"""

from collections.abc import Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32


def leaf_hash(body: bytes) -> bytes:
    """SHA-256 of 0x00 and the record's stored bytes (RFC 9162 §2.1.1)."""
    return sha256(b"\0" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and two child hashes (RFC 9162 §2.1.1)."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The growing edge of a log: its size, and the roots of its perfect subtrees."""

    __slots__ = ("nodes", "size")

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        """Take up a log of `size` leaves; `nodes` from the largest subtree to the smallest."""
        assert size.bit_count() == len(nodes), "one node for each set bit of the size"
        self.size, self.nodes = size, list(nodes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        size, nodes = self.size, self.nodes
        while size & 1:
            leaf = sha256(b"\1" + nodes.pop() + leaf).digest()
            size >>= 1
        nodes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the log as it is now; of an empty log, SHA-256 of nothing."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root

    def copy(self) -> "Frontier":
        """Another frontier of the same log, to grow on its own."""
        return Frontier(self.size, self.nodes)

    def to_bytes(self) -> bytes:
        """The nodes one after another, as stores keep them beside the size."""
        return b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Take up a log from its size and what `to_bytes` gave."""
        return cls(size, [data[n : n + HASH_BYTES] for n in range(0, len(data), HASH_BYTES)])
