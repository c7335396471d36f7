"""Time and chance that a test steers: a clock that stands until it is told, seeded randomness."""

import random
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome, Wish
from partita.engine.wanting import Command
from partita.kernel import commands
from partita.kernel.moment import Moment
from partita.wiring import Application, FullStore

NOON = Moment.parse("2026-11-20T12:00:00Z")


class StandingClock:
    """A clock that stands; each look may move it on by `step_microseconds`."""

    def __init__(self, start: Moment = NOON, step_microseconds: int = 0) -> None:
        self.moment, self.step_microseconds = start, step_microseconds

    def now(self) -> Moment:
        self.moment = Moment(self.moment + self.step_microseconds)
        return self.moment


class SeededEntropy:
    """The same bytes for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)


def ask(ledger: Ledger, *wishes: Wish, timeout_seconds: float = 60) -> list[Outcome]:
    """Submit wishes and wait for their outcomes."""
    answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
    ledger.submit(wishes, answers.put)
    answer = answers.get(timeout=timeout_seconds)
    if isinstance(answer, BaseException):
        raise answer
    return answer


def ask_one(ledger: Ledger, command: Command | commands.Bulk, key: str | None = None) -> Outcome:
    """Submit one command, under a key if given."""
    return ask(ledger, wish(command, key=key))[0]


@pytest.fixture
def clock() -> StandingClock:
    """A clock that moves on by a microsecond at each look."""
    return StandingClock(step_microseconds=1)


@pytest.fixture
def entropy() -> SeededEntropy:
    """Seeded randomness."""
    return SeededEntropy()


@pytest.fixture
def application(
    store: FullStore, clock: StandingClock, entropy: SeededEntropy
) -> Iterator[Application]:
    """An application on each store in turn, with the ledger `main` open."""
    built = Application(store, pepper=b"p" * 32, clock=clock, entropy=entropy)
    built.open_ledger("main")
    yield built
    for ledger in built.open_ledgers():
        ledger.close()
    built.notary.close()


@pytest.fixture
def ledger(application: Application) -> Ledger:
    """The ledger `main`."""
    return application.ledger("main")
