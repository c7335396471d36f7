"""A line to a rail: the bulkhead, the breaker and the call, and how certain we are afterwards.

    submission ─► bulkhead (so many at once) ─► breaker ─► Rail.submit ─► `Contact`

Whoever calls a rail calls it through its line. What comes back is never an exception but a
`Contact`, and what matters of it is its certainty: `dispatching` says what may follow. An exception that the contract does not know may have come after the order was
sent, so it leaves us in doubt.
"""

import threading
from enum import Enum

import msgspec

from partita.engine.ports import Clock
from partita.modules.payments.rail import (
    Answer,
    Progress,
    Rail,
    RailUnavailable,
    StatusReport,
    Submission,
    SubmissionReused,
    Verdict,
)
from partita.modules.rails.breaker import Breaker, BreakerPolicy


class Certainty(Enum):
    """What is known after an order was handed over, or after its status was asked for."""

    TAKEN = "taken"
    REFUSED = "refused"
    NOT_REACHED = "not_reached"
    """This call did not get through; of an earlier one it says nothing."""
    NOT_TAKEN = "not_taken"
    """The rail promises that it has not taken it, nor will from any call so far."""
    NOT_SEEN = "not_seen"
    """The rail has not seen it so far; what is under way may yet arrive."""
    IN_DOUBT = "in_doubt"
    FAULTY = "faulty"
    """The id was taken with other contents: a person has to look."""


class Contact(msgspec.Struct, frozen=True):
    """What came of calling a rail."""

    certainty: Certainty
    reference: str | None = None
    code: str | None = None
    detail: str = ""
    progress: Progress | None = None


class LinePolicy(msgspec.Struct, frozen=True):
    """How many calls may be under way at once, and when the breaker opens."""

    calls_at_once: int = 8
    breaker: BreakerPolicy = BreakerPolicy()


class Line:
    """The only way to a rail. Safe to use from several threads."""

    def __init__(self, rail: Rail, clock: Clock, policy: LinePolicy | None = None) -> None:
        """Call this rail."""
        self.rail, self._clock = rail, clock
        self.policy = policy or LinePolicy()
        self.breaker = Breaker()
        self.under_way = 0
        self._lock = threading.Lock()

    @property
    def admits(self) -> bool:
        """Whether a call would be let through now."""
        now = self._clock.now()
        return self._has_room and self.breaker.admits(self.policy.breaker, now)

    def submit(self, submission: Submission) -> Contact:
        """Hand over an order, and say how certain we are of what became of it."""
        if not self._enter():
            return Contact(Certainty.NOT_REACHED, code="rail_closed", detail=self._reason())
        contact = Contact(Certainty.IN_DOUBT, detail="the call was cut off")
        try:
            contact = _of_answer(self.rail.submit(submission))
        except RailUnavailable as error:
            contact = Contact(Certainty.NOT_REACHED, code="rail_unavailable", detail=str(error))
        except SubmissionReused as error:
            contact = Contact(Certainty.FAULTY, code="submission_reused", detail=str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the order may have been sent
            contact = Contact(Certainty.IN_DOUBT, detail=f"{type(error).__name__}: {error}")
        finally:
            self._leave(is_well=contact.certainty not in _FAILURES)
        return contact

    def status(self, submission_id: str) -> Contact:
        """Ask how far an order is; what is unknown was not taken only where that is final."""
        if not self._enter():
            return Contact(Certainty.IN_DOUBT, code="rail_closed", detail=self._reason())
        contact = Contact(Certainty.IN_DOUBT, detail="the call was cut off")
        is_well = False
        try:
            contact = self._of_report(self.rail.status(submission_id))
            is_well = True
        except Exception as error:  # noqa: BLE001 - asking moves nothing: whatever it is, we know no more
            contact = Contact(Certainty.IN_DOUBT, detail=f"{type(error).__name__}: {error}")
        finally:
            self._leave(is_well=is_well)
        return contact

    def _of_report(self, report: StatusReport) -> Contact:
        if report.progress is not Progress.UNKNOWN:
            return Contact(Certainty.TAKEN, report.reference, report.code, progress=report.progress)
        if self.rail.capabilities.unknown_is_final:
            return Contact(Certainty.NOT_TAKEN, progress=report.progress)
        return Contact(Certainty.NOT_SEEN, progress=report.progress)

    @property
    def _has_room(self) -> bool:
        return self.under_way < self.policy.calls_at_once

    def _reason(self) -> str:
        if not self._has_room:
            return f"{self.policy.calls_at_once} calls to {self.rail.name} are under way"
        return f"the breaker of {self.rail.name} is {self.breaker.state.value}"

    def _enter(self) -> bool:
        with self._lock:
            if not self.admits:
                return False
            self.under_way += 1
            self.breaker = self.breaker.asked(self._clock.now())
            return True

    def _leave(self, *, is_well: bool) -> None:
        with self._lock:
            self.under_way -= 1
            now = self._clock.now()
            self.breaker = (
                self.breaker.succeeded(now)
                if is_well
                else self.breaker.failed(self.policy.breaker, now)
            )


_FAILURES = frozenset({Certainty.NOT_REACHED, Certainty.IN_DOUBT})
_OF_VERDICT = {Verdict.TAKEN: Certainty.TAKEN, Verdict.REFUSED: Certainty.REFUSED}


def _of_answer(answer: Answer) -> Contact:
    return Contact(_OF_VERDICT[answer.verdict], answer.reference, answer.code, answer.detail)
