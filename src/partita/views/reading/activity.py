"""Account activity: one account's beginning, last sign of life and sums; and who is dormant."""

from itertools import islice

import msgspec

from partita.engine.ports import Wants
from partita.engine.trailing.scanning import Condition, Scan, Test
from partita.kernel.account import Account, AccountStatus
from partita.kernel.book import Standing
from partita.kernel.moment import Moment
from partita.views.activity import ACCOUNT_ACTIVITY, ACTIVITY, BY_LAST, FIRST_ENTRY
from partita.views.reading.looking import Look, Place, is_below, near, seen


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


def activity(place: Place, account: Account) -> tuple[Activity, int]:
    """What an account did, and as of which sequence that is."""

    def ask(look: Look) -> Activity:
        named = {"account": account.path}
        first = look.some(Scan(FIRST_ENTRY, equal=named, limit=1))
        rows = look.some(Scan(ACCOUNT_ACTIVITY, equal=named, limit=1))
        if not rows:
            return Activity(account.path, account.asset)
        return _told(rows[0], _sign(first[0][1:]) if first else None)

    return seen(place, ACTIVITY, ask)


def _told(row: tuple, first: Sign | None = None) -> Activity:
    account, asset, entries, debits, credits, *last = row
    sign = _sign(last) if entries else None
    return Activity(account, asset, entries, debits, credits, first, sign)


def _sign(values) -> Sign:
    return Sign(*values)
