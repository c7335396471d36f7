"""Sagas on the wire: flows of several steps, how far they are, and what needs somebody."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.sagas import deciding
from partita.modules.sagas.flow import Flow
from partita.modules.sagas.saga import ALLOWED_ACTIONS, SagaStatus, StepStatus, read
from partita.modules.sagas.saga import Saga as Kept
from partita.surfaces.http.shapes.fields import (
    ExternalId,
    ListShape,
    QueryShape,
    Reason,
    RequestShape,
    Timestamp,
    printable_or_none,
)

FlowName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z_]{0,63}$(?!\n)",
        description="One of `GET /v1/saga_flows`.",
        examples=["convert_and_withdraw"],
    ),
]
Arguments = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=40)],
        Annotated[str, Meta(min_length=1, max_length=500)],
    ],
    Meta(max_length=50, description="What the flow needs, by name, as strings. No personal data."),
]


class SagaRequest(RequestShape, frozen=True, kw_only=True):
    """A flow to start, and what it needs."""

    flow: FlowName
    arguments: Arguments
    external_id: ExternalId | None = None


class SagaChangeRequest(RequestShape, frozen=True, kw_only=True):
    """Why it is done."""

    reason: Reason | None = None


class SagaResolveRequest(RequestShape, frozen=True, kw_only=True):
    """How the step at hand was taken back."""

    reason: Reason


class SagaStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step: how far it is, what it gave, and why it was refused last."""

    name: str
    status: StepStatus
    result: dict[str, str]
    problem: str | None


class Saga(msgspec.Struct, frozen=True, kw_only=True):
    """A saga as it is now. `step` is the one at hand; `deadline` is its own.

    An `overdue` one is late or stuck: somebody has to look at it. `problem` says what went wrong.
    """

    id: str
    object: Literal["saga"] = "saga"
    flow: str
    status: SagaStatus
    version: int
    arguments: dict[str, str]
    step: str
    attempt: int
    steps: list[SagaStep]
    deadline: Timestamp
    overdue: bool
    problem: str | None
    external_id: str | None
    sequence: str
    created_at: Timestamp
    finished_at: Timestamp | None
    allowed_actions: tuple[str, ...]


class SagaList(ListShape, frozen=True, kw_only=True):
    """A page of sagas, newest first."""

    data: list[Saga]


class SagaQuery(QueryShape, frozen=True, kw_only=True):
    """Filters. `overdue=true` are those that are late or stuck."""

    status: SagaStatus | None = None
    overdue: Literal["true", "false"] | None = None
    limit: str | None = None
    cursor: str | None = None


class SagaArgument(msgspec.Struct, frozen=True):
    """Something that a flow needs."""

    name: str
    meaning: str


class SagaFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A flow that can be started: what it needs, and its steps in order."""

    name: str
    object: Literal["saga_flow"] = "saga_flow"
    description: str
    arguments: list[SagaArgument]
    steps: list[str]


class SagaFlowList(ListShape, frozen=True, kw_only=True):
    """All flows."""

    data: list[SagaFlow]


def start(request: SagaRequest, ledger: str) -> deciding.StartSaga:
    """The command that a request is."""
    external_id = printable_or_none(request.external_id, "/external_id")
    return deciding.StartSaga(request.flow, ledger, request.arguments, external_id)


def saga(kept: Kept, now: Moment) -> Saga:
    """A saga as it goes out."""
    finished_at = kept.finished_at
    return Saga(
        id=kept.id,
        flow=kept.flow,
        status=kept.status,
        version=kept.version,
        arguments=kept.arguments,
        step=kept.step.name,
        attempt=kept.attempt,
        steps=[
            SagaStep(name=each.name, status=each.status, result=each.result, problem=each.problem)
            for each in kept.steps
        ],
        deadline=kept.deadline.text(),
        overdue=kept.needs_somebody(now),
        problem=kept.problem,
        external_id=kept.external_id,
        sequence=str(kept.sequence),
        created_at=kept.started_at.text(),
        finished_at=None if finished_at is None else finished_at.text(),
        allowed_actions=ALLOWED_ACTIONS[kept.status],
    )


def saga_of(matter: Matter, now: Moment) -> Saga:
    """A saga as it goes out, of the matter that keeps it."""
    return saga(read(matter), now)


def flow(kept: Flow) -> SagaFlow:
    """A flow as it goes out."""
    return SagaFlow(
        name=kept.name,
        description=kept.sentence,
        arguments=[SagaArgument(each.name, each.meaning) for each in kept.arguments],
        steps=[step.name for step in kept.steps],
    )
