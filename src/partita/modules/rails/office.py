"""The office of a ledger's rails: what surfaces ask and tell, in one place for all of them."""

from collections.abc import Mapping, Sequence

import msgspec

from partita.engine.errors import NotFound, PartitaError
from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.payments.rail import Capabilities, RailMessage
from partita.modules.rails import kept_message, order, rail_state
from partita.modules.rails.acts import SetRail
from partita.modules.rails.breaker import BreakerState
from partita.modules.rails.dispatching import Stage
from partita.modules.rails.line import Line
from partita.modules.rails.order import read_order
from partita.modules.rails.process import RailsProcess
from partita.modules.rails.simulation import Instruction, SimulationRefused

MOST_COUNTED = 1_000
"""Orders are counted up to so many in each stage: what is worth counting is few."""
_COUNTED = (Stage.WAITING, Stage.SENDING, Stage.IN_DOUBT, Stage.TAKEN, Stage.FAULTY)


class SandboxOnly(PartitaError):
    """The world is steered in sandboxes alone, and this is none."""


class RailReport(msgspec.Struct, frozen=True):
    """A rail as it is now: what it can do, what the ledger says of it, and how it is.

    `orders` are those under way, by stage; breaker and calls are of this process.
    """

    name: str
    capabilities: Capabilities
    is_enabled: bool
    fallback: str | None
    cursor: str | None
    breaker: BreakerState
    calls_under_way: int
    orders: Mapping[Stage, int]
    is_simulated: bool


class Backlog(msgspec.Struct, frozen=True):
    """What is due in a ledger by now, and how much of it for longer than a minute."""

    due: int
    overdue: int


class Office:
    """Speaks for the rails of one ledger."""

    def __init__(
        self, info: LedgerInfo, reader: Reader, process: RailsProcess, *, is_sandbox: bool
    ) -> None:
        """Speak for these rails; the simulated ones are steered only if this `is_sandbox`."""
        self._info, self._reader, self._process = info, reader, process
        self._is_sandbox = is_sandbox

    @property
    def ledger(self) -> str:
        """The name of the ledger."""
        return self._info.name

    @property
    def lines(self) -> Mapping[str, Line]:
        """The lines of this process to its rails, by name."""
        return self._process.lines

    def run_once(self, now: Moment) -> int:
        """Do what is due by now; how many things were done."""
        return self._process.run_once(now)

    def reports(self) -> list[RailReport]:
        """Every rail, in the order in which they are wired."""
        kept, counts = self._process.kept(), self._counts()
        return [
            _report(line, kept.get(name), counts.get(name, {}))
            for name, line in self._process.lines.items()
        ]

    def report(self, name: str) -> RailReport:
        """One rail.

        Raises:
            NotFound: there is none of that name.
        """
        self._line(name)
        return next(report for report in self.reports() if report.name == name)

    def setting(
        self, name: str, *, is_enabled: bool, fallback: str | msgspec.UnsetType | None
    ) -> SetRail:
        """The command that enables or disables a rail.

        Raises:
            NotFound: there is no such rail, or none that could stand in.
        """
        self._line(name)
        if isinstance(fallback, str):
            self._line(fallback)
        return SetRail(rail=name, is_enabled=is_enabled, fallback=fallback)

    def messages(
        self,
        *,
        status: str | None = None,
        payment: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Matter]:
        """What rails told, newest first."""
        return self._matters(kept_message.KIND, status, payment, before, limit)

    def orders(
        self,
        *,
        status: str | None = None,
        payment: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Matter]:
        """What was handed to rails, newest first."""
        return self._matters(order.KIND, status, payment, before, limit)

    def message(self, identifier: str) -> Matter:
        """A message by its id, or an order by the submission's.

        Raises:
            NotFound: there is none.
        """
        kind = order.KIND if identifier.startswith(order.PREFIX) else kept_message.KIND
        found = self._reader.resource(self._info, kind, identifier)
        if not isinstance(found, Matter):
            raise NotFound(f"there is no rail message {identifier!r} in {self._info.name!r}")
        return found

    def simulate(self, name: str, instruction: Instruction) -> RailMessage | None:
        """Have something happen on a simulated rail.

        Raises:
            SandboxOnly: this is no sandbox.
            NotFound: there is no such rail.
            SimulationRefused: that rail is real, or what it is told makes no sense.
        """
        self.check_sandbox()
        simulate = getattr(self._line(name).rail, "simulate", None)
        if simulate is None:
            raise SimulationRefused(f"{name} is not simulated")
        told: RailMessage | None = simulate(instruction)
        return told

    def check_sandbox(self) -> None:
        """Refuse where nobody may steer the world.

        Raises:
            SandboxOnly: this is no sandbox.
        """
        if not self._is_sandbox:
            raise SandboxOnly("The world is steered in sandboxes alone: say PARTITA_SANDBOX=yes.")

    def submission_of(self, payment: str) -> str:
        """The id under which a payment was last handed to a rail.

        Raises:
            NotFound: it was handed to none.
        """
        found = self.orders(payment=payment, limit=1)
        if not found:
            raise NotFound(f"{payment!r} was handed to no rail")
        return found[0].id

    def backlog(self, now: Moment) -> Backlog:
        """What is due by now."""
        due = self._process.due(now, MOST_COUNTED)
        a_minute_ago = now - 60_000_000
        late = sum(each.wakes_at is not None and each.wakes_at < a_minute_ago for each in due)
        return Backlog(len(due), late)

    def _line(self, name: str) -> Line:
        line = self._process.lines.get(name)
        if line is None:
            known = ", ".join(self._process.lines)
            raise NotFound(f"there is no rail {name!r}; there are {known}")
        return line

    def _counts(self) -> dict[str, dict[Stage, int]]:
        found: dict[str, dict[Stage, int]] = {}
        for stage in _COUNTED:
            for matter in self._matters(order.KIND, stage.value, None, None, MOST_COUNTED):
                of_rail = found.setdefault(read_order(matter).rail, {})
                of_rail[stage] = of_rail.get(stage, 0) + 1
        return found

    def _matters(
        self, kind: str, status: str | None, about: str | None, before: int | None, limit: int
    ) -> list[Matter]:
        which = ResourceFilter(kind, state=status, about=about)
        found: Sequence[object] = self._reader.resources(self._info, which, before, limit)
        return [each for each in found if isinstance(each, Matter)]


def _report(line: Line, kept: Matter | None, orders: Mapping[Stage, int]) -> RailReport:
    state = rail_state.read_state(kept)
    return RailReport(
        name=line.rail.name,
        capabilities=line.rail.capabilities,
        is_enabled=rail_state.is_enabled(kept),
        fallback=state.fallback,
        cursor=state.cursor,
        breaker=line.breaker.state,
        calls_under_way=line.under_way,
        orders={stage: orders.get(stage, 0) for stage in _COUNTED},
        is_simulated=hasattr(line.rail, "simulate"),
    )
