"""A fuse: cuts a process off at its n-th step, as kill -9 does, between a thing done and its telling."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome, Wish
from partita.modules.payments.rail import Answer, Page, Rail, StatusReport, Submission


class Cut(BaseException):
    """The process is dead; nothing in it may catch this."""


class Fuse:
    """Counts steps, and cuts at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.steps = at, 0

    def step(self) -> None:
        """One more; dead from the one on at which it cuts."""
        self.steps += 1
        if self.at is not None and self.steps >= self.at:
            raise Cut(f"step {self.steps}")


class FusedRail:
    """A rail whose caller may die before and after each call."""

    def __init__(self, rail: Rail, fuse: Fuse) -> None:
        self._rail, self._fuse = rail, fuse
        self.name, self.capabilities = rail.name, rail.capabilities

    def submit(self, submission: Submission) -> Answer:
        return self._fused(lambda: self._rail.submit(submission))

    def answers(self, after: str | None, limit: int) -> Page:
        return self._fused(lambda: self._rail.answers(after, limit))

    def status(self, submission_id: str) -> StatusReport:
        return self._fused(lambda: self._rail.status(submission_id))

    def _fused(self, call: Callable[[], Any]) -> Any:
        self._fuse.step()
        try:
            return call()
        finally:
            self._fuse.step()


class FusedLedger:
    """A ledger whose writer may die before its wishes are handed over, and after they are durable."""

    def __init__(self, ledger: Ledger, fuse: Fuse) -> None:
        self._ledger, self._fuse, self.info = ledger, fuse, ledger.info

    def submit(self, wishes: Sequence[Wish], done: Callable[[Any], None]) -> None:
        self._fuse.step()
        answers: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
        self._ledger.submit(wishes, answers.put)
        answer = answers.get(timeout=60)
        self._fuse.step()
        done(answer)
