"""Bulk and singles: a child process that uses the library as a program would.

The parent starts `python -m bench.in_process TASK` for each part, so that every part has a fresh
interpreter and its own peak of memory. Building the commands (postings, metadata, fingerprint) is
inside the measured time, since every program must do it; drawing accounts and amounts is not.
"""

import asyncio
import itertools
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

_DRAWN = 1 << 14
_KEY_BITS = 128


Request = Callable[[LibraryLedger], Coroutine[Any, Any, int]]
"""Sends one request and waits for its answer; how many transfers it carried."""


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


def draw(accounts: int) -> Iterator[Transfer]:
    """Random transfers without end; accounts and amounts from a stock, each key fresh."""
    moves = []
    for _ in range(_DRAWN):
        one, other = random.sample(range(accounts), 2)
        moves.append((account_path(one), account_path(other), random.randrange(1, 1_000)))
    for source, destination, amount in itertools.cycle(moves):
        yield Transfer(source, destination, amount, f"{random.getrandbits(_KEY_BITS):032x}")


class Load:
    """A closed loop: so many requests at once, each sent when the one before it was answered."""

    def __init__(self, task: Task) -> None:
        """Draw what will be sent; the clock starts with `run`."""
        self._part, self._plan = task.part, task.plan
        self._transfers = draw(task.part.accounts)
        self._deadline = 0.0
        self.spans: list[Span] = []
        self.tally = Tally()

    async def run(self, ledger: LibraryLedger) -> Window:
        """Run warm-up and measurement; every request that was sent is waited for."""
        request = self._batch if self._part.kind is Kind.BULK else self._single
        opens = time.perf_counter() + self._plan.warm_up_seconds
        self._deadline = opens + self._plan.measured_seconds
        async with asyncio.TaskGroup() as workers:
            for _ in range(self._part.concurrency):
                workers.create_task(self._repeat(request, ledger))
        return Window(opens, self._deadline)

    async def _repeat(self, request: Request, ledger: LibraryLedger) -> None:
        while (begun := time.perf_counter()) < self._deadline:
            transfers = await request(ledger)
            self.spans.append(Span(begun, time.perf_counter(), transfers))

    async def _single(self, ledger: LibraryLedger) -> int:
        transfer = next(self._transfers)
        source, destination = _legs(transfer)
        # Raises if the rules say no, which no part expects.
        await ledger.post(
            source,
            destination,
            key=transfer.key,
            type="transfer",
            metadata={"order": transfer.key[:8]},
        )
        self._count(1, transfer.amount)
        return 1

    async def _batch(self, ledger: LibraryLedger) -> int:
        transfers = list(itertools.islice(self._transfers, self._part.size))
        outcomes = await ledger.submit_many([_wish(transfer) for transfer in transfers])
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


def batch_of(transfers: Iterator[Transfer], count: int) -> list[Wish]:
    """The wishes for so many of these transfers."""
    return [_wish(transfer) for transfer in itertools.islice(transfers, count)]


async def measure(task: Task) -> Figure:
    """Open a ledger of this part's own, load it, check its books."""
    load = Load(task)
    with profiling.every_thread(task.profiled):
        window = await _loaded(load, task)
    measured = figure(load.spans, window)
    measured.memory_mb = peak_of_this_process()
    return measured


async def _loaded(load: Load, task: Task) -> Window:
    name = f"bench-{task.part.name.replace('_', '-')}"
    settings = Settings(memory=True) if task.folder is None else Settings(data=Path(task.folder))
    application = await asyncio.to_thread(wiring.build, settings)
    try:
        opened = await asyncio.to_thread(application.open_ledger, name)
        ledger = LibraryLedger(application, opened)
        await books.open_accounts(ledger, task.part.accounts)
        before = books.length(application, name)
        window = await load.run(ledger)
        await books.check(application, name, books.Before(before), load.tally)
    finally:
        await asyncio.to_thread(application.close)
    return window


def main() -> None:
    """Measure the task given as JSON, and print the figure as JSON."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    print(msgspec.json.encode(run(measure(task))).decode())


if __name__ == "__main__":
    main()
