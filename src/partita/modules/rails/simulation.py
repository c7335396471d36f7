"""What a simulated network can be told to do: one word for each thing that happens out there.

A rail that can be steered obeys `Simulation` besides the rail contract. Only a sandbox steers: the
surfaces refuse with `sandbox_only` wherever the settings do not allow it.
"""

from enum import Enum
from typing import Protocol

import msgspec

from partita.engine.errors import PartitaError
from partita.modules.payments.rail import RailMessage


class SimulationRefused(PartitaError):
    """What a simulation was told to do makes no sense there; the message says why."""


class SimulatedEvent(Enum):
    """What can be made to happen."""

    ACCEPT = "accept"
    SETTLE = "settle"
    REJECT = "reject"
    RETURN = "return"
    CANCEL = "cancel"
    REPEAT = "repeat"
    """The last message about the submission is told once more, under the same id."""
    RECEIVE = "receive"
    """Money comes that nobody had asked for."""
    OUTAGE = "outage"
    """From now on nobody gets through, until `recover`."""
    RECOVER = "recover"
    FAULTS = "faults"
    """From now on things go wrong at these rates."""


class Instruction(msgspec.Struct, frozen=True):
    """What is to happen now. What an event has no use for is left out.

    `submission` is the one that it is about; `amount`, `asset`, `beneficiary` and
    `end_to_end_id` are of money that comes in, `code` a network's reason; `faults` are rates in
    ten thousandths by the name of what goes wrong.
    """

    event: SimulatedEvent
    submission: str | None = None
    code: str | None = None
    amount: int | None = None
    asset: str | None = None
    beneficiary: str | None = None
    end_to_end_id: str | None = None
    faults: dict[str, int] = {}


class Simulation(Protocol):
    """A network that can be told what to do."""

    def simulate(self, instruction: Instruction) -> RailMessage | None:
        """Make something happen; the message that tells of it, where there is one.

        Raises:
            SimulationRefused: there is no such submission, or something is missing.
        """
        ...
