"""What one of several processes does on a ledger: posts over a few hot accounts, and reports."""

import random
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome, Refused, Wish
from tests.plugins.steering import ask
from tests.unit.engine.bookkeeping import pay

LONG_SECONDS = 60.0
HOT = ("cash", "alice", "bob", "carol", "dave")


class Job(NamedTuple):
    """Where to write, who writes, and how much."""

    poster: str
    reader: str
    ledger: str
    process: int
    count: int


class Start:
    """Where the processes of one run wait for one another."""

    barrier: Barrier


def prepare(barrier: Barrier) -> None:
    """Take the barrier with which this process was made."""
    Start.barrier = barrier


class Told(NamedTuple):
    """What a process was told about a key: the record's sequence and id, or the code of refusal."""

    key: str
    sequence: int
    what: str
    replayed: bool


def wishes_of(job: Job) -> list[Wish]:
    """This process's wishes; every fifth has a key and a body that all processes share."""
    mine, shared = random.Random(job.process), random.Random(0)
    wishes = []
    for n in range(job.count):
        is_shared = n % 5 == 0
        chance, owner = (shared, "all") if is_shared else (mine, str(job.process))
        source, target = chance.sample(HOT, 2)
        amount = chance.randint(1, 60)
        wishes.append(wish(pay(source, target, amount), key=f"{owner}-{n}"))
    return wishes


def post_all(job: Job) -> list[Told]:
    """Post everything in batches of many sizes; what was told of each key."""
    store = PostgresStore(job.poster, job.reader, connections=2)
    info = next(info for info in store.ledgers() if info.name == job.ledger)
    ledger = Ledger(info, store, SystemClock(), SystemEntropy())
    wishes, told = wishes_of(job), []
    Start.barrier.wait(LONG_SECONDS)
    sizes = random.Random(job.process + 100)
    while wishes:
        size = sizes.randint(1, 12)
        batch, wishes = wishes[:size], wishes[size:]
        outcomes = ask(ledger, *batch)
        told += [_told(each, outcome) for each, outcome in zip(batch, outcomes, strict=True)]
    ledger.close()
    store.close()
    return told


def _told(asked: Wish, outcome: Outcome) -> Told:
    key = asked.cause.key or ""
    if isinstance(outcome, Accepted):
        return Told(key, outcome.record.sequence, outcome.record.event.id, outcome.replayed)
    assert isinstance(outcome, Refused)
    return Told(key, 0, outcome.rejection.code.value, outcome.replayed)
