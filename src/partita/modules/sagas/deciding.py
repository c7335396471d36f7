"""Deciding on sagas: begin one, note what happened to its step, and what a person does to it."""

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from partita.engine.business import Act, Deciders, Desk, Named, Steps
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.modules.sagas import going_on
from partita.modules.sagas.flow import Flow, Flows, Result
from partita.modules.sagas.going_on import Change, Happened, What, fresh
from partita.modules.sagas.saga import (
    ALLOWED_ACTIONS,
    KIND,
    PREFIX,
    Saga,
    SagaStatus,
    body_of,
    read,
)


class StartSaga(Act, frozen=True, tag="saga.start"):
    """Begin a flow. Its steps are taken by a process, as soon as this is in the journal."""

    operation: ClassVar[str] = "sagas"

    flow: str
    ledger: str
    arguments: dict[str, str]
    external_id: str | None = None


class _OfSaga(Act, frozen=True):
    """What is about one saga."""

    saga: str

    def names(self, named: Named) -> None:
        """The saga."""
        named.resources[self.saga] = None


class NoteStep(_OfSaga, frozen=True, tag="saga.note_step"):
    """Note what happened to the step at hand, of the saga as it was in that version."""

    operation: ClassVar[str] = "sagas/note_step"

    version: int
    what: What
    result: Result = msgspec.field(default_factory=dict)
    problem: str | None = None


class RetrySaga(_OfSaga, frozen=True, tag="saga.retry"):
    """Go on now, with a new deadline; what made it stuck has been mended."""

    operation: ClassVar[str] = "sagas/retry"

    reason: str | None = None


class CompensateSaga(_OfSaga, frozen=True, tag="saga.compensate"):
    """Give it up: take back what was done."""

    operation: ClassVar[str] = "sagas/compensate"

    reason: str | None = None


class ResolveSaga(_OfSaga, frozen=True, tag="saga.resolve"):
    """A person has taken back the step at hand by other means; go on with the one before."""

    operation: ClassVar[str] = "sagas/resolve"

    reason: str


ByHand = RetrySaga | CompensateSaga | ResolveSaga
_Do = Callable[[Saga, Flow, Moment, Any], Change]
_ACTIONS: dict[type[Act], tuple[str, _Do]] = {
    RetrySaga: ("retry", lambda saga, flow, now, _asked: going_on.retried(saga, flow, now)),
    CompensateSaga: (
        "compensate",
        lambda saga, flow, now, asked: going_on.give_up(saga, flow, now, asked.reason),
    ),
    ResolveSaga: ("resolve", lambda saga, flow, now, _asked: going_on.undone(saga, flow, now)),
}


def deciders(flows: Flows) -> Deciders:
    """How sagas of these flows are decided on."""
    by_hand = dict.fromkeys(_ACTIONS, lambda desk, command: _by_hand(desk, command, flows))
    return {
        StartSaga: lambda desk, command: _start(desk, command, flows),
        NoteStep: lambda desk, command: _note(desk, command, flows),
        **by_hand,
    }


def _start(desk: Desk, command: StartSaga, flows: Flows) -> Steps:
    flow = flows.get(command.flow)
    if flow is None:
        return Rejection(Code.SAGA_INVALID, f"There is no flow {command.flow!r}.", "/flow")
    if (wrong := flow.objection(command.arguments)) is not None:
        return Rejection(Code.SAGA_INVALID, f"{wrong}.", "/arguments")
    saga = going_on.begun(
        Saga(
            id=desk.identity(PREFIX),
            flow=flow.name,
            ledger=command.ledger,
            status=SagaStatus.RUNNING,
            arguments=command.arguments,
            steps=fresh(flow),
            at=0,
            attempt=1,
            started_at=desk.now,
            asks_at=desk.now,
            deadline=desk.now,
            external_id=command.external_id,
        ),
        flow,
        desk.now,
    )
    yield _kept(Change(saga, "saga.started"), is_new=True)
    return None


def _found(desk: Desk, identifier: str, flows: Flows) -> tuple[Saga, Flow] | Rejection:
    matter = desk.matter(KIND, identifier)
    if matter is None:
        return Rejection(Code.SAGA_NOT_FOUND, f"There is no saga {identifier!r} in this ledger.")
    saga = read(matter)
    flow = flows.get(saga.flow)
    if flow is None:
        detail = f"This version knows no flow {saga.flow!r}, which {identifier} follows."
        return Rejection(Code.SAGA_INVALID, detail)
    return saga, flow


def _note(desk: Desk, command: NoteStep, flows: Flows) -> Steps:
    found = _found(desk, command.saga, flows)
    if isinstance(found, Rejection):
        return found
    saga, flow = found
    if saga.version != command.version:
        detail = f"{saga.id} is at version {saga.version}, not {command.version}: it went on."
        return Rejection(Code.VERSION_CONFLICT, detail)
    happened = Happened(command.what, command.result, command.problem)
    yield _kept(going_on.after(saga, flow, happened, desk.now))
    return None


def _by_hand(desk: Desk, command: ByHand, flows: Flows) -> Steps:
    found = _found(desk, command.saga, flows)
    if isinstance(found, Rejection):
        return found
    saga, flow = found
    action, do = _ACTIONS[type(command)]
    allowed = ALLOWED_ACTIONS[saga.status]
    if action not in allowed:
        detail = f"{saga.id} is {saga.status.value}: it cannot be told to {action}."
        facts = {"status": saga.status.value, "allowed_actions": ",".join(allowed)}
        return Rejection(Code.INVALID_STATE, detail, None, facts)
    yield _kept(do(saga, flow, desk.now, command), reason=command.reason)
    return None


def _kept(change: Change, *, is_new: bool = False, reason: str | None = None) -> ChangeMatter:
    """The change as the saga's own record."""
    saga = change.saga
    facts = {"flow": saga.flow, "step": saga.step.name, "attempt": str(saga.attempt)}
    if saga.problem is not None or saga.step.problem is not None:
        facts["problem"] = saga.step.problem or saga.problem or ""
    return ChangeMatter(
        type=change.fact, kind=KIND, id=saga.id, is_new=is_new, status=saga.status.value,
        external_id=saga.external_id if is_new else None, body=body_of(saga),
        wakes_at=saga.wakes_at, reason=reason, facts=facts,
    )  # fmt: skip


def as_saga(resource: object) -> Saga:
    """The saga that a record of one leads to."""
    assert isinstance(resource, Matter), "a saga is kept as a matter"
    return read(resource)
