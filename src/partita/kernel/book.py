"""The book: as much of a ledger's state as the commands at hand need, in memory.

`evolve` is the only way in which it changes, and it takes events only; so a book is the fold of
the journal's events over the accounts it holds. A store fills it with what a batch names.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from partita.kernel import events
from partita.kernel.account import Account, AccountStatus, Side, Totals
from partita.kernel.asset import BUILT_IN, Asset
from partita.kernel.documents import Document
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.periods import Calendar, Period
from partita.kernel.posting import Entry
from partita.kernel.resources import Resource
from partita.kernel.velocity import Velocity
from partita.kernel.velocity_limits import Limit


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
    """Accounts (by path and by id), assets, taken external ids and resources of one ledger.

    Resources are found by kind and id; of each document also its newest version, by its name.
    """

    def __init__(self) -> None:
        """Make an empty book: nothing is known but the built-in assets."""
        self.is_open = False
        self.standings: dict[str, Standing] = {}
        self.assets: dict[str, Asset] = {}
        self.external_ids: set[str] = set()
        self.resources: dict[tuple[str, str], Resource] = {}
        self.velocity, self.calendar = Velocity(), Calendar()
        self.standing_matters: dict[tuple[str, str], Matter] = {}
        """Matters in force that many decisions look at, by kind and id."""
        self.now = Moment(0)
        """The moment of the record that is being taken in; windows of limits look back from it."""

    @property
    def is_governed(self) -> bool:
        """Whether there are velocity limits, or periods that are not open."""
        return bool(self.velocity.limits) or self.calendar.closed_until is not None

    def side_of(self, path: str) -> Side:
        """The normal side of an account."""
        return self.standings[path].account.normal_side

    def asset(self, code: str) -> Asset | None:
        """The asset of that code, built in or registered; None if there is none."""
        return BUILT_IN.get(code) or self.assets.get(code)

    def put(self, standing: Standing) -> None:
        """Take in an account as loaded, findable by path and by id."""
        self.standings[standing.account.path] = standing
        self.standings[standing.account.id] = standing

    def keep(self, resource: Resource) -> None:
        """Take in a resource as it is now."""
        self.resources[resource.kind, resource.id] = resource
        if isinstance(resource, Limit):
            self.velocity.keep(resource)
        elif isinstance(resource, Period):
            self.calendar.keep(resource)
        elif isinstance(resource, Matter):
            self._keep_matter(resource)
        if isinstance(resource, Document):
            self.resources[resource.kind, resource.name] = resource

    def _keep_matter(self, matter: Matter) -> None:
        """Have a matter found by its title too, and stand if it is in force."""
        if matter.name is not None:
            self.resources[matter.kind, matter.name] = matter
        if matter.is_standing:
            self.standing_matters[matter.kind, matter.id] = matter
        else:
            self.standing_matters.pop((matter.kind, matter.id), None)

    def copy_of(self, accounts: Iterable[str], resources: Iterable[str]) -> "Book":
        """A book of its own with as much as commands need that name these accounts and resources."""
        copy, wanted = Book(), list(accounts)
        copy.is_open, copy.assets = self.is_open, dict(self.assets)
        copy.external_ids, copy.resources = set(self.external_ids), dict(self.resources)
        copy.standing_matters = dict(self.standing_matters)
        copy.velocity, copy.calendar, copy.now = (
            self.velocity.copy(),
            self.calendar.copy(),
            self.now,
        )
        named = set(resources)
        for (_kind, identifier), resource in self.resources.items():
            wanted += resource.accounts if identifier in named else ()
        for name in wanted:
            if (found := self.standings.get(name)) is not None:
                copy.put(Standing(found.account, found.status, found.version, found.totals))
        return copy

    def forget(self) -> None:
        """Drop everything that was loaded; whether the ledger is open stays known."""
        self.resources.clear()
        self.velocity.forget()
        self.calendar.forget()
        self.standing_matters.clear()
        self.standings.clear()
        self.assets.clear()
        self.external_ids.clear()


def evolve(book: Book, event: events.Event) -> None:
    """Take one fact into the book.

    Raises:
        AssertionError: the fact does not follow from the book; a journal holds no such fact.
    """
    if type(event) is events.TransactionPosted:
        _enter(book, event.entries)
        if event.external_id is not None:
            book.external_ids.add(event.external_id)
    else:
        _EVOLVERS[type(event)](book, event)
    if book.velocity.limits:
        book.velocity.count(event, book.now, book.side_of)


def _enter(book: Book, entries: tuple[Entry, ...]) -> None:
    standings = book.standings
    for entry in entries:
        standing = standings[entry.account]
        assert entry.version == standing.version + 1, f"{entry.account}: versions must be dense"
        standing.version = entry.version
        standing.totals = entry.after


def _change_resource(book: Book, event: Any) -> None:
    """Any event that carries a resource as it is afterwards, and perhaps entries."""
    _enter(book, events.entries_in(event))
    book.keep(event.resource)
    external_id = external_id_of(event)
    if external_id is not None:
        book.external_ids.add(external_id)


def external_id_of(event: events.Event) -> str | None:
    """The caller's own reference that a fact takes, once in a ledger."""
    if isinstance(event, events.HoldPlaced):
        return event.hold.external_id
    return getattr(event, "external_id", None)


def _open_ledger(book: Book, _event: events.LedgerOpened) -> None:
    assert not book.is_open, "a ledger is opened once"
    book.is_open = True


def _register_asset(book: Book, event: events.AssetRegistered) -> None:
    assert book.asset(event.asset.code) is None, "an asset is registered once"
    book.assets[event.asset.code] = event.asset


def _open_account(book: Book, event: events.AccountOpened) -> None:
    assert event.account.path not in book.standings, "a path is taken once"
    book.put(Standing(account=event.account))


def _change_status(book: Book, event: events.AccountChanged) -> None:
    standing = book.standings[event.account]
    assert standing.status is not AccountStatus.CLOSED, "a closed account stays closed"
    standing.status = event.status


_EVOLVERS: dict[type, Callable[[Book, Any], None]] = {
    events.LedgerOpened: _open_ledger,
    events.AssetRegistered: _register_asset,
    events.AccountOpened: _open_account,
    events.AccountFrozen: _change_status,
    events.AccountUnfrozen: _change_status,
    events.AccountClosed: _change_status,
    **dict.fromkeys(events.RESOURCE_EVENTS, _change_resource),
}
