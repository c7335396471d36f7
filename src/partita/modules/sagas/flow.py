"""Flows: what a saga does, step by step, declared in code.

A step says what to ask for (`do`), when that is done beyond being accepted (`until`), what takes it
back (`undo`), how long it may take and how often a refusal that time may mend is tried again. All of
these are pure functions of the saga's arguments and of what earlier steps gave, so that a process
which comes back after a crash asks for the very same, under the very same key.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import NamedTuple

import msgspec

from partita.engine.wanting import Command
from partita.journal.record import Record
from partita.kernel.events import resource_in
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.ledger_transfers.transfer import Order

Result = dict[str, str]
"""What a step gave: names and texts, kept with the saga for the steps that follow."""


class Scene(NamedTuple):
    """What a step is reckoned from: the saga's arguments and what its steps gave so far."""

    saga: str
    ledger: str
    started_at: Moment
    arguments: Mapping[str, str]
    results: Mapping[str, Result]


class Ask(NamedTuple):
    """A command to a ledger; None is the ledger that the saga lives in."""

    command: Command
    ledger: str | None = None


class Send(NamedTuple):
    """A transfer to another ledger."""

    order: Order


Action = Ask | Send


class Until(NamedTuple):
    """A matter that decides whether a step is done: the statuses that say so, and that say no."""

    kind: str
    id: str
    done: frozenset[str]
    failed: frozenset[str]
    ledger: str | None = None


class Late(Enum):
    """What becomes of a step that is accepted and not done by its deadline; alarmed in any case."""

    WAIT = "wait"
    """It may still come: go on waiting."""
    COMPENSATE = "compensate"
    """It counts as failed: take it back, and what was done before it."""


def given_id(record: Record) -> Result:
    """The id of what a record made or changed."""
    resource = resource_in(record.event)
    return {"id": record.event.id if resource is None else resource.id}


MENDED_BY_TIME = frozenset(
    (Code.VERSION_CONFLICT, Code.VELOCITY_EXCEEDED, Code.RATE_MISSING, Code.RULE_FAILED)
)
"""Refusals that may be none a little later; a step may know more of them."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a flow. Without `undo` it needs none; its name is unique in the flow."""

    name: str
    do: Callable[[Scene], Action]
    until: Callable[[Scene], Until] | None = None
    undo: Callable[[Scene], Action] | None = None
    reads: Callable[[Record], Result] = given_id
    deadline_seconds: int = 60
    retries: int = 3
    mended_by_time: frozenset[Code] = MENDED_BY_TIME
    late: Late = Late.WAIT


class Argument(NamedTuple):
    """What a flow must be given."""

    name: str
    meaning: str
    is_amount: bool = False


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """A flow: what it needs, and its steps in order. `is_across` says that other ledgers take part."""

    name: str
    sentence: str
    arguments: tuple[Argument, ...]
    steps: tuple[Step, ...]
    is_across: bool = False

    def step(self, name: str) -> Step:
        """The step of that name."""
        return next(step for step in self.steps if step.name == name)

    def objection(self, arguments: Mapping[str, str]) -> str | None:
        """What is wrong with these arguments, if anything."""
        known = {each.name for each in self.arguments}
        if missing := sorted(known - arguments.keys()):
            return f"{self.name} needs {', '.join(missing)}"
        if odd := sorted(arguments.keys() - known):
            return f"{self.name} knows no {', '.join(odd)}"
        for each in self.arguments:
            text = arguments[each.name]
            if each.is_amount and not (text.isascii() and text.isdigit() and len(text) <= 38):
                return f"{each.name} is a whole number of minor units, not {text[:60]!r}"
        return None


Flows = Mapping[str, Flow]
"""The flows that there are, by name."""
