"""Bulk and singles: a child process that uses the library as a program would.

The parent starts `python -m bench.in_process TASK` for each part, so that every part has a fresh
interpreter and its own peak of memory. Building the commands (postings, metadata, fingerprint) is
inside the measured time, since every program must do it; drawing random keys and accounts is not.
"""

import asyncio
import itertools
import os
import random
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import msgspec

from bench import books, profiling
from bench.books import ASSET, Tally, account_path
from bench.event_loop import run
from bench.figures import Figure, Span, Window, figure
from bench.memory import peak_of_this_process
from bench.parts import Kind, Part, Plan
from partita import wiring
from partita.config import Settings
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted, Wish
from partita.kernel.account import Side
from partita.kernel.commands import PostTransaction
from partita.kernel.posting import Posting
from partita.surfaces.library import LibraryLedger

_DRAWN = 1 << 16
_MOST_PER_SECOND = 150_000
_KEY_BYTES = 16


class Task(msgspec.Struct, frozen=True):
    """What a child is to measure, and where; no folder means the memory store."""

    part: Part
    plan: Plan
    folder: str | None = None
    profiled: bool = False


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """A transfer as drawn: two accounts, an amount, and a key that is used once."""

    source: str
    destination: str
    amount: int
    key: str


def draw(part: Part, plan: Plan) -> Iterator[Transfer]:
    """Random transfers without end; the randomness is drawn here and now."""
    count = int(plan.seconds * _MOST_PER_SECOND)
    randomness = os.urandom(_KEY_BYTES * count)
    moves = []
    for _ in range(_DRAWN):
        source, destination = random.sample(range(part.accounts), 2)
        moves.append((account_path(source), account_path(destination), random.randrange(1, 1_000)))
    starts = range(0, len(randomness), _KEY_BYTES)
    return (
        Transfer(source, destination, amount, randomness[start : start + _KEY_BYTES].hex())
        for start, (source, destination, amount) in zip(
            starts, itertools.cycle(moves), strict=False
        )
    )


class Load:
    """A closed loop: so many requests at once, each sent when the one before it was answered."""

    def __init__(self, ledger: LibraryLedger, task: Task) -> None:
        """Make ready to load this ledger; the clock starts with `run`."""
        self._ledger, self._part, self._plan = ledger, task.part, task.plan
        self._transfers = draw(task.part, task.plan)
        self._deadline = 0.0
        self.spans: list[Span] = []
        self.tally = Tally()

    async def run(self) -> Window:
        """Run warm-up and measurement; every request that was sent is waited for."""
        request = self._batch if self._part.kind is Kind.BULK else self._single
        opens = time.perf_counter() + self._plan.warm_up_seconds
        self._deadline = opens + self._plan.measured_seconds
        async with asyncio.TaskGroup() as workers:
            for _ in range(self._part.concurrency):
                workers.create_task(self._repeat(request))
        return Window(opens, self._deadline)

    async def _repeat(self, request: Callable[[], Coroutine[Any, Any, int]]) -> None:
        while (begun := time.perf_counter()) < self._deadline:
            transfers = await request()
            self.spans.append(Span(begun, time.perf_counter(), transfers))

    async def _single(self) -> int:
        transfer = next(self._transfers)
        source, destination = _legs(transfer)
        # Raises if the rules say no, which no part expects.
        await self._ledger.post(
            source,
            destination,
            key=transfer.key,
            type="transfer",
            metadata={"order": transfer.key[:8]},
        )
        self._count(1, transfer.amount)
        return 1

    async def _batch(self) -> int:
        transfers = list(itertools.islice(self._transfers, self._part.size))
        outcomes = await self._ledger.submit_many([_wish(transfer) for transfer in transfers])
        for outcome in outcomes:
            if type(outcome) is not Accepted or outcome.replayed:
                raise books.WrongBooksError(f"a transfer was not taken: {outcome}")
        self._count(len(outcomes), sum(transfer.amount for transfer in transfers))
        return len(outcomes)

    def _count(self, transactions: int, amount: int) -> None:
        self.tally.transactions += transactions
        self.tally.amount += amount


def _legs(transfer: Transfer) -> tuple[Posting, Posting]:
    return (
        Posting(transfer.source, Side.DEBIT, transfer.amount, ASSET),
        Posting(transfer.destination, Side.CREDIT, transfer.amount, ASSET),
    )


def _wish(transfer: Transfer) -> Wish:
    command = PostTransaction(
        _legs(transfer), type="transfer", metadata={"order": transfer.key[:8]}
    )
    return wish(command, key=transfer.key)


async def measure(task: Task) -> Figure:
    """Open a ledger of this part's own, load it, check its books."""
    name = f"bench-{task.part.name.replace('_', '-')}"
    settings = Settings(memory=True) if task.folder is None else Settings(data=Path(task.folder))
    application = await asyncio.to_thread(wiring.build, settings)
    try:
        opened = await asyncio.to_thread(application.open_ledger, name)
        ledger = LibraryLedger(application, opened)
        await books.open_accounts(ledger, task.part.accounts)
        before = books.length(application, name)
        load = Load(ledger, task)
        window = await load.run()
        await books.check(application, name, before, load.tally)
    finally:
        await asyncio.to_thread(application.close)
    measured = figure(load.spans, window)
    measured.memory_mb = peak_of_this_process()
    return measured


def main() -> None:
    """Measure the task given as JSON, and print the figure as JSON."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    with profiling.every_thread(task.profiled):
        measured = run(measure(task))
    print(msgspec.json.encode(measured).decode())


if __name__ == "__main__":
    main()
