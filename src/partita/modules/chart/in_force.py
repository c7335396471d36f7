"""The chart in force: a matter of the ledger, else the one that is built in.

A ledger has one chart, in versions. Each is compiled once and kept, since every business decision
looks at it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from partita.engine.business import Desk
from partita.engine.errors import NotFound
from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo, Reader
from partita.journal.record import Record
from partita.kernel.account import Account
from partita.kernel.commands import OpenAccount
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter, matter_name
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.chart import Chart
from partita.modules.chart.document import from_canonical
from partita.modules.chart.ready import ready_chart

KIND, TITLE, PREFIX = "chart", "main", "cht_"
NAME = matter_name(KIND, TITLE)
ACTIVE, RETIRED, BUILT_IN = "active", "retired", "built_in"
_PAGE = 1_000


class InForce(NamedTuple):
    """A chart as a ledger has it. `version` counts every change, also retiring; 0 before the first.

    `status` is active, retired, or built_in where the ledger never had one of its own.
    """

    chart: Chart
    version: int
    status: str
    id: str | None = None


def chart_of(desk: Desk) -> Chart:
    """The chart by which business places money now."""
    return own_chart(desk) or ready_chart()


def own_chart(desk: Desk) -> Chart | None:
    """The chart that was applied to this ledger, if it is in force."""
    for matter in desk.standing(KIND):
        return compiled(matter.body, matter.version)
    return None


def opener(desk: Desk, path: str, is_business: bool) -> OpenAccount | None:
    """The command that opens this account by itself, if the chart says so.

    Where a ledger has no chart of its own, only business opens accounts so.
    """
    chart = own_chart(desk)
    if chart is None and is_business:
        chart = ready_chart()
    return None if chart is None else chart.opening(path)


def gate(desk: Desk, account: Account) -> Rejection | None:
    """Why this account may not be opened: a strict chart foresees none there, or another one."""
    chart = own_chart(desk)
    if chart is None or not chart.is_strict:
        return None
    found = chart.match(account.path)
    if found is None:
        detail = f"The chart {chart.document.name} is strict and has no pattern for {account.path}."
        return Rejection(Code.ACCOUNT_OUTSIDE_CHART, detail, "/path")
    pattern = found.pattern
    facts = {"pattern": pattern.path}
    if account.type is not pattern.type or account.normal_side is not pattern.normal_side:
        detail = f"By the chart {pattern.path} is of type {pattern.type.value}, not otherwise."
        return Rejection(Code.ACCOUNT_OUTSIDE_CHART, detail, "/type", facts)
    if found.asset not in (None, account.asset):
        detail = f"By the chart {account.path} counts {found.asset}, not {account.asset}."
        return Rejection(Code.ACCOUNT_OUTSIDE_CHART, detail, "/asset", facts)
    return None


@lru_cache(maxsize=64)
def compiled(body: str, version: int) -> Chart:
    """The chart of a matter's body, which was checked before it was kept."""
    return Chart(from_canonical(body), version)


def in_force(store: Reader, info: LedgerInfo) -> InForce:
    """The chart that a ledger has now; asks the store."""
    found = store.resources(info, ResourceFilter(KIND, name=NAME), None, 1)
    return as_it_was(found[0]) if found else InForce(ready_chart(), 0, BUILT_IN)


def at_version(store: Reader, info: LedgerInfo, version: int) -> InForce:
    """The chart as that version left it; asks the store.

    Raises:
        NotFound: it never had that version.
    """
    now = in_force(store, info)
    if version == now.version:
        return now
    if now.id is not None and 0 < version < now.version:
        for record in _records(store, info, now.id):
            event = record.event
            if isinstance(event, MatterChanged) and event.matter.version == version:
                return as_it_was(event.matter)
    raise NotFound(f"the chart of {info.name!r} has versions up to {now.version}, not {version}")


def known_at(store: Reader, info: LedgerInfo, sequence: int) -> InForce:
    """The chart that was in force at a place in the journal; asks the store."""
    now = in_force(store, info)
    newest: MatterChanged | None = None
    if now.id is not None:
        for record in _records(store, info, now.id):
            if record.sequence > sequence:
                break
            assert isinstance(record.event, MatterChanged), "a matter's records are its changes"
            newest = record.event
    return InForce(ready_chart(), 0, BUILT_IN) if newest is None else as_it_was(newest.matter)


def _records(store: Reader, info: LedgerInfo, identifier: str) -> Iterator[Record]:
    after = 0
    while records := store.records_about(info, identifier, after, _PAGE):
        yield from records
        after = records[-1].sequence


def as_it_was(matter: object) -> InForce:
    """The chart that a state of its matter means: the built-in one, where it was retired."""
    assert isinstance(matter, Matter), "charts are kept as matters"
    chart = compiled(matter.body, matter.version) if matter.status == ACTIVE else ready_chart()
    return InForce(chart, matter.version, matter.status, matter.id)
