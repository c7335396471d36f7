"""The connection to PostgreSQL breaks at any message, around COMMIT above all.

Whoever asked gets an answer, as if nothing had been: the writer settles what is in doubt by itself.
And whatever it answered is there exactly once.
"""

import random
import threading
from collections.abc import Callable, Iterator
from itertools import product
from queue import SimpleQueue

import pytest

from partita.adapters.stores.postgres.embedded import EmbeddedPostgres
from partita.adapters.stores.postgres.postmaster import socket_file
from partita.adapters.stores.postgres.store import PostgresStore
from partita.adapters.system import SystemClock, SystemEntropy
from partita.engine.decider import Decider
from partita.engine.errors import StoreUnavailable
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome
from partita.engine.writer import Writer
from partita.kernel.commands import OpenLedger
from tests.faults.broken import RetriesBlindly
from tests.faults.checker import Checker
from tests.faults.history import History, Wished, told
from tests.faults.proxy import Fault, Manner, Place, Proxy
from tests.faults.wire import Speaker
from tests.faults.wishes import KINDS, Wishes
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import ask_one

Rounds = Callable[[int, int], int]
_LONGEST_PAUSE_SECONDS = 0.06


class Scene:
    """One ledger, written through a proxy and beside it, and all that was asked and heard."""

    def __init__(self, database: PostgresDatabase, proxy: Proxy, seed: int) -> None:
        self.proxy, self.random = proxy, random.Random(seed)
        self.history = History()
        self.wishes = Wishes(seed, self.history)
        self.checker = Checker(database.administrator, self.history)
        self.direct_store = PostgresStore(database.poster, database.reader, connections=2)
        self.store = PostgresStore(proxy.dsn(database.poster), database.reader, connections=2)
        self.info = self.store.create_ledger("main", SystemClock().now())
        self.ledger = self.open(self.store)
        self.direct = self.open(self.direct_store)
        ask_one(self.direct, OpenLedger("main"))
        for key, command in self.wishes.opening():
            self.ask(self.ledger, key, command)

    def open(self, store: PostgresStore | RetriesBlindly) -> Ledger:
        return Ledger(self.info, store, SystemClock(), SystemEntropy())

    def ask(self, ledger: Ledger, key: str, command: Wished) -> Outcome:
        self.history.ask(key, command)
        outcome = ask_one(ledger, command, key)
        self.history.hear(key, told(outcome))
        return outcome

    def ask_under(self, fault: Fault, kind: str) -> bool:
        """Ask for one thing while this goes wrong; whether it did."""
        ((key, command),) = self.wishes.some(1, kind=kind)
        self.proxy.arm(fault)
        print(key, kind, fault)
        self.ask(self.ledger, key, command)
        struck = self.proxy.has_struck
        self.proxy.arm(None)
        return struck

    def messages(self, kind: str) -> dict[Speaker, int]:
        """How many messages each side sends for such a wish when nothing goes wrong."""
        most = dict.fromkeys(Speaker, 0)
        for key, command in self.wishes.some(3, kind=kind):
            self.proxy.arm(None)
            self.ask(self.ledger, key, command)
            most = {speaker: max(most[speaker], self.proxy.seen[speaker]) for speaker in Speaker}
        return most

    def pause(self) -> float:
        return self.random.uniform(0, _LONGEST_PAUSE_SECONDS)

    def conclude(self) -> None:
        """Every key again, from beside the proxy: the same answers; then the checker."""
        for key, command in self.history.wishes.items():
            self.ask(self.direct, key, command)
        self.checker.demand()

    def close(self) -> None:
        self.proxy.arm(None)
        self.ledger.close()
        self.direct.close()
        self.store.close()
        self.direct_store.close()


over_tcp_too = pytest.mark.parametrize("scene", ["socket", "tcp"], indirect=True)
"""On a local socket a cut is an end; on TCP it is a reset."""


@pytest.fixture
def scene(
    request: pytest.FixtureRequest,
    postgres_database: PostgresDatabase,
    postgres_server: EmbeddedPostgres,
    seed: int,
) -> Iterator[Scene]:
    is_tcp = getattr(request, "param", "socket") == "tcp"
    upstream = socket_file(postgres_server.socket_folder)
    with Proxy(upstream, over_tcp=is_tcp) as proxy:
        made = Scene(postgres_database, proxy, seed)
        yield made
        made.close()


@over_tcp_too
def test_cuts_around_commit(scene: Scene, rounds: Rounds):
    """Before COMMIT goes out, on its way, after it, and before, in and after its answer."""
    faults = [
        Fault(speaker, 1, place, manner, of_commits=True, pause_seconds=scene.pause())
        for speaker, place, manner in product(Speaker, Place, Manner)
    ]
    cases = list(product(faults, KINDS)) * rounds(1, 10)
    if rounds(1, 10) == 1:
        cases = scene.random.sample(cases, 60)
    struck = sum(scene.ask_under(fault, kind) for fault, kind in cases)
    scene.conclude()
    assert struck == len(cases), "a commit was not seen"


@over_tcp_too
def test_cuts_at_any_message(scene: Scene, rounds: Rounds):
    """Whichever message it is, in either direction, for each kind of wish."""
    boundaries = [
        (kind, speaker, number, place)
        for kind in KINDS
        for speaker, count in scene.messages(kind).items()
        for number, place in product(range(1, count + 1), Place)
    ]
    struck = 0
    for kind, speaker, number, place in scene.random.sample(
        boundaries, min(rounds(60, len(boundaries)), len(boundaries))
    ):
        manner, share = scene.random.choice(list(Manner)), scene.random.random()
        pause = scene.pause()
        fault = Fault(speaker, number, place, manner, share=share, pause_seconds=pause)
        struck += scene.ask_under(fault, kind)
    scene.conclude()
    print(f"{struck} cuts at {len(boundaries)} boundaries")
    # After a cut the writer has fewer messages to say at times, and the last ones are not reached.
    assert struck >= rounds(60, len(boundaries)) // 2


def test_cuts_while_another_process_writes(scene: Scene, rounds: Rounds):
    """The other one takes the lock while this one is in doubt; some keys go to both at once."""
    faults = [
        Fault(speaker, 1, place, manner, of_commits=True, pause_seconds=scene.pause())
        for speaker, place, manner in product(Speaker, Place, Manner)
    ]
    shared: SimpleQueue[tuple[str, Wished] | None] = SimpleQueue()
    others, failures = Wishes(scene.random.getrandbits(32), scene.history, "other"), []

    def write() -> None:
        try:
            while (both := shared.get()) is not None:
                for key, command in [both, *others.some(3)]:
                    scene.ask(scene.direct, key, command)
        except BaseException as error:  # noqa: BLE001 - it belongs to the test's own thread
            failures.append(error)

    other = threading.Thread(target=write)
    other.start()
    try:
        for fault in scene.random.choices(faults, k=rounds(30, 1000)):
            ((key, command),) = scene.wishes.some(1)
            scene.history.ask(key, command)
            scene.proxy.arm(fault)
            print(key, fault)
            shared.put((key, command))
            scene.ask(scene.ledger, key, command)
    finally:
        shared.put(None)
        other.join()
    assert not failures
    scene.conclude()


def test_a_writer_that_retries_blindly_is_found(scene: Scene):
    """The control: the cut and the checker are able to show what is wrong."""
    blind = scene.open(RetriesBlindly(scene.store))
    for key, command in scene.wishes.some(3, kind="atomic"):
        single = command.commands[0]
        scene.proxy.arm(Fault(Speaker.CLIENT, 1, Place.AFTER, of_commits=True))
        scene.ask(blind, key, single)
    blind.close()
    found = scene.checker.problems()
    assert sum("recorded 2 times" in problem for problem in found) == 3, found


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_stays_away(scene: Scene, kind: str):
    """Beyond patience the caller is told so; the key settles it later, to exactly one effect."""
    decider = Decider(scene.info, SystemClock(), SystemEntropy())
    writer = Writer(scene.store, scene.info, decider, patience_seconds=0.05)
    answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()

    def answer(key: str, command: Wished) -> list[Outcome] | BaseException:
        scene.history.ask(key, command)
        writer.submit((wish(command, key=key),), answers.put)
        return answers.get(timeout=30)

    try:
        for speaker, place in product(Speaker, Place):
            (key, command), (before, warming) = scene.wishes.some(2, kind=kind)
            first = answer(before, warming)
            assert isinstance(first, list)
            scene.history.hear(before, told(first[0]))
            scene.proxy.arm(Fault(speaker, 1, place, of_commits=True))
            scene.proxy.is_dark = True
            failure = answer(key, command)
            scene.proxy.is_dark = False
            assert isinstance(failure, StoreUnavailable), f"{speaker} {place}: {failure}"
            again = answer(key, command)
            assert isinstance(again, list), f"{speaker} {place}: {again}"
            scene.history.hear(key, told(again[0]))
    finally:
        scene.proxy.is_dark = False
        writer.close()
    scene.conclude()
