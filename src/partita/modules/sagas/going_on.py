"""Going on: what a saga is after something happened to it. Pure; the table of all transitions.

| the saga is   | what happened | it is then |
|---|---|---|
| running       | accepted, nothing to wait for    | at the next step, or completed |
| running       | accepted, an outcome to wait for | waiting |
| running       | reached       | at the next step, or completed |
| running       | refused, time may mend it | at the same step, asked again later |
| running       | refused, or the outcome is a failure | compensating the steps before |
| running       | late          | overdue; compensating this step too, if it says so |
| compensating  | accepted      | at the step before, or compensated |
| compensating  | refused, time may mend it | asked again later |
| compensating  | refused       | stuck |
| compensating  | late          | overdue |
"""

from enum import Enum
from typing import NamedTuple

from msgspec.structs import replace

from partita.kernel.moment import Moment
from partita.modules.sagas.flow import Flow, Late, Result
from partita.modules.sagas.saga import Saga, SagaStatus, StepState, StepStatus

_SECOND = 1_000_000
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 1, 300
UNDO_SECONDS = 3_600
"""How long an undoing may take before it is overdue, where the step says nothing longer."""


class What(Enum):
    """What can happen to a saga's step."""

    ACCEPTED = "accepted"
    REACHED = "reached"
    REFUSED = "refused"
    REFUSED_FOR_NOW = "refused_for_now"
    MISSED = "missed"
    LATE = "late"


class Happened(NamedTuple):
    """Something that happened: what the step gave, or what was wrong."""

    what: What
    result: Result = {}  # noqa: RUF012 - a mapping that nobody writes to
    problem: str | None = None


class Change(NamedTuple):
    """A saga afterwards, and the fact's name in the journal."""

    saga: Saga
    fact: str


def begun(saga: Saga, flow: Flow, now: Moment) -> Saga:
    """A saga whose step at hand begins now."""
    seconds = flow.step(saga.step.name).deadline_seconds
    if saga.status is SagaStatus.COMPENSATING:
        seconds = max(seconds, UNDO_SECONDS)
    return replace(
        saga, attempt=1, asks_at=now, deadline=Moment(now + seconds * _SECOND), is_overdue=False
    )


def after(saga: Saga, flow: Flow, happened: Happened, now: Moment) -> Change:
    """What the saga is after that. It must be running or compensating."""
    if happened.what is What.LATE:
        return _late(saga, flow, now)
    if saga.status is SagaStatus.RUNNING:
        return _forward(saga, flow, happened, now)
    assert saga.status is SagaStatus.COMPENSATING, f"nothing happens to a saga {saga.status.value}"
    return _backward(saga, flow, happened, now)


def _forward(saga: Saga, flow: Flow, happened: Happened, now: Moment) -> Change:
    step = flow.step(saga.step.name)
    if happened.what is What.ACCEPTED:
        waiting = _with_step(saga, status=StepStatus.WAITING, result=happened.result, problem=None)
        if saga.gives_up:
            return _compensate(waiting, flow, now, saga.at)
        if step.until is not None:
            return Change(waiting, "saga.step_accepted")
        return _next(waiting, flow, now)
    if happened.what is What.REACHED:
        return _next(saga, flow, now)
    refused = _with_step(saga, problem=happened.problem)
    is_again = happened.what is What.REFUSED_FOR_NOW and saga.attempt <= step.retries
    if is_again and not saga.gives_up:
        return _again(refused, now, "saga.step_refused")
    failed = _with_step(refused, status=StepStatus.FAILED)
    return _compensate(replace(failed, problem=happened.problem), flow, now, saga.at - 1)


def _next(saga: Saga, flow: Flow, now: Moment) -> Change:
    done = _with_step(saga, status=StepStatus.DONE)
    if saga.at + 1 == len(saga.steps):
        return Change(_over(done, SagaStatus.COMPLETED, now), "saga.completed")
    return Change(begun(replace(done, at=saga.at + 1), flow, now), "saga.step_done")


def _again(saga: Saga, now: Moment, fact: str) -> Change:
    wait = min(_FIRST_WAIT_SECONDS << min(saga.attempt - 1, 30), _LONGEST_WAIT_SECONDS)
    later = Moment(now + wait * _SECOND)
    return Change(replace(saga, attempt=saga.attempt + 1, asks_at=later), fact)


def _late(saga: Saga, flow: Flow, now: Moment) -> Change:
    late = replace(saga, is_overdue=True)
    is_waiting = saga.status is SagaStatus.RUNNING and saga.step.status is StepStatus.WAITING
    if is_waiting and flow.step(saga.step.name).late is Late.COMPENSATE:
        problem = f"{saga.step.name} was not done by {saga.deadline.text()}"
        return _compensate(replace(late, problem=problem), flow, now, saga.at)
    return Change(late, "saga.overdue")


def give_up(saga: Saga, flow: Flow, now: Moment, reason: str | None) -> Change:
    """A person has it compensated; a step whose answer is not known yet is waited for first."""
    given = replace(saga, gives_up=True, problem=f"given up: {reason}" if reason else "given up")
    if saga.step.status is StepStatus.WAITING:
        return _compensate(given, flow, now, saga.at)
    return Change(replace(given, asks_at=now), "saga.given_up")


def _compensate(saga: Saga, flow: Flow, now: Moment, last: int) -> Change:
    """Take back the steps up to this place, the last one first."""
    if saga.step.status is StepStatus.WAITING and not _needs_undoing(saga.step, flow):
        saga = _with_step(saga, status=StepStatus.LEFT)
    back = replace(saga, status=SagaStatus.COMPENSATING)
    place = next((n for n in range(last, -1, -1) if _needs_undoing(saga.steps[n], flow)), None)
    if place is None:
        return Change(_over(back, SagaStatus.COMPENSATED, now), "saga.compensated")
    is_first = saga.status is SagaStatus.RUNNING
    fact = "saga.compensating" if is_first else "saga.step_undone"
    return Change(begun(replace(back, at=place), flow, now), fact)


def _needs_undoing(step: StepState, flow: Flow) -> bool:
    was_done = step.status in (StepStatus.DONE, StepStatus.WAITING)
    return was_done and flow.step(step.name).undo is not None


def _backward(saga: Saga, flow: Flow, happened: Happened, now: Moment) -> Change:
    if happened.what is What.ACCEPTED:
        return undone(saga, flow, now)
    refused = _with_step(saga, problem=happened.problem)
    step = flow.step(saga.step.name)
    if happened.what is What.REFUSED_FOR_NOW and saga.attempt <= step.retries:
        return _again(refused, now, "saga.undo_refused")
    stuck = replace(refused, status=SagaStatus.STUCK, problem=happened.problem)
    return Change(stuck, "saga.stuck")


def undone(saga: Saga, flow: Flow, now: Moment) -> Change:
    """The step at hand is taken back; on to the one before."""
    done = _with_step(saga, status=StepStatus.UNDONE)
    return _compensate(replace(done, status=SagaStatus.COMPENSATING), flow, now, saga.at - 1)


def retried(saga: Saga, flow: Flow, now: Moment) -> Change:
    """A person has it go on now, with a new deadline; what was refused for good is asked for anew."""
    is_stuck = saga.status is SagaStatus.STUCK
    status = SagaStatus.COMPENSATING if is_stuck else saga.status
    again = begun(replace(saga, status=status), flow, now)
    # An attempt whose answer is not known must be asked for under its own key.
    return Change(replace(again, attempt=saga.attempt + is_stuck), "saga.retried")


def _over(saga: Saga, status: SagaStatus, now: Moment) -> Saga:
    return replace(saga, status=status, finished_at=now, is_overdue=False)


def _with_step(saga: Saga, **changes: object) -> Saga:
    steps = list(saga.steps)
    steps[saga.at] = replace(saga.step, **changes)
    return replace(saga, steps=tuple(steps))


def fresh(flow: Flow) -> tuple[StepState, ...]:
    """The steps of a flow before any of them."""
    return tuple(StepState(step.name) for step in flow.steps)
