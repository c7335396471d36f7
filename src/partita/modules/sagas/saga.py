"""A saga as it stands in the journal: which flow, how far, what each step gave, what went wrong.

    running ──► completed
       │ a step failed, or somebody gave it up
       ▼
    compensating ──► compensated
       │ an undoing is refused for good       ▲
       ▼                                      │ retry, resolve
     stuck ───────────────────────────────────┘

It is kept as a matter of the kind `saga`, changed by one record after each step, so that whoever
comes back after a crash knows where it stands. `is_overdue` says that its step's deadline has
passed; a stuck one needs a person, and counts as overdue as well.
"""

from enum import Enum

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.sagas.flow import Result, Scene

KIND, PREFIX = "saga", "sag_"


class SagaStatus(Enum):
    """Where a saga is in its life."""

    RUNNING = "running"
    COMPENSATING = "compensating"
    COMPLETED = "completed"
    COMPENSATED = "compensated"
    STUCK = "stuck"


OPEN = (SagaStatus.RUNNING, SagaStatus.COMPENSATING, SagaStatus.STUCK)
"""The statuses of sagas that are not over."""
ALLOWED_ACTIONS: dict[SagaStatus, tuple[str, ...]] = {
    SagaStatus.RUNNING: ("retry", "compensate"),
    SagaStatus.COMPENSATING: ("retry",),
    SagaStatus.STUCK: ("retry", "resolve"),
    SagaStatus.COMPLETED: (),
    SagaStatus.COMPENSATED: (),
}
"""What a person may do to a saga in each status."""


class StepStatus(Enum):
    """How far one step is."""

    PENDING = "pending"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"
    LEFT = "left"
    """Accepted, not waited for any more, and nothing of it needs undoing."""


class StepState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of a saga as it is now. `problem` is why it was refused last."""

    name: str
    status: StepStatus = StepStatus.PENDING
    result: Result = {}
    problem: str | None = None


class Saga(msgspec.Struct, frozen=True, kw_only=True):
    """A saga as it is now.

    `at` is the place of the step that is being done, or undone; `attempt` counts from 1 how often
    that was asked for and refused, `asks_at` is when it is asked for next. `gives_up` says that it
    is to be compensated as soon as it is known what became of the step at hand.
    """

    id: str
    flow: str
    ledger: str
    status: SagaStatus
    arguments: dict[str, str]
    steps: tuple[StepState, ...]
    at: int
    attempt: int
    started_at: Moment
    asks_at: Moment
    deadline: Moment
    is_overdue: bool = False
    gives_up: bool = False
    problem: str | None = None
    reason: str | None = None
    finished_at: Moment | None = None
    version: int = 1
    sequence: int = 0
    external_id: str | None = None

    @property
    def step(self) -> StepState:
        """The step at hand."""
        return self.steps[self.at]

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.status in OPEN

    def needs_somebody(self, now: Moment) -> bool:
        """Whether it is late, noted or not yet, or waits for a person."""
        is_late = self.is_overdue or now >= self.deadline
        return self.is_open and (is_late or self.status is SagaStatus.STUCK)

    @property
    def wakes_at(self) -> Moment | None:
        """When its process must look at it; what it waits for is looked at in any case."""
        if self.status not in (SagaStatus.RUNNING, SagaStatus.COMPENSATING):
            return None
        if self.step.status is StepStatus.WAITING and self.status is SagaStatus.RUNNING:
            return None if self.is_overdue else self.deadline
        return self.asks_at if self.is_overdue else min(self.asks_at, self.deadline)

    @property
    def scene(self) -> Scene:
        """What its next step is reckoned from."""
        results = {step.name: step.result for step in self.steps}
        return Scene(self.id, self.ledger, self.started_at, self.arguments, results)

    @property
    def key(self) -> str:
        """The key of what is asked for now: the same after a crash, another after a refusal."""
        way = "do" if self.status is SagaStatus.RUNNING else "undo"
        return f"{self.id}:{self.step.name}:{way}:{self.attempt}"


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a saga's matter holds: what it does not say itself."""

    flow: str
    ledger: str
    arguments: dict[str, str]
    steps: tuple[StepState, ...]
    at: int
    attempt: int
    started_at: Moment
    asks_at: Moment
    deadline: Moment
    is_overdue: bool = False
    gives_up: bool = False
    problem: str | None = None
    reason: str | None = None
    finished_at: Moment | None = None


_decode = value_decoder(Body)


def body_of(saga: Saga) -> str:
    """What a matter keeps of a saga."""
    return encode_value(Body(**{name: getattr(saga, name) for name in Body.__struct_fields__}))


def read(matter: Matter) -> Saga:
    """The saga that a matter keeps."""
    return Saga(
        id=matter.id,
        status=SagaStatus(matter.status),
        version=matter.version,
        sequence=matter.number,
        external_id=matter.external_id,
        **msgspec.structs.asdict(_decode(matter.body)),
    )
