"""The Merkle sum tree of a proof of liabilities; `spec/liabilities.md` says the same in prose.

A perfect binary tree whose every node is 48 bytes: a sum (16, big-endian) and a hash (32). A node
hashes both of its children whole, **sums included**, so that a prover cannot show one sum of a child
to one customer and another to the next (Hu, Zhang and Guo 2019, on Maxwell's tree, which hashes only
their total). Sums that do not fit 128 bits are an error on both sides: nothing wraps around.

Leaves stand in the ascending order of their commitments. Those are hashes under secret nonces, so
the order says nothing about the accounts, and that none occurs twice can be seen.

Nodes are kept in tiles of up to 256, and only of every eighth level; the levels between are
computed again when a path is wanted, 255 hashes for a tile.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

SUM_BYTES, HASH_BYTES = 16, 32
NODE_BYTES = SUM_BYTES + HASH_BYTES
LARGEST_SUM = 2 ** (8 * SUM_BYTES) - 1
NONCE_BYTES = 32
LEVELS_PER_TILE = 8
TILE_NODES = 1 << LEVELS_PER_TILE
TILE_BYTES = TILE_NODES * NODE_BYTES
FEWEST_LEAVES = TILE_NODES
"""A tree has at least so many leaves, so that a small one does not tell how small it is."""

TreeTile = tuple[int, int, bytes]
"""Level (0, 8, 16 …), place among the level's tiles from 0, and nodes one after another.

On level 0 stand the leaves as `leaf` makes them, on all others nodes.
"""


class SumTreeError(ValueError):
    """A sum does not fit into 128 bits, or a path is not of this tree."""


def commitment(account: str, nonce: bytes) -> bytes:
    """What a leaf says of whose it is: SHA-256 of 0x02, the path's length (u16), path, nonce."""
    assert len(nonce) == NONCE_BYTES, "a nonce has 256 bits"
    name = account.encode()
    return sha256(b"\2" + len(name).to_bytes(2, "big") + name + nonce).digest()


def leaf(committed: bytes, balance: int) -> bytes:
    """A leaf as kept: 32 bytes of commitment, 16 of balance.

    Raises:
        SumTreeError: the balance is negative, or too large.
    """
    return committed + _sum(balance)


def epoch_prefix(asset: str, epoch: int) -> bytes:
    """What every leaf's hash begins with: 0x00, the asset's length (u8), the asset, the epoch (u64)."""
    code = asset.encode()
    return b"\0" + len(code).to_bytes(1, "big") + code + epoch.to_bytes(8, "big")


def leaf_node(prefix: bytes, kept: bytes) -> bytes:
    """The node that a leaf is: its balance, and SHA-256 of the epoch's prefix and the leaf."""
    return kept[HASH_BYTES:] + sha256(prefix + kept).digest()


def node_sum(node: bytes) -> int:
    """The sum that a node carries."""
    return int.from_bytes(node[:SUM_BYTES], "big")


def parent(left: bytes, right: bytes) -> bytes:
    """The node above two: their sum, and SHA-256 of 0x01 and both.

    Raises:
        SumTreeError: the sum does not fit into 128 bits.
    """
    total = node_sum(left) + node_sum(right)
    return _sum(total) + sha256(b"\1" + left + right).digest()


def _sum(total: int) -> bytes:
    try:
        return total.to_bytes(SUM_BYTES, "big")
    except OverflowError:
        raise SumTreeError(f"{total} is no sum of 0 to 2^128 - 1") from None


def climb(node: bytes, position: int, path: Sequence[bytes]) -> bytes:
    """The root that a leaf's node and its siblings, lowest first, lead to.

    Raises:
        SumTreeError: the position lies outside a tree of that height, or a sum does not fit.
    """
    if not 0 <= position < 1 << len(path):
        raise SumTreeError(f"a tree of {1 << len(path)} leaves has none at {position}")
    for sibling in path:
        node = parent(sibling, node) if position & 1 else parent(node, sibling)
        position >>= 1
    return node


def leaves_for(count: int) -> int:
    """How many leaves a tree of so many accounts has: a power of two, 256 at least."""
    return max(FEWEST_LEAVES, 1 << max(count - 1, 0).bit_length())


def plant(
    leaves: Sequence[bytes], prefix: bytes, advance: Callable[[int, int], None] = lambda *_: None
) -> Iterator[TreeTile]:
    """Every tile of the tree over these sorted leaves; the last one is the root, alone.

    `advance` is told after each tile how many leaves are hashed, and of how many.

    Raises:
        SumTreeError: a sum does not fit into 128 bits.
    """
    count = len(leaves)
    assert count == leaves_for(count), "a perfect tree, of a tile at least"
    tops = []
    for place in range(count // TILE_NODES):
        kept = leaves[place * TILE_NODES : (place + 1) * TILE_NODES]
        yield 0, place, b"".join(kept)
        tops.append(_top([leaf_node(prefix, each) for each in kept]))
        advance((place + 1) * TILE_NODES, count)
    level = LEVELS_PER_TILE
    while len(tops) > 1:
        tiles = [tops[n : n + TILE_NODES] for n in range(0, len(tops), TILE_NODES)]
        yield from ((level, place, b"".join(nodes)) for place, nodes in enumerate(tiles))
        tops = [_top(nodes) for nodes in tiles]
        level += LEVELS_PER_TILE
    yield level, 0, tops[0]


def _top(nodes: list[bytes]) -> bytes:
    while len(nodes) > 1:
        nodes = _above(nodes)
    return nodes[0]


def _above(nodes: Sequence[bytes]) -> list[bytes]:
    pairs = iter(nodes)
    return [parent(left, right) for left, right in zip(pairs, pairs, strict=True)]


def position_of(committed: bytes, leaves: int, tile: Callable[[int, int], bytes]) -> int | None:
    """Where the leaf with this commitment stands, found by halving; None if it stands nowhere.

    `tile` gives a tile's nodes by level and place.
    """
    low, high = 0, leaves // TILE_NODES  # its tile is at `low` or after, and before `high`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if committed < tile(0, middle)[:HASH_BYTES] else (middle, high)
    nodes = tile(0, low)
    for place in range(TILE_NODES):
        if nodes[place * NODE_BYTES : place * NODE_BYTES + HASH_BYTES] == committed:
            return low * TILE_NODES + place
    return None


def path_to(
    position: int, leaves: int, prefix: bytes, tile: Callable[[int, int], bytes]
) -> list[bytes]:
    """The siblings of a leaf and of all nodes above it, lowest first."""
    path: list[bytes] = []
    for level in range(0, leaves.bit_length() - 1, LEVELS_PER_TILE):
        nodes = cells(tile(level, position >> LEVELS_PER_TILE))
        if level == 0:
            nodes = [leaf_node(prefix, kept) for kept in nodes]
        within = position % TILE_NODES
        position >>= LEVELS_PER_TILE
        while len(nodes) > 1:
            path.append(nodes[within ^ 1])
            nodes, within = _above(nodes), within >> 1
    return path


def cells(nodes: bytes) -> list[bytes]:
    """A tile's leaves or nodes, one by one."""
    return [nodes[n : n + NODE_BYTES] for n in range(0, len(nodes), NODE_BYTES)]
