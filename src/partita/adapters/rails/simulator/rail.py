"""The simulator as a rail: it takes what is submitted, and then whatever may happen happens.

A decision looks at the world, and comes to facts and to a result; the facts are kept before anybody
hears of the result, also where that result is an answer that gets lost. What was due by now is told
first, so that the feed grows in the order of time.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from partita.adapters.rails.logbook import Diary, Logbook
from partita.adapters.rails.premises import Premises
from partita.adapters.rails.simulator import steering
from partita.adapters.rails.simulator.behaviour import PLANS, Behaviour, Plan, Timing
from partita.adapters.rails.simulator.choosing import drawn, named, rates
from partita.adapters.rails.simulator.messages import parse
from partita.adapters.rails.simulator.planning import planned
from partita.adapters.rails.simulator.world import (
    AnyFact,
    Asked,
    Canceled,
    Taken,
    Told,
    Tried,
    World,
    fold,
    read,
    write,
)
from partita.engine.ports import Clock, Entropy
from partita.kernel.moment import Moment
from partita.modules.payments.rail import (
    Answer,
    Capabilities,
    MessageType,
    Objection,
    Page,
    Progress,
    RailInDoubt,
    RailMessage,
    RailUnavailable,
    StatusReport,
    Submission,
    SubmissionReused,
    Verdict,
    page_of,
)
from partita.modules.rails.simulation import Instruction

Result = TypeVar("Result")
Decided = tuple[Sequence[AnyFact], Result]


class Customs(msgspec.Struct, frozen=True):
    """How this network goes about things.

    `by_amount` has the last two digits of an amount choose what happens; `faults` are rates in
    ten thousandths of those that choose nothing.
    """

    name: str = "simulator"
    capabilities: Capabilities = Capabilities(can_cancel=True, unknown_is_final=True)
    timing: Timing = Timing()
    by_amount: bool = True
    faults: dict[str, int] = {}


class SimulatorRail:
    """A payment network that exists nowhere else."""

    def __init__(
        self, logbook: Logbook, *, clock: Clock, entropy: Entropy, customs: Customs | None = None
    ) -> None:
        """Keep the world in this logbook; time and chance are the ports'."""
        self._customs = customs or Customs()
        self.name, self.capabilities = self._customs.name, self._customs.capabilities
        self._clock, self._entropy = clock, entropy
        self._faults: Mapping[Behaviour, int] = rates(self._customs.faults)
        self._diary = Diary(logbook, World(self.name), fold=fold, write=write, read=read)

    # The contract.

    def submit(self, submission: Submission) -> Answer:
        """Take an order, or do to it what its behaviour says.

        Raises:
            RailUnavailable: it did not get through.
            RailInDoubt: it did, or not, and the answer was lost.
            SubmissionReused: the id was taken with other contents.
        """
        result = self._decide(lambda world, now: self._submitted(world, submission, now))
        if isinstance(result, Exception):
            raise result
        return result

    def answers(self, after: str | None, limit: int) -> Page:
        """What the network told behind a cursor."""
        return self._reached(lambda world, _now: ((), page_of(world.feed, after, limit)))

    def status(self, submission_id: str) -> StatusReport:
        """How far a submission is, also where nobody told."""

        def decision(world: World, _now: Moment) -> Decided[StatusReport]:
            known = world.known.get(submission_id)
            if known is None:
                return (), StatusReport(submission_id, Progress.UNKNOWN)
            reference = known.answer.reference
            return (), StatusReport(submission_id, known.progress, reference, known.code)

        return self._reached(decision)

    def cancel(self, submission_id: str) -> Answer:
        """Take an order back, while it is neither settled nor rejected."""

        def decision(world: World, now: Moment) -> Decided[Answer]:
            known = world.known.get(submission_id)
            if known is None or not known.is_open:
                code = "unknown" if known is None else "too_late"
                return (), Answer(submission_id, Verdict.REFUSED, code=code)
            tell = steering.TELLS[MessageType.CANCELED]
            told = planned(world, known.submission, (tell,), Timing(), now)
            return [Canceled(submission_id, told[0])], known.answer

        return self._reached(decision)

    # What a sandbox steers.

    def simulate(self, instruction: Instruction) -> RailMessage | None:
        """Make something happen; the message that tells of it, where there is one.

        Raises:
            SimulationRefused: there is no such submission, or something is missing.
        """

        def decision(world: World, now: Moment) -> Decided[RailMessage | None]:
            fact = steering.fact(world, instruction, now)
            return [fact], parse(fact.planned.raw) if isinstance(fact, Asked) else None

        return self._decide(decision)

    # Inside.

    def _decide(self, decision: Callable[[World, Moment], Decided[Result]]) -> Result:
        """A decision after what was due is told."""
        now = self._clock.now()

        def telling(world: World) -> Decided[None]:
            numbers = world.due(now)
            return ([Told(numbers)] if numbers else ()), None

        self._diary.decide(telling)
        return self._diary.decide(lambda world: decision(world, now))

    def _reached(self, decision: Callable[[World, Moment], Decided[Result]]) -> Result:
        """A decision of a network that must be up for it."""

        def if_up(world: World, now: Moment) -> Decided[Result | RailUnavailable]:
            return ((), _down(self.name)) if world.is_down else decision(world, now)

        result = self._decide(if_up)
        if isinstance(result, RailUnavailable):
            raise result
        return result

    def _submitted(
        self, world: World, submission: Submission, now: Moment
    ) -> Decided[Answer | Exception]:
        if world.is_down:
            return (), _down(self.name)
        known = world.known.get(submission.id)
        if known is not None:
            same = known.submission == submission
            return (), known.answer if same else _reused(submission)
        objection = self.capabilities.objection(submission, now)
        if objection is not None:
            return (), _refused(submission, objection)
        return self._behaved(world, submission, now)

    def _behaved(
        self, world: World, submission: Submission, now: Moment
    ) -> Decided[Answer | Exception]:
        behaviour = self._behaviour(world, submission)
        plan, tries = PLANS[behaviour], world.try_counts.get(submission.id, 0)
        tried = Tried(submission.id, behaviour)
        if plan.refusal is not None:
            refusal = Objection(plan.refusal, "the simulated network does not want it")
            return (), _refused(submission, refusal)
        if tries < plan.unreached:
            return [tried], RailUnavailable(f"{self.name} cannot be reached")
        if tries < plan.doubted:
            taken = [self._taken(world, submission, plan, now)] if plan.is_taken_in_doubt else []
            return [tried, *taken], RailInDoubt(f"{self.name} gave no answer")
        fact = self._taken(world, submission, plan, now)
        return [fact], fact.answer

    def _behaviour(self, world: World, submission: Submission) -> Behaviour:
        tried = world.tries.get(submission.id)
        if tried is not None:
            return tried.behaviour
        wanted = named(submission, by_amount=self._customs.by_amount)
        faults = self._faults if world.faults is None else world.faults
        return wanted or drawn(faults, self._entropy)

    def _taken(self, world: World, submission: Submission, plan: Plan, now: Moment) -> Taken:
        told = planned(world, submission, plan.tells, self._customs.timing, now)
        answer = Answer(submission.id, Verdict.TAKEN, f"{self.name}-{submission.id}")
        return Taken(submission, answer, told)


def make(premises: Premises) -> SimulatorRail:
    """The simulated network of one ledger."""
    logbook = premises.logbook("simulator")
    return SimulatorRail(logbook, clock=premises.clock, entropy=premises.entropy)


def _down(name: str) -> RailUnavailable:
    return RailUnavailable(f"{name} is down")


def _reused(submission: Submission) -> SubmissionReused:
    return SubmissionReused(f"{submission.id} was taken with other contents")


def _refused(submission: Submission, objection: Objection) -> Answer:
    code, detail = objection.code, objection.detail
    return Answer(submission.id, Verdict.REFUSED, code=code, detail=detail)
