"""The runner: work is done at once while there is any, and no failure of one process stops another."""

import threading
import time

import pytest

from partita.engine import processes
from partita.engine.asking import ask
from partita.engine.errors import StoreUnavailable
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.engine.processes import Runner
from partita.kernel import commands
from partita.kernel.account import AccountType
from partita.kernel.moment import Moment
from tests.plugins.steering import StandingClock

LONG_SECONDS = 20.0


class Pile:
    """So many things to do, one for each turn; the turns named in `fails` fail."""

    def __init__(self, name: str, things: int, fails: dict[int, Exception] | None = None) -> None:
        self.name, self.things, self.fails = name, things, fails or {}
        self.turns = 0
        self.is_empty = threading.Event()

    def run_once(self, now: Moment) -> int:
        assert now > 0
        self.turns += 1
        if (error := self.fails.get(self.turns)) is not None:
            raise error
        if self.things == 0:
            self.is_empty.set()
            return 0
        self.things -= 1
        return 1


def test_what_is_there_is_done_without_waiting() -> None:
    pile = Pile("pile", 500)
    runner = Runner([pile], StandingClock(), idle_seconds=LONG_SECONDS)
    runner.start()
    assert pile.is_empty.wait(LONG_SECONDS / 2)
    runner.close()
    assert pile.turns == 501, "and then it rested"


def test_a_failure_is_tried_again_and_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_FIRST_PAUSE_SECONDS", 0.01)
    bad = Pile("bad", 1, {1: StoreUnavailable("away"), 2: RuntimeError("a mistake")})
    stuck = Pile("stuck", 1, dict.fromkeys(range(1, 1000), RuntimeError("always")))
    good = Pile("good", 1)
    runner = Runner([stuck, bad, good], StandingClock(), idle_seconds=0.01)
    runner.start()
    assert good.is_empty.wait(LONG_SECONDS)
    assert bad.is_empty.wait(LONG_SECONDS)
    runner.close()
    assert stuck.things == 1
    assert bad.things == 0


def test_a_quiet_one_is_left_alone_until_something_is_written() -> None:
    pile = Pile("pile", 0)
    runner = Runner([pile], StandingClock(), idle_seconds=0.001)
    runner.start()
    time.sleep(0.3)
    turns = pile.turns
    assert 3 <= turns <= 20, "ever more seldom"
    pile.things = 1
    runner.wake()
    deadline = time.monotonic() + LONG_SECONDS
    while pile.things and time.monotonic() < deadline:
        time.sleep(0.001)
    runner.close()
    assert pile.things == 0


def test_closing_before_the_start_is_nothing_special() -> None:
    Runner([Pile("pile", 1)], StandingClock()).close()


def test_asking_waits_for_the_answer(ledger: Ledger) -> None:
    opening = commands.OpenAccount("cash", "USD", AccountType.ASSET)
    first, again = (ask(ledger, wish(opening, key="k")) for _ in range(2))
    assert isinstance(first, Accepted)
    assert again.replayed
