"""The book: as much of a ledger's state as the commands at hand need, in memory.

`evolve` is the only way in which it changes, and it takes events only; so a book is the fold of
the journal's events over the accounts it holds. A store fills it with what a batch names.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from partita.kernel import events
from partita.kernel.account import Account, AccountStatus, Totals
from partita.kernel.asset import BUILT_IN, Asset


class Standing(msgspec.Struct):
    """An account and where it stands now: status, version of its last entry, running totals."""

    account: Account
    status: AccountStatus = AccountStatus.OPEN
    version: int = 0
    totals: Totals = Totals()
    has_floor: bool = False
    has_ceiling: bool = False

    def __post_init__(self) -> None:
        """Work out once which limits there are to judge at each posting."""
        limits = self.account.constraints
        self.has_floor = limits.min_posted is not None or limits.min_available is not None
        self.has_ceiling = limits.max_posted is not None or limits.max_available is not None


class Book:
    """Accounts (by path and by id), assets and taken external ids of one ledger."""

    def __init__(self) -> None:
        """Make an empty book: nothing is known but the built-in assets."""
        self.is_open = False
        self.standings: dict[str, Standing] = {}
        self.assets: dict[str, Asset] = {}
        self.external_ids: set[str] = set()

    def asset(self, code: str) -> Asset | None:
        """The asset of that code, built in or registered; None if there is none."""
        return BUILT_IN.get(code) or self.assets.get(code)

    def put(self, standing: Standing) -> None:
        """Take in an account as loaded, findable by path and by id."""
        self.standings[standing.account.path] = standing
        self.standings[standing.account.id] = standing

    def forget(self) -> None:
        """Drop everything that was loaded; whether the ledger is open stays known."""
        self.standings.clear()
        self.assets.clear()
        self.external_ids.clear()


def evolve(book: Book, event: events.Event) -> None:
    """Take one fact into the book.

    Raises:
        AssertionError: the fact does not follow from the book; a journal holds no such fact.
    """
    if type(event) is events.TransactionPosted:
        _post(book, event)
    else:
        _EVOLVERS[type(event)](book, event)


def _post(book: Book, event: events.TransactionPosted) -> None:
    standings = book.standings
    for entry in event.entries:
        standing = standings[entry.account]
        assert entry.version == standing.version + 1, f"{entry.account}: versions must be dense"
        standing.version = entry.version
        standing.totals = entry.after
    if event.external_id is not None:
        book.external_ids.add(event.external_id)


def _open_ledger(book: Book, _event: events.LedgerOpened) -> None:
    assert not book.is_open, "a ledger is opened once"
    book.is_open = True


def _register_asset(book: Book, event: events.AssetRegistered) -> None:
    assert book.asset(event.asset.code) is None, "an asset is registered once"
    book.assets[event.asset.code] = event.asset


def _open_account(book: Book, event: events.AccountOpened) -> None:
    assert event.account.path not in book.standings, "a path is taken once"
    book.put(Standing(account=event.account))


_STATUS_AFTER: dict[type, AccountStatus] = {
    events.AccountFrozen: AccountStatus.FROZEN,
    events.AccountUnfrozen: AccountStatus.OPEN,
    events.AccountClosed: AccountStatus.CLOSED,
}


def _change_status(book: Book, event: events.AccountChanged) -> None:
    standing = book.standings[event.account]
    assert standing.status is not AccountStatus.CLOSED, "a closed account stays closed"
    standing.status = _STATUS_AFTER[type(event)]


_EVOLVERS: dict[type, Callable[[Book, Any], None]] = {
    events.LedgerOpened: _open_ledger,
    events.AssetRegistered: _register_asset,
    events.AccountOpened: _open_account,
    events.AccountFrozen: _change_status,
    events.AccountUnfrozen: _change_status,
    events.AccountClosed: _change_status,
}
