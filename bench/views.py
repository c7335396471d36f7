"""Rows of trailing views: how fast each keeping takes them, and how fast they are read.

`./dev bench --views`. Rows go through the store as the worker sends them, in batches of 4,000. They are
*loaded* far from the end of a journal, into tables without the indexes of their orders, which are
made at the end; or they *follow* at its end, with all indexes in place. Then questions are asked of
the rows that came once, the most of them of an account that has a tenth of all.
"""

import random
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
import psycopg
from rich.console import Console
from rich.table import Table as Shown

from bench.as_of import times_ms
from bench.database import MeasuredServer
from partita.adapters.stores.postgres import bootstrap, migrate
from partita.adapters.stores.postgres.roles import DATABASE
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.ports import LedgerInfo
from partita.engine.trailing.changes import Add, Change, Put
from partita.engine.trailing.ports import Standing
from partita.engine.trailing.scanning import Scan
from partita.engine.trailing.tables import Column, Keeping, Kind, Order, Table
from partita.engine.trailing.view import Pace, View
from partita.kernel.moment import Moment

FULL_ROWS, QUICK_ROWS, BATCH_ROWS = 1_000_000, 100_000, 4_000
_ACCOUNTS, _HOT_SHARE, _ROUNDS = 100_000, 0.1, 300
_START = Moment.parse("2026-01-01T00:00:00Z")
_DISTANCE = 1_000_000_000
"""How far the journal's end is where rows are loaded."""
_HOT = "customers:000000"

ENTRIES = Table(
    "entries",
    (
        Column("sequence", Kind.COUNT), Column("leg", Kind.COUNT), Column("id", Kind.TEXT),
        Column("account", Kind.TEXT), Column("asset", Kind.TEXT), Column("amount", Kind.INTEGER),
        Column("at", Kind.MOMENT),
    ),
    ("sequence", "leg"), Keeping.APPENDED, (Order("of_account", ("account", "at")),),
)  # fmt: skip
BALANCES = Table(
    "balances",
    (
        Column("account", Kind.TEXT), Column("asset", Kind.TEXT), Column("net", Kind.INTEGER),
        Column("sequence", Kind.COUNT),
    ),
    ("account", "asset"), Keeping.REPLACED, (Order("richest", ("asset", "net")),),
)  # fmt: skip
DAYS = Table(
    "days",
    (
        Column("day", Kind.TEXT), Column("account", Kind.TEXT), Column("count", Kind.COUNT),
        Column("volume", Kind.INTEGER),
    ),
    ("day", "account"), Keeping.SUMMED,
)  # fmt: skip


class Written(msgspec.Struct):
    """How many rows a second one keeping took."""

    keeping: str
    loaded: int
    index_seconds: float
    followed: int


class Asked(msgspec.Struct):
    """How long one kind of question took, in milliseconds."""

    question: str
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Result(msgspec.Struct):
    """All that was measured, over so many rows."""

    rows: int
    written: list[Written]
    asked: list[Asked]


class _Rate(NamedTuple):
    rows_per_second: int
    last_seconds: float


class Loader:
    """Sends rows to one ledger's views."""

    def __init__(self, store: PostgresStore, info: LedgerInfo) -> None:
        self._store, self._info, self._chance = store, info, random.Random(1)

    def view(self, table: Table) -> View[Change]:
        """A view of this table alone."""
        return View(f"bench_{table.name}", Pace.TRAILING, (table,), lambda _records: iter(()))

    def send(self, table: Table, rows: int) -> _Rate:
        """Send so many rows; then an empty batch, which makes what is lacking at the end."""
        view = self.view(table)
        held = self._store.begin_generation(self._info, view, _START)
        began = time.perf_counter()
        for first in range(0, rows, BATCH_ROWS):
            changes = list(self._changes(table, first))
            held = self._apply(view, held, changes, first + BATCH_ROWS)
        sent = time.perf_counter()
        self._apply(view, held, [], max(rows, _DISTANCE))
        return _Rate(int(rows / (sent - began)), round(time.perf_counter() - sent, 2))

    def _apply(
        self, view: View[Change], held: Standing, changes: list[Change], upto: int
    ) -> Standing:
        assert self._store.apply(self._info, view, changes, held=held, upto=upto, now=_START)
        return msgspec.structs.replace(held, sequence=upto)

    def _changes(self, table: Table, first: int) -> Iterator[Change]:
        draw = self._chance.randrange
        for n in range(first, first + BATCH_ROWS):
            is_hot = self._chance.random() < _HOT_SHARE
            account = _HOT if is_hot else f"customers:{draw(_ACCOUNTS):06d}"
            if table is ENTRIES:
                at = Moment(_START + n * 1_000_000)
                yield Put(table.name, (n, 0, f"txn_{n:026d}", account, "EUR", draw(10**7), at))
            elif table is BALANCES:
                yield Put(table.name, (account, "EUR", draw(10**9), n))
            else:
                yield Add(table.name, (f"day-{n // 40_000:03d}", account), (1, draw(10**7)))


def measure(server: MeasuredServer, *, is_quick: bool) -> Result:
    """Load, follow, ask."""
    rows, place = QUICK_ROWS if is_quick else FULL_ROWS, server.connection_string(DATABASE)
    bootstrap.bootstrap(place, allow_login=True)
    migrate.apply(place)
    store = PostgresStore(place, place, connections=2).project_as(place)
    result = Result(rows, [], [])
    try:
        far, near = (store.create_ledger(f"views-{name}", _START) for name in ("far", "near"))
        with psycopg.connect(place) as connection:
            statement = b"update partita.head set sequence = %s where ledger_id = %s"
            connection.execute(statement, (_DISTANCE, far.number))
        for table in (ENTRIES, BALANCES, DAYS):
            loaded, followed = (Loader(store, info).send(table, rows) for info in (far, near))
            result.written.append(
                Written(
                    table.keeping.value, loaded.rows_per_second, loaded.last_seconds,
                    followed.rows_per_second,
                )
            )  # fmt: skip
        server.settle()
        view = Loader(store, near).view(ENTRIES)
        for name, ask in _questions(store, near, view, rows).items():
            result.asked.append(Asked(name, *times_ms(ask, _ROUNDS)))
    finally:
        store.close()
    return result


def _questions(
    store: PostgresStore, info: LedgerInfo, view: View[Change], rows: int
) -> dict[str, Callable[[], object]]:
    draw = random.Random(2).randrange

    def ask(what: Callable[[], Scan]) -> Callable[[], object]:
        return lambda: store.scan(info, view, what())

    def moment() -> Moment:
        return Moment(_START + draw(rows) * 1_000_000)

    name, of = ENTRIES.name, "of_account"
    return {
        "newest of an account": ask(
            lambda: Scan(name, {"account": f"customers:{draw(_ACCOUNTS):06d}"}, of, descending=True)
        ),
        "newest of a busy account": ask(lambda: Scan(name, {"account": _HOT}, of, descending=True)),
        "a page on, busy account": ask(
            lambda: Scan(name, {"account": _HOT}, of, after=(_HOT, moment(), 0, 0))
        ),
        "from a moment on, busy account": ask(
            lambda: Scan(name, {"account": _HOT}, of, start=moment())
        ),
        "a thousand of a busy account": ask(lambda: Scan(name, {"account": _HOT}, of, limit=1_000)),
    }


def show(result: Result, console: Console) -> None:
    """Print both tables."""
    title = f"Rows of trailing views, {result.rows:,} of each keeping, in batches of {BATCH_ROWS:,}"
    shown = Shown(title=title, title_justify="left", box=None, padding=(0, 1), pad_edge=False)
    shown.add_column("keeping", no_wrap=True)
    for heading in ("loaded/s", "indexes s", "followed/s"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for one in result.written:
        figures = f"{one.loaded:,}", f"{one.index_seconds:g}", f"{one.followed:,}"
        shown.add_row(one.keeping, *figures)
    console.print(shown)
    shown = Shown(box=None, padding=(0, 1), pad_edge=False)
    shown.add_column("question", no_wrap=True)
    for heading in ("p50 ms", "p95 ms", "p99 ms"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for each in result.asked:
        milliseconds = (f"{ms:.2f}" for ms in (each.p50_ms, each.p95_ms, each.p99_ms))
        shown.add_row(each.question, *milliseconds)
    console.print(shown)
