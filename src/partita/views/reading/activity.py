"""Account activity: one account's beginning, last sign of life and sums; and who is dormant."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from partita.engine.ports import Wants
from partita.engine.trailing.scanning import Condition, Scan, Test
from partita.kernel.account import Account, AccountStatus
from partita.kernel.book import Standing
from partita.kernel.moment import Moment
from partita.views.activity import ACCOUNT_ACTIVITY, ACTIVITY, BY_LAST, FIRST_ENTRY
from partita.views.reading.looking import Look, Place, Seen, is_below, near, seen

_PAGE = 200


class Sign(msgspec.Struct, frozen=True):
    """An entry as a sign of life: in which record, and when that was by both times."""

    sequence: int
    recorded_at: Moment
    effective_at: Moment


class Activity(msgspec.Struct, frozen=True):
    """What ever went through an account. Without entries there is no first and no last."""

    account: str
    asset: str
    entries: int = 0
    debits: int = 0
    credits: int = 0
    first: Sign | None = None
    last: Sign | None = None


def activity(place: Place, account: Account) -> Seen[Activity]:
    """What an account did, and as of which sequence that is."""

    def ask(look: Look) -> Activity:
        named = {"account": account.path}
        first = look.some(Scan(FIRST_ENTRY, equal=named, limit=1))
        rows = look.some(Scan(ACCOUNT_ACTIVITY, equal=named, limit=1))
        if not rows:
            return Activity(account.path, account.asset)
        return _told(rows[0], Sign(*first[0][1:]) if first else None)

    return seen(place, ACTIVITY, ask)


def _told(row: Any, first: Sign | None = None) -> Activity:
    account, asset, entries, debits, credits, *last = row
    sign = Sign(*last) if entries else None
    return Activity(account, asset, entries, debits, credits, first, sign)


class Dormant(msgspec.Struct, frozen=True):
    """An account that did not move any more: what it did before, and since when it has rested.

    `since` is when its last entry was recorded, or when it was opened if there is none.
    """

    activity: Activity
    standing: Standing
    since: Moment

    @property
    def place(self) -> tuple[Moment, str]:
        """Where it stands in the list."""
        return self.since, self.activity.account


class DormantFilter(NamedTuple):
    """Which accounts: nothing recorded from `since` on, of an asset, at or below a path."""

    since: Moment
    asset: str | None = None
    prefix: str | None = None


def dormant(
    place: Place, which: DormantFilter, after: tuple[Moment, str] | None, limit: int
) -> Seen[list[Dormant]]:
    """So many accounts that rest, the longest first; closed ones are over and are left out."""

    def ask(look: Look) -> list[Dormant]:
        return list(islice(_open(place, _resting(look, which, after)), limit))

    return seen(place, ACTIVITY, ask)


def _resting(
    look: Look, which: DormantFilter, after: tuple[Moment, str] | None
) -> Iterator[list[Any]]:
    """Pages of rows of accounts that rest, closed ones among them."""
    wanted = () if which.asset is None else (Condition("asset", Test.EQUAL, which.asset),)
    scan = Scan(
        ACCOUNT_ACTIVITY, order=BY_LAST, stop=which.since, after=after,
        where=(*wanted, *near("account", which.prefix)),
    )  # fmt: skip
    rows = (row for row in look.rows(scan, _PAGE) if is_below(row[0], which.prefix))
    while page := list(islice(rows, _PAGE)):
        yield page


def _open(place: Place, pages: Iterable[list[Any]]) -> Iterator[Dormant]:
    for page in pages:
        wants = Wants(accounts=[row[0] for row in page])
        found = place.shelf.load(place.ledger, wants).standings
        standings = {standing.account.path: standing for standing in found}
        for row in page:
            standing = standings[row[0]]
            if standing.status is not AccountStatus.CLOSED:
                yield Dormant(_told(row), standing, row[6])
