"""Planting: all accounts that count, as of an epoch, become a tree whose tiles the store keeps.

**Who counts.** Every account of type `liability` in the asset, at the prefix or below it, that was
opened by the epoch, closed ones included: one leaf each. An account's leaf has its own posted
balance on the credit side; if that is below zero, the leaf has zero, and the figures say so. It is
never set against what others are owed.

**One leaf for each account, not for each customer.** An account has one register, so its leaf can be
held against its account statement; a leaf for a group would need the others' balances to be checked.
Whoever has several accounts checks several files.

Nothing here is random: the same journal, epoch and secret give the same tree, so a lost one can be
planted again, and a second root for an epoch cannot happen by accident.

Memory: about 170 bytes for each account while it is planted; 48 for each leaf stay in the store.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Protocol

import msgspec

from partita.engine.errors import NotFound, PartitaError
from partita.engine.listing import AccountFilter
from partita.engine.ports import LedgerInfo, Reader, Store
from partita.engine.trees import Tree, Trees
from partita.journal.sum_tree import (
    LEVELS_PER_TILE,
    TreeTile,
    commitment,
    epoch_prefix,
    leaf,
    leaves_for,
    plant,
)
from partita.kernel.account import Account, AccountType
from partita.modules.liabilities.nonces import EpochNonces
from partita.modules.liabilities.sealed import title_of

Advance = Callable[[int, int], None]
_TELL_EVERY = 10_000


class LiabilityStore(Store, Reader, Trees, Protocol):
    """What is needed of a store: to read balances, to keep trees, to find a key again."""


class OtherSecret(PartitaError):
    """The tree that is kept was planted under another secret."""


class Plot(msgspec.Struct, frozen=True):
    """Which accounts a tree is over, and as of which sequence of the journal."""

    asset: str
    prefix: str
    epoch: int

    @property
    def title(self) -> str:
        """What all trees of this asset and prefix are called."""
        return title_of(self.asset, self.prefix)

    @property
    def accounts(self) -> AccountFilter:
        """The accounts that count."""
        return AccountFilter(self.prefix, self.asset, AccountType.LIABILITY.value)

    def has(self, account: Account) -> bool:
        """Whether an account has a leaf."""
        return (
            account.type is AccountType.LIABILITY
            and account.asset == self.asset
            and account.number <= self.epoch
            and f"{account.path}:".startswith(f"{self.prefix}:")
        )


def nonces_of(plot: Plot, info: LedgerInfo, secret: bytes) -> EpochNonces:
    """The nonces of this plot's tree."""
    return EpochNonces(secret, info.name, plot.title, plot.epoch)


class Planter:
    """Plants the trees of one ledger."""

    def __init__(self, info: LedgerInfo, store: LiabilityStore, secret: bytes) -> None:
        """`secret` is the installation's; whoever has it can tell whose a leaf is."""
        self._info, self._store, self._secret = info, store, secret

    def plant(self, plot: Plot, advance: Advance = lambda *_: None) -> tuple[bytes, int]:
        """Plant and keep the tree; its root node and how many leaves it has.

        `advance` is told how many accounts are read, then how many leaves are hashed of how many.

        Raises:
            NotFound: there is no such account.
            SumTreeError: the total does not fit into 128 bits.
            OtherSecret: the same tree is kept already, with other nonces.
        """
        leaves, tree = self._leaves(plot, advance)
        if not tree.accounts:
            raise NotFound(
                f"the ledger {self._info.name!r} has no account of type liability in"
                f" {plot.asset} at {plot.prefix!r} or below it"
            )
        self._pad(leaves, plot)
        leaves.sort()
        top: list[bytes] = []
        tiles = _watched(plant(leaves, epoch_prefix(plot.asset, plot.epoch), advance), top)
        if not self._store.keep_tree(self._info, tree, tiles):
            self._check_same(tree, len(leaves), top[0])
        return top[0], len(leaves)

    def _leaves(self, plot: Plot, advance: Advance) -> tuple[list[bytes], Tree]:
        """A leaf for each account, and the figures."""
        nonce = nonces_of(plot, self._info, self._secret).account
        found = self._store.net_credits_at(self._info, plot.accounts, plot.epoch)
        leaves: list[bytes] = []
        overdrawn_accounts = overdrawn = 0
        with closing(found):  # it holds a connection
            for path, net in found:
                if net < 0:
                    overdrawn_accounts, overdrawn, net = overdrawn_accounts + 1, overdrawn - net, 0
                leaves.append(leaf(commitment(path, nonce(path)), net))
                if len(leaves) % _TELL_EVERY == 0:
                    advance(len(leaves), 0)
        return leaves, Tree(plot.title, plot.epoch, len(leaves), overdrawn_accounts, overdrawn)

    def _pad(self, leaves: list[bytes], plot: Plot) -> None:
        padding = nonces_of(plot, self._info, self._secret).padding
        missing = leaves_for(len(leaves)) - len(leaves)
        leaves.extend(leaf(padding(number), 0) for number in range(missing))

    def _check_same(self, tree: Tree, leaves: int, top: bytes) -> None:
        if self._store.tile(self._info, tree, top_level(leaves), 0) != top:
            raise OtherSecret(
                f"the tree of {tree.title} at epoch {tree.epoch} is kept with another root: use"
                " the secret (PARTITA_SECRET, or the file `pepper`) that it was planted under"
            )


def top_level(leaves: int) -> int:
    """The level on which the root's tile stands."""
    height = leaves.bit_length() - 1
    return -(-height // LEVELS_PER_TILE) * LEVELS_PER_TILE


def _watched(tiles: Iterator[TreeTile], top: list[bytes]) -> Iterator[TreeTile]:
    """The tiles as they come; the last one, the root, is noted."""
    for tile in tiles:
        top[:] = [tile[2]]
        yield tile
