"""Both stores say the same of balances as of any sequence, and keep liability trees whole."""

import random
from collections.abc import Iterator

import pytest

from partita.engine.listing import AccountFilter
from partita.engine.trees import Tree
from partita.journal.sum_tree import TreeTile
from partita.kernel.account import Account, AccountStatus, Side
from partita.kernel.events import AccountOpened
from partita.wiring import FullStore
from tests.contracts.pen import Pen, filled, transfer

FILTERS = [
    AccountFilter(),
    AccountFilter(path_prefix="users", asset="USD", type="liability"),
    AccountFilter(path_prefix="users:b"),
    AccountFilter(asset="PTS"),
    AccountFilter(type="asset"),
    AccountFilter(path_prefix="nobody"),
    AccountFilter(status=AccountStatus.CLOSED),  # a matter of now, so not looked at
]


@pytest.fixture
def pen(store: FullStore) -> Pen:
    """A ledger with a bit of everything, beside another that must never be seen."""
    filled(store, "other").write(transfer("cash", "users:a"))
    return filled(store)


def counts(account: Account, which: AccountFilter) -> bool:
    prefix = which.path_prefix
    return all((
        prefix is None or f"{account.path}:".startswith(f"{prefix}:"),
        which.asset in {None, account.asset},
        which.type in {None, account.type.value},
    ))  # fmt: skip


def by_the_journal(store: FullStore, pen: Pen, which: AccountFilter, until: int) -> dict[str, int]:
    """Credits less debits of each account, added up from the records alone."""
    found: dict[str, int] = {}
    for record in store.records(pen.info, 0, until):
        event = record.event
        if isinstance(event, AccountOpened) and counts(event.account, which):
            found[event.account.path] = 0
        for entry in getattr(event, "entries", ()):
            if entry.account in found:
                sign = 1 if entry.direction is Side.CREDIT else -1
                found[entry.account] += sign * entry.amount
    return found


@pytest.mark.parametrize("which", FILTERS)
def test_net_credits_are_what_the_records_add_up_to(
    store: FullStore, pen: Pen, which: AccountFilter
) -> None:
    for sequence in range(1, pen.head.sequence + 1):
        found = list(store.net_credits_at(pen.info, which, sequence))
        expected = by_the_journal(store, pen, which, sequence)
        assert dict(found) == expected
        assert len(found) == len(expected)


def tiles(seed: int, *, breaking: bool = False) -> Iterator[TreeTile]:
    """Some tiles; they may break off, as when a sum turns out too large."""
    chance = random.Random(seed)
    for place in range(3):
        yield 0, place, chance.randbytes(256 * 48)
    if breaking:
        raise ValueError("a sum does not fit")
    yield 8, 0, chance.randbytes(48)


def test_a_tree_is_kept_tile_by_tile_and_never_twice(store: FullStore, pen: Pen) -> None:
    tree = Tree("USD:users", 5, 3, 1, 10**40)
    assert store.tree(pen.info, tree.title, tree.epoch) is None
    assert store.keep_tree(pen.info, tree, tiles(1)) is True
    assert store.keep_tree(pen.info, tree, tiles(2)) is False
    assert store.tree(pen.info, tree.title, tree.epoch) == tree
    for level, place, nodes in tiles(1):
        assert store.tile(pen.info, tree, level, place) == nodes
    assert store.tile(pen.info, tree, 0, 3) is None


def test_trees_of_other_epochs_titles_and_ledgers_are_others(store: FullStore, pen: Pen) -> None:
    tree, other = Tree("USD:users", 5, 3, 0, 0), filled(store, "third").info
    store.keep_tree(pen.info, tree, tiles(1))
    assert store.tree(pen.info, tree.title, 6) is None
    assert store.tree(pen.info, "PTS:users", 5) is None
    assert store.tree(other, tree.title, tree.epoch) is None
    assert store.keep_tree(other, tree, tiles(2)) is True
    assert store.tile(other, tree, 0, 0) != store.tile(pen.info, tree, 0, 0)


def test_a_tree_that_breaks_off_leaves_nothing(store: FullStore, pen: Pen) -> None:
    tree = Tree("USD:users", 5, 3, 0, 0)
    with pytest.raises(ValueError, match="does not fit"):
        store.keep_tree(pen.info, tree, tiles(1, breaking=True))
    assert store.tree(pen.info, tree.title, tree.epoch) is None
    assert store.tile(pen.info, tree, 0, 0) is None
    assert store.keep_tree(pen.info, tree, tiles(1)) is True
