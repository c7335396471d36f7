"""Weeks of bad luck on two rails: outages, lost answers, crashes, disorder; no money moves twice.

Everything is drawn from a seed, which a failure prints: `SEED=… ` in the message is the whole story.
"""

import random

import pytest

from partita.adapters.rails.simulator.rail import Customs
from partita.adapters.stores.memory import MemoryStore
from partita.modules.payments.lifecycle import State
from partita.modules.payments.rail import Capabilities, Progress
from partita.modules.rails.order import read_order
from partita.modules.rails.simulation import Instruction, SimulatedEvent
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.modules.rails.fuse import Cut, Fuse
from tests.unit.modules.rails.station import ALICE, PURSE, TIMING, Station
from tests.unit.modules.rails.test_crashes import fused

FAULTS = {
    "reject": 500,
    "return": 400,
    "duplicate": 500,
    "late": 500,
    "disorder": 500,
    "return_first": 200,
    "lost_answer": 800,
    "lost_order": 800,
    "unreachable": 800,
    "refuse": 300,
    "unheard": 300,
}
ROUNDS, SAMPLE, HEAVY = 60, 4, 60
NETWORKS = ("net", "spare")


class Weeks:
    """One story: everything that happens is drawn from the seed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.chance = seed, random.Random(seed)
        clock = StandingClock(step_microseconds=1)
        self.application = Application(
            MemoryStore(), pepper=b"p" * 32, clock=clock, entropy=SeededEntropy(seed)
        )
        self.application.open_ledger("main")
        # One rail's silence is a promise, the other's is not.
        customs = {
            name: Customs(
                name=name,
                timing=TIMING,
                by_amount=False,
                faults=FAULTS,
                capabilities=Capabilities(unknown_is_final=name == "net"),
            )
            for name in NETWORKS
        }
        self.station = Station(self.application, clock, names=NETWORKS, customs=customs, seed=seed)
        self.station.is_divided = seed % 2 == 1
        for name, other in zip(NETWORKS, reversed(NETWORKS), strict=True):
            self.station.fall_back(name, other)
        self.withdrawn: list[str] = []

    def play(self) -> None:
        """All of it, and then fair weather until nothing is left to do."""
        for _ in range(ROUNDS):
            self._round()
        for name in NETWORKS:
            self._steer(name, SimulatedEvent.RECOVER)
            self._steer(name, SimulatedEvent.FAULTS)
        self._restart(None)
        self.station.work(days=10)

    def _round(self) -> None:
        for _ in range(self.chance.randrange(4)):
            rail = self.chance.choice(NETWORKS)
            amount = self.chance.randrange(100, 2_000)
            self.withdrawn.append(self.station.withdraw(amount, rail=rail))
        if self.chance.random() < 0.3:
            event = self.chance.choice([SimulatedEvent.OUTAGE, SimulatedEvent.RECOVER])
            self._steer(self.chance.choice(NETWORKS), event)
        if self.chance.random() < 0.3:
            self._restart(self.chance.randrange(1, 40))
        try:
            self.station.run(seconds=self.chance.choice([0, 1, 5, 61, 600, 7_200]))
        except Cut:
            self._restart(None)

    def _restart(self, at: int | None) -> None:
        """Another process takes over; it may be killed at its n-th step."""
        self.station.rails = self.station.opened()
        self.station.process = fused(self.station, Fuse(at))

    def _steer(self, name: str, event: SimulatedEvent) -> None:
        self.station.rails[name].simulate(Instruction(event))

    def close(self) -> None:
        for ledger in self.application.open_ledgers():
            ledger.close()
        self.application.notary.close()

    # What must hold.

    def carried(self) -> dict[str, list[tuple[str, Progress]]]:
        """For each payment, every rail that took one of its orders, and how far that is."""
        rails = self.station.opened()
        found: dict[str, list[tuple[str, Progress]]] = {each: [] for each in self.withdrawn}
        for matter in self.station.matters("submission"):
            order = read_order(matter)
            for name, rail in rails.items():
                progress = rail.status(order.id).progress
                if progress is not Progress.UNKNOWN:
                    found[order.submission.payment].append((name, progress))
        return found

    def judge(self) -> None:
        carried, left = self.carried(), 0
        for identifier, taken in carried.items():
            payment, story = self.station.payment(identifier), f"SEED={self.seed} {identifier}"
            assert len(taken) <= 1, f"{story}: taken by {taken}"
            settled = [name for name, progress in taken if progress is Progress.SETTLED]
            is_settled = payment.state is State.SETTLED
            assert bool(settled) == is_settled, f"{story}: {payment.state} and {taken}"
            assert not settled or settled == [payment.rail], story
            assert payment.state in _ENDS, f"{story}: {payment.state}, {self.station.stages()}"
            left += payment.amount if is_settled else 0
        assert self.station.balance(ALICE) == PURSE - left, f"SEED={self.seed}"
        transit = {p: b for p, b in self.station.balances().items() if p.startswith("in_transit")}
        assert transit == {}, f"SEED={self.seed}: {transit}"
        assert "exception" not in self.station.messages(), f"SEED={self.seed}"
        # What was asked back while a breaker was open stays put: nothing is under way any more.
        assert set(self.station.stages()) <= {"closed", "abandoned"}, f"SEED={self.seed}"


_ENDS = {State.SETTLED, State.FAILED, State.RETURNED}


@pytest.mark.parametrize(
    "seed",
    [*range(SAMPLE), *(pytest.param(n, marks=pytest.mark.slow) for n in range(SAMPLE, HEAVY))],
)
def test_whatever_happens_no_money_moves_twice_and_the_books_say_what_the_world_did(
    seed: int,
) -> None:
    weeks = Weeks(seed)
    try:
        weeks.play()
        weeks.judge()
    finally:
        weeks.close()
