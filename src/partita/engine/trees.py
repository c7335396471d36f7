"""The port behind which the tiles of liability trees are kept. Adapters obey it."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from partita.engine.ports import LedgerInfo
from partita.journal.sum_tree import TreeTile


class Tree(msgspec.Struct, frozen=True):
    """A planted liability tree as the store knows it, and how many accounts went into it.

    `overdrawn` is the sum by which accounts are below zero; in the tree these count as zero.
    """

    title: str
    epoch: int
    accounts: int
    overdrawn_accounts: int
    overdrawn: int


class Trees(Protocol):
    """Where the tiles of liability trees are kept; they can be planted again from the journal."""

    def keep_tree(self, ledger: LedgerInfo, tree: Tree, tiles: Iterable[TreeTile]) -> bool:
        """Keep a tree, all of it or nothing; False if one of this title and epoch is there."""
        ...

    def tree(self, ledger: LedgerInfo, title: str, epoch: int) -> Tree | None:
        """The tree of this title and epoch, if it is kept."""
        ...

    def tile(self, ledger: LedgerInfo, tree: Tree, level: int, place: int) -> bytes | None:
        """The nodes of one tile of a tree."""
        ...
