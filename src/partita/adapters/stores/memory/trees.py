"""Liability trees in memory: balances as of a sequence, and tiles by ledger, title and epoch."""

import sys
from collections.abc import Generator, Iterable
from typing import Protocol

import msgspec

from partita.engine.listing import AccountFilter
from partita.engine.ports import LedgerInfo
from partita.engine.trees import Tree
from partita.journal.sum_tree import TreeTile
from partita.kernel.account import Totals
from partita.kernel.book import Standing

Tiles = dict[tuple[int, int], bytes]


class _Accounts(Protocol):
    """What the rest of the store says of accounts."""

    def accounts(
        self, ledger: LedgerInfo, which: AccountFilter, before: int | None, limit: int
    ) -> list[Standing]: ...

    def totals_at(self, ledger: LedgerInfo, number: int, sequence: int) -> Totals: ...


class MemoryTrees:
    """The memory store's liability trees, and the balances that they are made of."""

    def __init__(self) -> None:
        """Keep none yet."""
        super().__init__()
        self._trees: dict[tuple[int, str, int], tuple[Tree, Tiles]] = {}

    def net_credits_at(
        self: _Accounts, ledger: LedgerInfo, which: AccountFilter, sequence: int
    ) -> Generator[tuple[str, int], None, None]:
        """Path and credits less debits of each account there was as of a sequence."""
        always = msgspec.structs.replace(which, status=None)
        for standing in self.accounts(ledger, always, sequence + 1, sys.maxsize):
            totals = self.totals_at(ledger, standing.account.number, sequence)
            yield standing.account.path, totals.posted_credits - totals.posted_debits

    def keep_tree(self, ledger: LedgerInfo, tree: Tree, tiles: Iterable[TreeTile]) -> bool:
        """Keep a tree unless it is there."""
        kept = tree, {(level, place): nodes for level, place, nodes in tiles}
        return self._trees.setdefault((ledger.number, tree.title, tree.epoch), kept) is kept

    def tree(self, ledger: LedgerInfo, title: str, epoch: int) -> Tree | None:
        """The tree of this title and epoch."""
        kept = self._trees.get((ledger.number, title, epoch))
        return None if kept is None else kept[0]

    def tile(self, ledger: LedgerInfo, tree: Tree, level: int, place: int) -> bytes | None:
        """The nodes of one tile."""
        kept = self._trees.get((ledger.number, tree.title, tree.epoch))
        return None if kept is None else kept[1].get((level, place))
