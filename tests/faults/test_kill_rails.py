"""The process that carries payments to rails is killed at any moment, and others take over.

The world outside is in files, the books are in PostgreSQL, and both outlive everybody. In the end
each payment's money has moved once or not at all, and the books say which.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from partita.engine.clerk import Clerk
from partita.engine.listing import ResourceFilter
from partita.kernel.matters import Matter
from partita.modules.payments.acts import CreateDeposit, CreateWithdrawal
from partita.modules.payments.lifecycle import State
from partita.modules.payments.payment import read_payment
from partita.modules.payments.rail import Progress
from partita.modules.rails.order import read_order
from partita.wiring import Application
from tests.faults.processes import ENVIRONMENT, ROOT
from tests.faults.rails_process import opened, process_of
from tests.plugins.postgres import PostgresDatabase

ALICE, PURSE = "customers:alice:wallets:main:EUR", 10_000_000
FATES = (
    "settle", "reject", "duplicate", "disorder", "return_first", "lost_answer", "lost_order",
    "unreachable", "refuse", "unheard",
)  # fmt: skip
_PATIENCE_SECONDS = 60.0
Rounds = Callable[[int, int], int]


class Town:
    """Books, a world, and processes between them that die."""

    def __init__(self, database: PostgresDatabase, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self._place = (database.poster, database.reader, str(folder))
        self.application: Application = opened(database.poster, database.reader, folder)
        self.info = self.application.ledger("main").info
        self._clerk, self._count = Clerk(self.application.ledger("main"), "test"), 0
        self._clerk.write_one(CreateDeposit(destination=ALICE, amount=PURSE, asset="EUR"), "purse")
        self._alive: list[subprocess.Popen[bytes]] = []

    def withdraw(self, count: int) -> None:
        """So many withdrawals, each with a fate."""
        acts = []
        for _ in range(count):
            self._count += 1
            act = CreateWithdrawal(
                source=ALICE, amount=1_000 + self._count, asset="EUR", rail="simulator",
                beneficiary=f"sim:{self.chance.choice(FATES)}",
            )  # fmt: skip
            acts.append((act, f"w-{self._count}"))
        self._clerk.write(acts)

    def begin(self) -> subprocess.Popen[bytes]:
        """A process at work."""
        process = subprocess.Popen(
            (sys.executable, "-m", "tests.faults.rails_process", *self._place),
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
            cwd=ROOT,
        )
        self._alive.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    def close(self) -> None:
        for process in self._alive:
            process.kill()
            process.wait()
        self.application.close()

    def finish(self) -> None:
        """Nobody is killed any more; wait until every payment is at its end."""
        process, deadline = process_of(self.application), time.monotonic() + _PATIENCE_SECONDS
        while self._open() and time.monotonic() < deadline:
            if not process.run_once(self.application.clock.now()):
                time.sleep(0.05)
        # Whatever is told after the end of a payment must not change it.
        time.sleep(1.1)
        process.run_once(self.application.clock.now())

    def _open(self) -> bool:
        states = ("reserved", "submitted", "accepted")
        return any(self.matters("withdrawal", state, 1) for state in states)

    def matters(self, kind: str, state: str | None = None, limit: int = 10_000) -> list[Matter]:
        which = ResourceFilter(kind, state=state)
        found = self.application.store.resources(self.info, which, None, limit)
        return [each for each in found if isinstance(each, Matter)]

    def judge(self) -> None:
        """What the world moved is what the books say."""
        network = self.application.rails("main")["simulator"]
        moved: dict[str, int] = {}
        for matter in self.matters("submission"):
            order = read_order(matter)
            settled = network.status(order.id).progress is Progress.SETTLED
            payment = order.submission.payment
            moved[payment] = moved.get(payment, 0) + settled
        left = 0
        payments = [read_payment(matter.body) for matter in self.matters("withdrawal")]
        assert len(payments) == self._count
        for payment in payments:
            fate = payment.beneficiary
            assert payment.state in _ENDS, f"{fate}: {payment}"
            is_settled = payment.state is State.SETTLED
            assert moved.get(payment.id, 0) == is_settled, f"{fate}: {payment}"
            left += payment.amount if is_settled else 0
        totals = self.application.store.account(self.info, ALICE)
        assert totals is not None
        assert totals.totals.posted_credits - totals.totals.posted_debits == PURSE - left
        assert not self.matters("rail_message", "exception")


_ENDS = {State.SETTLED, State.FAILED, State.RETURNED}


@pytest.fixture
def town(postgres_database: PostgresDatabase, tmp_path: Path, seed: int) -> Iterator[Town]:
    made = Town(postgres_database, tmp_path / "rails", seed)
    yield made
    made.close()


def test_kill_the_process_of_rails(town: Town, rounds: Rounds) -> None:
    """One process after another is killed at work; every other time a second one works beside it."""
    for number in range(rounds(4, 60)):
        town.withdraw(25)
        workers = [town.begin() for _ in range(1 + number % 2)]
        time.sleep(town.chance.uniform(0.0, 0.6))
        for worker in workers:
            worker.kill()
            worker.wait()
    town.finish()
    town.judge()
