"""Views dropped and projected anew: the rows must be the same, one for one."""

import time
from collections.abc import Iterator
from typing import NamedTuple

from partita.engine.ports import LedgerInfo
from partita.engine.trailing.follower import ViewFollower
from partita.engine.trailing.ports import AnyView
from partita.engine.trailing.scanning import Scan
from partita.engine.trailing.tables import Row, Table
from partita.views import TRAILING
from partita.wiring import Application

_PAGE = 5_000


class Rebuilt(NamedTuple):
    """A view before and after: how many rows, and how many are on one side only."""

    view: str
    rows: int
    differences: int
    seconds: float


def rebuild_all(application: Application, info: LedgerInfo) -> Iterator[Rebuilt]:
    """Project every trailing view up to the head, then anew, and compare."""
    store = application.store
    follower = ViewFollower(store, store, TRAILING, store.ledgers)
    _follow(follower, application)
    for view in TRAILING:
        before = _rows(application, info, view)
        began = time.perf_counter()
        follower.rebuild(info, view, application.clock.now())
        _follow(follower, application)
        seconds = time.perf_counter() - began
        after = _rows(application, info, view)
        yield Rebuilt(view.name, len(after), len(before ^ after), round(seconds, 2))


def _follow(follower: ViewFollower, application: Application) -> None:
    """Until nothing is left to do; the last round swaps what has been built."""
    while follower.run_once(application.clock.now()):
        pass
    follower.run_once(application.clock.now())


def _rows(application: Application, info: LedgerInfo, view: AnyView) -> set[tuple[str, Row]]:
    return {
        (table.name, row) for table in view.tables for row in _of(application, info, view, table)
    }


def _of(application: Application, info: LedgerInfo, view: AnyView, table: Table) -> Iterator[Row]:
    after: Row | None = None
    while (
        page := application.views(info).scan(view, Scan(table.name, after=after, limit=_PAGE)).rows
    ):
        yield from page
        after = page[-1][: len(table.key)]
