"""Joint commits: what is asked of two ledgers happens in both or in neither, once, under any load."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product

import pytest

from partita.engine import joint as joining
from partita.engine.errors import CorruptJournal, ReadOnly, StoreUnavailable
from partita.engine.idempotency import wish
from partita.engine.joint import Jointly, Part
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Outcome, Refused
from partita.engine.ports import JointUnitOfWork, LedgerInfo
from partita.kernel import commands
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.wiring import Application, FullStore
from tests.plugins.steering import SeededEntropy, StandingClock, ask_one
from tests.properties.accountant import assert_sound
from tests.unit.engine.bookkeeping import FLOOR, accepted, open_accounts, pay, refused

LONG_SECONDS = 60.0
WORDS = ("away", "before", "after")


@pytest.fixture
def ledgers(application: Application) -> tuple[Ledger, Ledger]:
    """`main` and `other`: Alice has 1,000 in each, and may not go below nothing."""
    found = application.ledger("main"), application.open_ledger("other")
    for ledger in found:
        open_accounts(ledger, ["bank", "elsewhere"])
        open_accounts(ledger, ["alice"], FLOOR)
        accepted(ask_one(ledger, pay("bank", "alice", 1_000)))
    return found


@pytest.fixture
def jointly(store: FullStore, clock: StandingClock) -> Jointly:
    """Who commits jointly."""
    return Jointly(store, clock, SeededEntropy(5))


def sending(ledgers: tuple[Ledger, Ledger], amount: int, key: str | None = None) -> list[Part]:
    """From Alice in the first to Alice in the second, by way of `elsewhere`."""
    one, other = ledgers
    return [
        Part(one, wish(pay("alice", "elsewhere", amount), key=key)),
        Part(other, wish(pay("elsewhere", "alice", amount), key=key)),
    ]


def balance(store: FullStore, ledger: Ledger, path: str) -> int:
    standing = store.account(ledger.info, path)
    assert standing is not None
    return standing.totals.posted_credits - standing.totals.posted_debits


def is_mirrored(store: FullStore, ledgers: tuple[Ledger, Ledger]) -> bool:
    one, other = (balance(store, ledger, "elsewhere") for ledger in ledgers)
    return one == -other


def test_both_journals_get_their_record_at_one_moment(
    store: FullStore, jointly: Jointly, ledgers: tuple[Ledger, Ledger]
) -> None:
    one, other = (accepted(each) for each in jointly.submit(sending(ledgers, 300, "k")))
    assert one.recorded_at == other.recorded_at
    assert [balance(store, each, "alice") for each in ledgers] == [700, 1_300]
    assert is_mirrored(store, ledgers)
    for ledger, record in zip(ledgers, (one, other), strict=True):
        assert assert_sound(store, ledger.info)[-1] == record
        assert record.cause.key == "k"


def test_the_same_keys_get_the_same_pair_of_answers(
    store: FullStore, jointly: Jointly, ledgers: tuple[Ledger, Ledger]
) -> None:
    first = jointly.submit(sending(ledgers, 300, "k"))
    again = jointly.submit(sending(ledgers, 300, "k"))
    assert [accepted(each) for each in again] == [accepted(each) for each in first]
    assert all(each.replayed for each in again)
    assert balance(store, ledgers[0], "alice") == 700


@pytest.mark.parametrize("guilty", [0, 1])
def test_a_refusal_of_one_refuses_both_and_moves_nothing(
    store: FullStore, jointly: Jointly, ledgers: tuple[Ledger, Ledger], guilty: int
) -> None:
    parts = sending(ledgers, 10, "k")
    ledger = ledgers[guilty]
    parts[guilty] = Part(ledger, wish(pay("alice", "nobody", 10), key="k"))
    before = [store.records(each.info, 0, 99) for each in ledgers]
    answers = jointly.submit(parts)
    assert [refused(each) for each in answers] == [Code.ACCOUNT_NOT_FOUND] * 2
    assert [each.index for each in answers if isinstance(each, Refused)] == [guilty] * 2
    assert [store.records(each.info, 0, 99) for each in ledgers] == before
    open_accounts(ledger, ["nobody"])
    again = jointly.submit(parts)
    assert [refused(each) for each in again] == [Code.ACCOUNT_NOT_FOUND] * 2, "the key keeps it"
    assert all(each.replayed for each in again)


def test_a_key_that_belongs_to_something_else_refuses_both(
    store: FullStore, jointly: Jointly, ledgers: tuple[Ledger, Ledger]
) -> None:
    accepted(ask_one(ledgers[1], pay("bank", "alice", 1), key="k"))
    answers = jointly.submit(sending(ledgers, 10, "k"))
    assert [refused(each) for each in answers] == [Code.IDEMPOTENCY_KEY_REUSED] * 2
    assert [balance(store, each, "alice") for each in ledgers] == [1_000, 1_001]
    fresh = ask_one(ledgers[0], pay("alice", "bank", 1), key="k")
    assert isinstance(fresh, Accepted), "nothing was kept under the key that was free"


def test_keys_of_another_pair_refuse_all(
    application: Application, jointly: Jointly, ledgers: tuple[Ledger, Ledger]
) -> None:
    third = application.open_ledger("third")
    open_accounts(third, ["alice", "elsewhere"])
    jointly.submit(sending(ledgers, 10, "k"))
    answers = jointly.submit(sending((ledgers[0], third), 10, "k"))
    assert [refused(each) for each in answers] == [Code.IDEMPOTENCY_KEY_REUSED] * 2


def test_a_dry_run_writes_nothing(
    store: FullStore, jointly: Jointly, ledgers: tuple[Ledger, Ledger]
) -> None:
    parts = [
        Part(part.ledger, wish(part.wish.command, is_dry=True))  # type: ignore[arg-type]
        for part in sending(ledgers, 10)
    ]
    before = [store.head(each.info) for each in ledgers]
    assert all(isinstance(each, Accepted) for each in jointly.submit(parts))
    assert [store.head(each.info) for each in ledgers] == before


def test_everybody_who_hears_of_commits_hears_of_both(
    store: FullStore, clock: StandingClock, entropy: SeededEntropy, ledgers: tuple[Ledger, Ledger]
) -> None:
    heard: list[tuple[str, int]] = []

    def committed(info: LedgerInfo, sequence: int) -> None:
        heard.append((info.name, sequence))

    listening = [Ledger(each.info, store, clock, entropy) for each in ledgers]
    for each in listening:
        each.committed = committed
    parts = sending((listening[0], listening[1]), 5)
    Jointly(store, clock, entropy).submit(parts)
    assert heard == [(each.info.name, store.head(each.info).sequence) for each in ledgers]


def test_what_speaks_against_writing_to_one_speaks_against_both(
    store: FullStore, clock: StandingClock, entropy: SeededEntropy, ledgers: tuple[Ledger, Ledger]
) -> None:
    one, other = ledgers
    closed = Ledger(other.info, store, clock, entropy, verdict=lambda _info: ReadOnly("no"))
    with pytest.raises(ReadOnly):
        Jointly(store, clock, entropy).submit(sending((one, closed), 5))
    assert balance(store, one, "alice") == 1_000
    broken = Ledger(other.info, store, clock, entropy)
    broken.stop_for_good(CorruptJournal("a contradiction"))
    with pytest.raises(CorruptJournal):
        Jointly(store, clock, entropy).submit(sending((one, broken), 5))
    with pytest.raises(CorruptJournal):
        broken.submit((wish(pay("bank", "alice", 1)),), lambda _answer: None)


@pytest.mark.parametrize("kind", ["one ledger twice", "nothing", "a key on one side only"])
def test_what_makes_no_sense_is_not_asked(
    jointly: Jointly, ledgers: tuple[Ledger, Ledger], kind: str
) -> None:
    one, other = ledgers
    parts = {
        "one ledger twice": sending((one, one), 5),
        "nothing": [],
        "a key on one side only": [*sending(ledgers, 5, "k")[:1], *sending((one, other), 5)[1:]],
    }[kind]
    with pytest.raises(ValueError, match="joint commit"):
        jointly.submit(parts)


class Doubtful:
    """A store whose joint commits break as planned: one word for each try (see `stores.py`)."""

    def __init__(self, store: FullStore, plan: list[str], always: str = "") -> None:
        self._store, self.plan, self.always = store, plan, always

    def pack(self, ledger: LedgerInfo, draft: object) -> object:
        return self._store.pack(ledger, draft)  # type: ignore[arg-type]

    @contextmanager
    def begin_together(self, ledgers: list[LedgerInfo]) -> Iterator[JointUnitOfWork]:
        word = self.plan.pop(0) if self.plan else self.always
        if word == "away":
            raise StoreUnavailable("there is no connection")
        with self._store.begin_together(ledgers) as unit:
            yield _DoubtfulUnit(unit, word)  # type: ignore[misc]


class _DoubtfulUnit:
    def __init__(self, unit: JointUnitOfWork, word: str) -> None:
        self._unit, self._word = unit, word
        self.head, self.load, self.leaf = unit.head, unit.load, unit.leaf

    def write(self, packed: list[object]) -> None:
        if self._word == "before":
            raise StoreUnavailable("broke before the commit")
        self._unit.write(packed)
        if self._word == "after":
            raise StoreUnavailable("broke after the commit")


PLANS = [plan for length in (1, 2, 3) for plan in product(WORDS, repeat=length)]


@pytest.mark.parametrize("key", ["k", None], ids=["with a key", "without a key"])
@pytest.mark.parametrize("plan", PLANS, ids="-".join)
def test_a_broken_joint_commit_has_one_effect(
    store: FullStore,
    clock: StandingClock,
    ledgers: tuple[Ledger, Ledger],
    plan: tuple[str, ...],
    key: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joining, "_FIRST_PAUSE_SECONDS", 0.0)
    doubtful = Doubtful(store, list(plan))
    jointly = Jointly(doubtful, clock, SeededEntropy(6))  # type: ignore[arg-type]
    answers = jointly.submit(sending(ledgers, 300, key))
    assert all(isinstance(each, Accepted) and not each.replayed for each in answers)
    assert [balance(store, each, "alice") for each in ledgers] == [700, 1_300]
    for ledger in ledgers:
        assert_sound(store, ledger.info)


@pytest.mark.parametrize("lost", WORDS)
def test_beyond_patience_the_keys_settle_it(
    store: FullStore, clock: StandingClock, ledgers: tuple[Ledger, Ledger], lost: str
) -> None:
    doubtful = Doubtful(store, [lost], always="away")
    jointly = Jointly(doubtful, clock, SeededEntropy(6), patience_seconds=0.05)  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable):
        jointly.submit(sending(ledgers, 300, "k"))
    doubtful.always = ""
    answers = jointly.submit(sending(ledgers, 300, "k"))
    assert [each.replayed for each in answers] == [lost == "after"] * 2
    assert [balance(store, each, "alice") for each in ledgers] == [700, 1_300]


def test_holds_that_are_due_expire_before_it_is_decided(
    store: FullStore, clock: StandingClock, jointly: Jointly, ledgers: tuple[Ledger, Ledger]
) -> None:
    soon = Moment(clock.moment + 1_000_000)
    accepted(ask_one(ledgers[0], commands.PlaceHold("alice", 900, "USD", expires_at=soon)))
    clock.moment = Moment(soon + 1)
    assert isinstance(jointly.submit(sending(ledgers, 300))[0], Accepted)
    assert balance(store, ledgers[0], "alice") == 700
    assert_sound(store, ledgers[0].info)


def test_joint_commits_both_ways_and_both_writers_keep_working(
    store: FullStore, clock: StandingClock, ledgers: tuple[Ledger, Ledger]
) -> None:
    """Two threads send either way, two more keep each ledger's own writer busy meanwhile."""
    rounds, is_over = 40, threading.Event()

    def send(pair: tuple[Ledger, Ledger], seed: int) -> list[Outcome]:
        jointly, chance = Jointly(store, clock, SeededEntropy(seed)), random.Random(seed)
        answers = []
        for n in range(rounds):
            answers += jointly.submit(sending(pair, chance.randint(1, 60), f"{seed}-{n}"))
        return answers

    def keep_busy(ledger: Ledger) -> int:
        count = 0
        while not is_over.is_set():
            accepted(ask_one(ledger, pay("bank", "bank2", 1), key=f"own-{count}"))
            count += 1
        return count

    for ledger in ledgers:
        open_accounts(ledger, ["bank2"])
    with ThreadPoolExecutor(4) as pool:
        busy = [pool.submit(keep_busy, ledger) for ledger in ledgers]
        sent = [pool.submit(send, pair, n) for n, pair in enumerate([ledgers, ledgers[::-1]])]  # type: ignore[arg-type]
        answers = [each for thread in sent for each in thread.result(LONG_SECONDS)]
        is_over.set()
        counts = [each.result(LONG_SECONDS) for each in busy]
    assert min(counts) > 0, "the writers went on beside them"
    for ledger in ledgers:
        accepted(ask_one(ledger, pay("bank", "alice", 1)))
        accepted(ask_one(ledger, pay("alice", "bank", 1)))
    assert is_mirrored(store, ledgers)
    for ledger, count in zip(ledgers, counts, strict=True):
        assert_sound(store, ledger.info)
        assert balance(store, ledger, "bank2") == count
    moved = sum(isinstance(each, Accepted) for each in answers)
    assert moved % 2 == 0
    assert moved > rounds
    assert sum(balance(store, each, "alice") for each in ledgers) == 2_000
