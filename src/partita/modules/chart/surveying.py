"""Surveying: what a chart would change in a ledger, in its patterns and for the accounts there are."""

from collections.abc import Iterator
from typing import NamedTuple

from partita.engine.listing import AccountFilter
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.account import Account
from partita.modules.chart.chart import Chart
from partita.modules.chart.comparing import Difference, Fit, compare, fit
from partita.modules.chart.in_force import ACTIVE, at_version, in_force

_PAGE = 1_000
_ALL = AccountFilter()


class Survey(NamedTuple):
    """What lies between the chart in force and another, and how the accounts stand to that one."""

    difference: Difference
    fit: Fit


def survey(store: Reader, info: LedgerInfo, after: Chart) -> Survey:
    """Compare a chart with the one in force, and with every account; asks the store.

    Where the ledger has no chart of its own, everything is new.
    """
    before = in_force(store, info)
    own = before.chart if before.status == ACTIVE else None
    return Survey(compare(own, after), fit(every_account(store, info), after, own))


def difference_of_version(store: Reader, info: LedgerInfo, after: Chart) -> Difference:
    """What that version changed of the one before it; asks the store."""
    before = None if after.version <= 1 else at_version(store, info, after.version - 1)
    own = before.chart if before is not None and before.status == ACTIVE else None
    return compare(own, after)


def every_account(store: Reader, info: LedgerInfo) -> Iterator[Account]:
    """All accounts of a ledger, newest first; asks the store, page by page."""
    before: int | None = None
    while found := store.accounts(info, _ALL, before, _PAGE):
        yield from (standing.account for standing in found)
        before = found[-1].account.number
