"""Many hands on one ledger at once: whatever order it comes to, each step of it was right.

Threads go for the same few holds and transactions through three writers, as three processes would;
many a wish goes to two writers at once under one key, while the clock jumps. The auditor then
carries out the journal on the plain bank: so nothing was spent, captured or reversed twice.
"""

import random
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import msgspec
import pytest

from partita.adapters.stores.memory.store import MemoryStore
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome, Wish
from partita.engine.verification import verify_ledger
from partita.kernel import commands
from partita.kernel.events import AccountOpened, resource_in
from partita.kernel.holds import Hold
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction
from partita.kernel.transacting import transaction_of
from partita.wiring import FullStore
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask_one
from tests.properties.accountant import EVERYTHING, assert_replayed, assert_sealed
from tests.properties.auditor import account_of, audited, hold_of, legs_of, standing
from tests.properties.bank_wishes import BankWishes
from tests.properties.plain_bank import PlainBank
from tests.properties.plain_things import PlainTransaction

HANDS, WRITERS = 6, 3
LONG_SECONDS = 60.0


class ManyHands:
    """One ledger, three writers, and what anybody has seen of it so far."""

    def __init__(self, store: FullStore, seed: int, name: str = "main") -> None:
        self.store, self.clock = store, StandingClock()
        self.info = store.create_ledger(name, NOON)
        self.writers = [
            Ledger(self.info, store, self.clock, SeededEntropy(seed * WRITERS + n))
            for n in range(WRITERS)
        ]
        self.seen, self.lock = PlainBank(), threading.Lock()
        self.seen.now = NOON
        self.wishes = BankWishes(random.Random(seed), self.seen)
        self.told: dict[str, list[Outcome]] = defaultdict(list)
        ask_one(self.writers[0], commands.OpenLedger(name))
        for command in self.wishes.openings():
            self._see(ask_one(self.writers[0], command))
        for asked in self.wishes.payments():
            self._see(ask_one(self.writers[0], asked.command))

    def _see(self, outcome: Outcome) -> None:
        """What the next wishes are aimed at; it may be out of date."""
        if not isinstance(outcome, Accepted):
            return
        event, resource = outcome.record.event, resource_in(outcome.record.event)
        made = transaction_of(event, outcome.record.sequence)
        if isinstance(event, AccountOpened):
            self.seen.accounts[event.account.path] = account_of(event.account)
        if isinstance(resource, Hold):
            hold = self.seen.holds[resource.id] = hold_of(resource)
            hold.captured, hold.released = resource.captured, resource.released
            hold.status = resource.status.value
        for each in (resource, made):
            if isinstance(each, Transaction):
                seen = PlainTransaction(legs_of(each.legs), each.status.value)
                seen.version = each.version
                self.seen.transactions[each.id] = seen

    def work(self, seed: int, steps: int) -> None:
        """What one hand does."""
        chance = random.Random(seed)
        for n in range(steps):
            with self.lock:
                command, key = self.wishes.any().command, f"{seed}-{n}"
                if chance.random() < 0.1:
                    self.clock.moment = Moment(self.clock.moment + chance.randint(1, 700_000))
                    self.seen.now = self.clock.moment
            writers = chance.sample(self.writers, 2 if chance.random() < 0.3 else 1)
            for outcome in _from_all(writers, wish(command, key=key)):
                with self.lock:
                    self._see(outcome)
                    self.told[key].append(outcome)

    def go(self, steps: int) -> int:
        """All hands at once; then the journal and all answers are judged. How many steps it was."""
        with ThreadPoolExecutor(HANDS) as pool:
            each = [pool.submit(self.work, seed, steps // HANDS) for seed in range(HANDS)]
            for hand in each:
                hand.result()
        for writer in self.writers:
            writer.close()
        self._judge()
        return sum(len(outcomes) for outcomes in self.told.values())

    def _judge(self) -> None:
        records = self.store.records(self.info, 0, EVERYTHING)
        assert_sealed(self.store, self.info, records)
        assert_replayed(self.store, self.info, records)
        report = verify_ledger(self.store, self.info)
        assert report.ok, report.first_bad
        bank = audited(records)
        for found, totals in self.store.trial_balance(self.info, None):
            assert (found.version, totals) == standing(bank, found.account.path)
        by_key = {record.cause.key: record for record in records if record.cause.key}
        assert len(by_key) == sum(record.cause.key is not None for record in records)
        accepted = {key for key, said in self.told.items() if isinstance(said[0], Accepted)}
        assert by_key.keys() == accepted
        for key, outcomes in self.told.items():
            said = {repr(msgspec.structs.replace(each, replayed=False)) for each in outcomes}
            assert len(said) == 1, f"{key} was answered in two ways"
            assert sum(not each.replayed for each in outcomes) == 1
            if isinstance(outcomes[0], Accepted):
                assert outcomes[0].record.leaf == by_key[key].leaf


def _from_all(writers: list[Ledger], asked: Wish) -> list[Outcome]:
    """The answers of several writers, asked at the same time."""
    answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
    for writer in writers:
        writer.submit((asked,), answers.put)
    found = [answers.get(timeout=LONG_SECONDS) for _ in writers]
    outcomes = []
    for each in found:
        if isinstance(each, BaseException):
            raise each
        outcomes += each
    return outcomes


def test_many_hands_in_memory() -> None:
    ManyHands(MemoryStore(), 1).go(600)


def test_many_hands_in_postgres(postgres_store: PostgresStore) -> None:
    ManyHands(postgres_store, 2).go(300)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_hands_for_long(postgres_store: PostgresStore) -> None:
    in_memory = sum(ManyHands(MemoryStore(), seed).go(1_000) for seed in range(10, 30))
    stored = sum(ManyHands(postgres_store, n, f"hands-{n}").go(1_000) for n in range(30, 36))
    print(f"\n{in_memory} steps in memory and {stored} in PostgreSQL")
