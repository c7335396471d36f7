"""The chart: every account as it was opened, and its status now."""

from collections.abc import Iterable, Iterator

import msgspec

from partita.engine.trailing.tables import laid_by_store
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel import events
from partita.kernel.account import Account, AccountStatus


class AccountAdded(msgspec.Struct, frozen=True):
    """A new row: the account, open."""

    account: Account


class StatusChanged(msgspec.Struct, frozen=True):
    """A row's new status; nothing else of an account changes."""

    number: int
    status: AccountStatus


def project(records: Iterable[Record]) -> Iterator[AccountAdded | StatusChanged]:
    """What records do to the chart."""
    for record in records:
        event = record.event
        if isinstance(event, events.AccountOpened):
            yield AccountAdded(event.account)
        elif isinstance(event, events.AccountChanged):
            yield StatusChanged(event.number, event.status)


CHART = View("chart", Pace.INLINE, (laid_by_store("account"),), project)
