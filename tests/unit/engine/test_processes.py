"""Several processes on one ledger: each acknowledged wish is there once, and the books stay right."""

import threading
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from multiprocessing import get_context

import pytest

from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.kernel.account import Side
from partita.kernel.events import TransactionPosted
from partita.wiring import Application, FullStore
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import ask
from tests.properties.accountant import assert_sound
from tests.unit.engine.bookkeeping import FLOOR, accepted, open_accounts, pay
from tests.unit.engine.writing_process import HOT, Job, Told, post_all, prepare, wishes_of

PROCESSES, WISHES = 4, 150


def opened(store: FullStore, *names: str) -> Application:
    """An application with these ledgers, each with the hot accounts."""
    application = Application(store, pepper=b"p" * 32, clock=SystemClock(), entropy=SystemEntropy())
    for name in names:
        ledger = application.open_ledger(name)
        open_accounts(ledger, HOT[:1])
        open_accounts(ledger, HOT[1:], FLOOR)
    return application


def judge(store: FullStore, ledger: Ledger, jobs: list[Job], told: list[list[Told]]) -> None:
    """Hold what the processes were told against what the journal says."""
    records = {r.sequence: r for r in assert_sound(store, ledger.info)}
    by_key: dict[str, list[Told]] = defaultdict(list)
    for each in (one for answers in told for one in answers):
        by_key[each.key].append(each)
    asked = {w.cause.key: w.command for job in jobs for w in wishes_of(job)}
    assert by_key.keys() == asked.keys()
    for key, answers in by_key.items():
        assert len({(each.sequence, each.what) for each in answers}) == 1, "one answer for a key"
        assert sum(not each.replayed for each in answers) == 1, "and one of them the first"
        sequence = answers[0].sequence
        if sequence:
            event = records[sequence].event
            assert isinstance(event, TransactionPosted)
            assert (records[sequence].cause.key, event.id) == (key, answers[0].what)
            legs = [(e.account, e.direction, e.amount) for e in event.entries]
            postings = asked[key].postings  # type: ignore[union-attr]
            assert legs == [(p.account, p.direction, p.amount) for p in postings]
        else:
            assert answers[0].what == "insufficient_funds"
    kept = [record.cause.key for record in records.values() if record.cause.key]
    owners = [key.split("-")[0] for key in kept]
    changes = sum(one != other for one, other in pairwise(owners))
    assert changes > 2 * PROCESSES, "they wrote at the same time, not one after another"
    assert sorted(kept) == sorted(k for k, answers in by_key.items() if answers[0].sequence)


@pytest.mark.parametrize("names", [("one",), ("one", "two")], ids=["one ledger", "two ledgers"])
def test_four_processes_write_at_once(
    postgres_database: PostgresDatabase, postgres_store: PostgresStore, names: tuple[str, ...]
) -> None:
    application = opened(postgres_store, *names)
    urls = postgres_database.poster, postgres_database.reader
    jobs = [Job(*urls, names[n % len(names)], n, WISHES) for n in range(PROCESSES)]
    spawning = get_context("spawn")
    barrier = spawning.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, spawning, prepare, (barrier,)) as pool:
        told = list(pool.map(post_all, jobs))
    for name in names:
        mine = [n for n, job in enumerate(jobs) if job.ledger == name]
        ledger = application.ledger(name)
        judge(postgres_store, ledger, [jobs[n] for n in mine], [told[n] for n in mine])
        ledger.close()


def test_two_ledgers_at_once_know_nothing_of_each_other(store: FullStore) -> None:
    application = opened(store, "one", "two")
    ledgers = [application.ledger(name) for name in ("one", "two")]
    barrier = threading.Barrier(2)

    def write(ledger: Ledger) -> int:
        barrier.wait(20)
        for n in range(40):
            wishes = [wish(pay("cash", "alice", n + 1), key=f"k{n}-{m}") for m in range(5)]
            for outcome in ask(ledger, *wishes):
                accepted(outcome)
        return sum(5 * (n + 1) for n in range(40))

    with ThreadPoolExecutor(2) as pool:
        expected = list(pool.map(write, ledgers))
    for ledger, total in zip(ledgers, expected, strict=True):
        records = assert_sound(store, ledger.info)
        events = [r.event for r in records if isinstance(r.event, TransactionPosted)]
        legs = [e for event in events for e in event.entries if e.direction is Side.CREDIT]
        assert sum(leg.amount for leg in legs) == total
        ledger.close()
