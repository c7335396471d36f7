"""Stores that make trouble in front of a real one, and writers that meet them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from partita.adapters.system import SystemClock
from partita.engine.decider import Decider
from partita.engine.errors import StoreUnavailable
from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome, Wish
from partita.engine.ports import LedgerInfo, UnitOfWork
from partita.engine.writer import Writer
from partita.wiring import FullStore
from tests.plugins.steering import SeededEntropy, StandingClock

LONG_SECONDS = 20.0
Answers = SimpleQueue[list[Outcome] | BaseException]


class Gate:
    """A store that lets nobody begin or append until it is opened."""

    def __init__(self, store: FullStore) -> None:
        self._store, self.opened, self.waiting = store, threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def append(self, ledger: LedgerInfo, packed: object) -> bool:
        self._wait()
        return self._store.append(ledger, packed)

    @contextmanager
    def begin(self, ledger: LedgerInfo) -> Iterator[UnitOfWork]:
        self._wait()
        with self._store.begin(ledger) as unit:
            yield unit

    def _wait(self) -> None:
        self.waiting.set()
        assert self.opened.wait(LONG_SECONDS), "the test forgot to open the gate"


def gated(store: FullStore, ledger: Ledger, **limits: int) -> tuple[Writer, Gate]:
    """A writer with limits of its own, before a closed gate."""
    gate = Gate(store)
    decider = Decider(ledger.info, StandingClock(), SeededEntropy(9))
    return Writer(gate, ledger.info, decider, **limits), gate  # type: ignore[arg-type]


class Doubtful:
    """A store whose connection breaks as planned: one word for each try to commit.

    `away`: there is no connection. `before`: it breaks before the commit. `after`: it breaks
    after the commit, before the answer. Anything else, or nothing more: it holds.
    """

    def __init__(self, store: FullStore) -> None:
        self._store = store
        self.plan: list[str] = []
        self.always = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _next(self) -> str:
        word = self.plan.pop(0) if self.plan else self.always
        if word == "away":
            raise StoreUnavailable("there is no connection")
        return word

    def append(self, ledger: LedgerInfo, packed: object) -> bool:
        word = self._next()
        if word == "before":
            raise StoreUnavailable("broke before the commit")
        stood = self._store.append(ledger, packed)
        if word == "after":
            raise StoreUnavailable("broke after the commit")
        return stood

    @contextmanager
    def begin(self, ledger: LedgerInfo) -> Iterator[UnitOfWork]:
        word = self._next()
        with self._store.begin(ledger) as unit:
            yield _DoubtfulUnit(unit, word)


class _DoubtfulUnit:
    """A unit of work whose commit breaks as planned."""

    def __init__(self, unit: UnitOfWork, word: str) -> None:
        self._unit, self._word, self.head = unit, word, unit.head

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    def write(self, packed: object) -> None:
        if self._word == "before":
            raise StoreUnavailable("broke before the commit")
        self._unit.write(packed)
        if self._word == "after":
            raise StoreUnavailable("broke after the commit")


def impatient(store: Doubtful, ledger: Ledger, seconds: float = 10.0) -> Writer:
    """A writer on a doubtful store, with so much patience."""
    decider = Decider(ledger.info, SystemClock(), SeededEntropy(9))
    return Writer(store, ledger.info, decider, patience_seconds=seconds)  # type: ignore[arg-type]


def submitted(writer: Writer, *wishes: Wish) -> list[Outcome]:
    """Submit wishes to a writer and wait for what became of them."""
    answers: Answers = SimpleQueue()
    writer.submit(wishes, answers.put)
    answer = answers.get(timeout=LONG_SECONDS)
    if isinstance(answer, BaseException):
        raise answer
    return answer
