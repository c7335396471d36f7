"""A station: customers with money, a network that misbehaves on demand, and the process between them."""

from collections.abc import Mapping
from typing import Any

from partita.adapters.rails.logbook import MemoryLogbook
from partita.adapters.rails.simulator.behaviour import Timing
from partita.adapters.rails.simulator.rail import Customs, SimulatorRail
from partita.engine.listing import AccountFilter, ResourceFilter
from partita.engine.outcome import Accepted, Refused
from partita.kernel.account import Side
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Rejection
from partita.modules.payments.acts import CreateDeposit, CreateWithdrawal
from partita.modules.payments.payment import Payment, read_payment
from partita.modules.payments.rail import Progress, Rail
from partita.modules.rails.acts import SetRail
from partita.modules.rails.order import read_order
from partita.modules.rails.process import Policy, RailsProcess
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock, ask_one

ALICE = "customers:alice:wallets:main:EUR"
PURSE = 1_000_000
DAY = 86_400_000_000
TIMING = Timing(accept_seconds=1, settle_seconds=10)


class Station:
    """One ledger, networks, and a process that may be killed and begun anew."""

    def __init__(
        self,
        application: Application,
        clock: StandingClock,
        *,
        names: tuple[str, ...] = ("net",),
        customs: Mapping[str, Customs] | None = None,
        seed: int = 1,
    ) -> None:
        self.store, self.clock, self.seed = application.store, clock, seed
        self.is_divided = False
        """Whether each rail has a process of its own, as in a server."""
        self._parts_of: RailsProcess | None = None
        self._parts: list[RailsProcess] = []
        self.ledger = application.ledger("main")
        self.info = self.ledger.info
        self._customs = dict(customs or {})
        self._worlds = {name: MemoryLogbook() for name in names}
        self.rails = self.opened()
        self.process = self.begun()
        self.ask(CreateDeposit(destination=ALICE, amount=PURSE, asset="EUR"))

    def opened(self) -> dict[str, SimulatorRail]:
        """The networks as a new process finds them; they forget nothing."""
        return {
            name: SimulatorRail(
                MemoryLogbook(lines),
                clock=self.clock,
                entropy=SeededEntropy(self.seed),
                customs=self._customs.get(name, Customs(name=name, timing=TIMING)),
            )
            for name, lines in self._worlds.items()
        }

    def begun(self, rails: Mapping[str, Rail] | None = None) -> RailsProcess:
        """A process that knows nothing but what is written down."""
        return RailsProcess(
            self.ledger,
            self.store,
            rails or self.rails,
            clock=self.clock,
            entropy=SeededEntropy(self.seed),
            policy=Policy(doubt_seconds=60),
        )

    def ask(self, act: Any, key: str | None = None) -> Matter:
        """The matter that an act makes."""
        outcome = ask_one(self.ledger, act, key)
        assert isinstance(outcome, Accepted), outcome
        assert isinstance(outcome.record.event, MatterChanged)
        return outcome.record.event.matter

    def refusal(self, act: Any) -> Rejection:
        """Why an act is refused."""
        outcome = ask_one(self.ledger, act)
        assert isinstance(outcome, Refused), outcome
        return outcome.rejection

    def withdraw(self, amount: int = 700, **fields: Any) -> str:
        """A withdrawal, reserved; its id."""
        wanted = {"source": ALICE, "amount": amount, "asset": "EUR", "rail": "net", **fields}
        return self.ask(CreateWithdrawal(**wanted)).id

    def fall_back(self, rail: str, fallback: str | None, *, is_enabled: bool = True) -> None:
        """Say what stands in for a rail."""
        self.ask(SetRail(rail=rail, is_enabled=is_enabled, fallback=fallback))

    def run(self, *, days: int = 0, seconds: int = 0) -> int:
        """Let time pass, and the process do what is due."""
        self.clock.moment = Moment(self.clock.moment + days * DAY + seconds * 1_000_000)
        if not self.is_divided:
            return self.process.run_once(self.clock.now())
        if self._parts_of is not self.process:
            self._parts_of = self.process
            self._parts = [self.process.part(rail) for rail in ("", *self.rails)]
        return sum(part.run_once(self.clock.now()) for part in self._parts)

    def work(self, *, days: int = 4) -> None:
        """Let days pass, hour by hour, with the process at work."""
        for seconds in (1, 2, 5, 10, 20, 60, 120, 600):
            self.run(seconds=seconds)
        for _ in range(days * 6):
            self.run(seconds=4 * 3_600)

    # What there is.

    def payment(self, identifier: str) -> Payment:
        """A payment as it is now."""
        (found,) = self.store.resources_by_id(self.info, [identifier])
        assert isinstance(found, Matter)
        return read_payment(found.body)

    def state(self, identifier: str) -> str:
        return self.payment(identifier).state.value

    def matters(self, kind: str, state: str | None = None) -> list[Matter]:
        """The matters of a kind, oldest first."""
        found = self.store.resources(self.info, ResourceFilter(kind, state=state), None, 10_000)
        return [each for each in reversed(found) if isinstance(each, Matter)]

    def messages(self) -> list[str]:
        """What was done about each message."""
        return [matter.status for matter in self.matters("rail_message")]

    def stages(self) -> list[str]:
        """Where each order is."""
        return [matter.status for matter in self.matters("submission")]

    def balance(self, path: str) -> int:
        """What an account has on its normal side; 0 if there is none."""
        standing = self.store.account(self.info, path)
        if standing is None:
            return 0
        net = standing.totals.posted_credits - standing.totals.posted_debits
        return net if standing.account.normal_side is Side.CREDIT else -net

    def balances(self) -> dict[str, int]:
        """What every account has that has anything."""
        found = self.store.accounts(self.info, AccountFilter(), None, 1_000)
        paths = [standing.account.path for standing in found]
        return {path: value for path in sorted(paths) if (value := self.balance(path))}

    def moved(self) -> dict[str, int]:
        """What each network moved out and did not give back, whatever the ledger believes."""
        orders = [read_order(matter) for matter in self.matters("submission")]
        return {
            name: sum(
                order.submission.amount
                for order in orders
                if rail.status(order.id).progress is Progress.SETTLED
            )
            for name, rail in self.opened().items()
        }
