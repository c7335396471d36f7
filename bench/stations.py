"""Stations: where the microseconds of a transfer go, one station timed at a time.

Batches of 8,000 are taken through the parts that the writer is made of, in one thread and in order:
nothing overlaps, so that each station is seen alone. The least of several rounds counts, since
whatever else a machine does can only add.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import TypeVar

from bench import books
from bench.database import MeasuredServer
from partita import wiring
from partita.config import Settings
from partita.engine.decider import Decider
from partita.engine.idempotency import wish
from partita.engine.outcome import Wish
from partita.engine.ports import Loaded, Wants
from partita.journal.encoding import encode
from partita.journal.merkle import Frontier, leaf_hash
from partita.kernel.account import Side
from partita.kernel.commands import PostTransaction
from partita.kernel.posting import Posting
from partita.surfaces.library import LibraryLedger

Result = TypeVar("Result")
BATCH, ROUNDS, ACCOUNTS = 8_000, 10, 10_000
STATIONS: dict[str, str] = {
    "make": "command, fingerprint, digest of the key",
    "load": "keys and accounts looked up: waiting for PostgreSQL",
    "decide": "rules, running totals, answers",
    "encode": "the record's bytes",
    "hash": "leaf and Merkle log",
    "pack": "a journal row and two entries as binary COPY",
    "write": "COPY, five indexes, guards, COMMIT: PostgreSQL's work",
}
"""What each station does."""


class Stations:
    """One writer's parts, and the least time that each has taken."""

    def __init__(self, application: wiring.Application, name: str) -> None:
        """Take up a ledger that is open and has its accounts."""
        self._store, self._info = application.store, application.ledger(name).info
        self._decider = Decider(self._info, application.clock, application.entropy)
        self._random = random.Random(1)
        self.least: dict[str, float] = {}
        with self._store.begin(self._info) as unit:
            self._decider.restart(unit.head)

    def round(self) -> None:
        """One batch through every station."""
        drawn = self._draw()
        wishes = self._timed("make", lambda: [_wish(*transfer) for transfer in drawn])
        waited = 0.0

        def load(wants: Wants) -> Loaded:
            nonlocal waited
            begun = time.perf_counter()
            loaded = self._store.load(self._info, wants)
            waited += time.perf_counter() - begun
            return loaded

        begun = time.perf_counter()
        draft, _outcomes = self._decider.prepare(wishes, load)
        prepared = time.perf_counter() - begun - waited
        self._note("load", waited)
        bodies = self._timed(
            "encode",
            lambda: [
                encode(self._info.name, r.sequence, r.recorded_at, r.event, r.cause, "0" * 32)
                for r in draft.records
            ],
        )
        self._timed("hash", lambda: _hashed(bodies))
        self._note("decide", prepared, less=("encode", "hash"))
        packed = self._timed("pack", lambda: self._store.pack(self._info, draft))
        written = self._timed("write", lambda: self._store.append(self._info, packed))
        if written is not True:
            raise books.WrongBooksError("somebody else wrote to the measured ledger")

    def _draw(self) -> list[tuple[str, str, int, str]]:
        drawn = []
        for _ in range(BATCH):
            one, other = self._random.sample(range(ACCOUNTS), 2)
            amount, key = self._random.randrange(1, 1_000), token_hex(16)
            drawn.append((books.account_path(one), books.account_path(other), amount, key))
        return drawn

    def _timed(self, station: str, work: Callable[[], Result]) -> Result:
        begun = time.perf_counter()
        result = work()
        self._note(station, time.perf_counter() - begun)
        return result

    def _note(self, station: str, seconds: float, *, less: Sequence[str] = ()) -> None:
        each = seconds / BATCH * 1e6 - sum(self.least[part] for part in less)
        self.least[station] = min(self.least.get(station, each), each)


def _wish(source: str, destination: str, amount: int, key: str) -> Wish:
    legs = (
        Posting(source, Side.DEBIT, amount, books.ASSET),
        Posting(destination, Side.CREDIT, amount, books.ASSET),
    )
    command = PostTransaction(legs, type="transfer", metadata={"order": key[:8]})
    return wish(command, key=key)


def _hashed(bodies: Sequence[bytes]) -> bytes:
    log = Frontier()
    for body in bodies:
        log.append(leaf_hash(body))
    return log.root()


def measure(server: MeasuredServer) -> dict[str, float]:
    """Microseconds a transfer spends at each station."""
    return asyncio.run(_measure(server))


async def _measure(server: MeasuredServer) -> dict[str, float]:
    application = await asyncio.to_thread(wiring.build, Settings(data=server.folder))
    try:
        name = "bench-stations"
        opened = await asyncio.to_thread(application.open_ledger, name)
        await books.open_accounts(LibraryLedger(application, opened), ACCOUNTS)
        stations = Stations(application, name)
        for _ in range(ROUNDS):
            stations.round()
    finally:
        await asyncio.to_thread(application.close)
    return {station: round(stations.least[station], 1) for station in STATIONS}


def show(figures: dict[str, float]) -> str:
    """The figures as rows of a Markdown table."""
    rows = [f"| {station} | {what} | {figures[station]} |" for station, what in STATIONS.items()]
    return "\n".join(["| station | what it does | µs |", "|---|---|---:|", *rows])
