"""Questions about the past, on an account of a million entries: `./dev bench --as-of`.

Two registers. In one every effective time is random over the whole year that it covers, which is as
bad as it can be; in the other one entry in twenty comes up to ten days late. Each kind of question is asked
over and over at random moments and sequences, on one connection, through the store as the server asks it.
"""

import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import psycopg
from rich.console import Console
from rich.table import Table

from bench.children import ROOT
from bench.database import MeasuredServer
from bench.figures import percentile
from partita.adapters.stores.postgres import bootstrap, migrate
from partita.adapters.stores.postgres.roles import DATABASE
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine import history
from partita.engine.as_of import AsOf, Basis
from partita.engine.following import build_all
from partita.engine.history import Interval, Span
from partita.engine.ports import LedgerInfo
from partita.kernel.account import Side
from partita.kernel.moment import Moment

FULL_ENTRIES, QUICK_ENTRIES = 1_000_000, 100_000
GOAL_MS = 10.0
"""The p95 that the issue asks for, on 2 cores."""
_START, _DAYS = Moment.parse("2025-01-01T00:00:00Z"), 365
_DAY = 86_400_000_000
_ROUNDS = {True: 40, False: 300}


class Register(NamedTuple):
    """How the entries of a register are dated: this share comes late, by up to so many days."""

    name: str
    late: float
    late_days: int


REGISTERS = (Register("any order", 1.0, _DAYS), Register("now and then late", 0.05, 10))


class Answered(msgspec.Struct):
    """How long one kind of question took, in milliseconds."""

    register: str
    question: str
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Result(msgspec.Struct):
    """All of one run."""

    entries: int
    build_seconds: dict[str, float]
    answered: list[Answered]


class _Asker:
    """Asks one ledger at random."""

    def __init__(self, store: PostgresStore, info: LedgerInfo, entries: int) -> None:
        self._store, self._info, self._entries = store, info, entries
        self._random = random.Random(1)

    def moment(self) -> Moment:
        return Moment(_START + self._random.randrange(_DAYS * _DAY))

    def sequence(self) -> int:
        return self._random.randrange(1, self._entries + 2)

    def totals(self, effective: Moment | None, sequence: int | None) -> object:
        return self._store.totals_as_of(self._info, (1,), AsOf(effective, sequence))

    def as_recorded(self) -> object:
        return self.totals(None, self._store.sequence_at(self._info, self.moment()))

    def known_at(self) -> object:
        return self.totals(self.moment(), self._store.sequence_at(self._info, self.moment()))

    def difference(self) -> object:
        start, end = sorted((self.moment(), self.moment()))
        span = Span(start, end, Basis.EFFECTIVE, self.sequence())
        return history.difference(self._store, self._info, (1, Side.DEBIT), span)

    def days(self, count: int, basis: Basis) -> Callable[[], object]:
        where = history.zone("Europe/Prague")

        def ask() -> object:
            begin = Moment(_START + self._random.randrange(1 + (_DAYS - count) * _DAY))
            span = Span(begin, Moment(begin + count * _DAY), basis)
            ends = history.page_of(Interval.DAY, where, span, count + 1)
            return history.history(self._store, self._info, (1, Side.DEBIT), span, ends)

        return ask

    def questions(self) -> dict[str, Callable[[], object]]:
        return {
            "effective by E": lambda: self.totals(self.moment(), None),
            "recorded by R": self.as_recorded,
            "recorded by S": lambda: self.totals(None, self.sequence()),
            "effective by E, known at R": self.known_at,
            "effective by E, known at S": lambda: self.totals(self.moment(), self.sequence()),
            "difference, known at S": self.difference,
            "history of 31 days": self.days(31, Basis.EFFECTIVE),
            "history of 365 days": self.days(_DAYS, Basis.EFFECTIVE),
            "recorded history of 365 days": self.days(_DAYS, Basis.RECORDED),
        }


def measure(server: MeasuredServer, *, is_quick: bool) -> Result:
    """Make both registers, build their blocks, and ask."""
    entries = QUICK_ENTRIES if is_quick else FULL_ENTRIES
    result = Result(entries, {}, [])
    place = server.connection_string(DATABASE)
    bootstrap.bootstrap(place, allow_login=True)
    migrate.apply(place)
    store = PostgresStore(place, place, connections=2)
    try:
        for number, register in enumerate(REGISTERS, start=1):
            info = _make(server, register, number, entries)
            began = time.perf_counter()
            build_all(store, info)
            result.build_seconds[register.name] = round(time.perf_counter() - began, 2)
            server.settle()
            asker = _Asker(store, info, entries)
            for name, ask in asker.questions().items():
                took = times_ms(ask, _ROUNDS[is_quick])
                result.answered.append(Answered(register.name, name, *took))
    finally:
        store.close()
    return result


def _make(server: MeasuredServer, register: Register, number: int, entries: int) -> LedgerInfo:
    name = f"past-{number}"
    values: dict[str, Any] = {
        "ledger_id": 100 + number, "name": name, "entries": entries, "days": _DAYS,
        "start": _START.text(), "late": register.late, "late_days": register.late_days,
    }  # fmt: skip
    script = (ROOT / "bench" / "as_of.sql").read_text()
    place = server.connection_string(DATABASE)
    # Bound on this side, since a script of several statements cannot be bound by the server.
    with psycopg.connect(place, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(script.encode(), values)
    return LedgerInfo(100 + number, name, _START)


def times_ms(ask: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """The 50th, 95th and 99th percentile in milliseconds, after some rounds to warm up."""
    took = []
    for _ in range(rounds + 10):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1_000)
    ordered = sorted(took[10:])
    p50, p95, p99 = (round(percentile(ordered, share), 2) for share in (0.50, 0.95, 0.99))
    return p50, p95, p99


def show(result: Result, console: Console) -> None:
    """Print the table."""
    table = Table(
        title=f"Questions about the past, {result.entries:,} entries; p95 beside {GOAL_MS:g} ms",
        title_justify="left", box=None, padding=(0, 1), pad_edge=False,
    )  # fmt: skip
    for heading in ("register", "question"):
        table.add_column(heading, no_wrap=True)
    for heading in ("p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in result.answered:
        figures = (f"{ms:.2f}" for ms in (one.p50_ms, one.p95_ms, one.p99_ms))
        mark = "" if one.p95_ms <= GOAL_MS else "over"
        table.add_row(one.register, one.question, *figures, mark)
    console.print(table)
    for name, seconds in result.build_seconds.items():
        console.print(f"blocks of two registers, {name}: built in {seconds:g} s", highlight=False)
