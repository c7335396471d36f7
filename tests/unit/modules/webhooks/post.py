"""A post for tests: an application whose webhooks run by hand, under a clock that is set by hand."""

import time
from collections.abc import Callable

from partita.adapters.couriers.http import HttpCourier
from partita.engine.delivery_ports import Delivery, DeliveryFilter
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.engine.wanting import Act
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.webhooks.commands import CreateEndpoint
from partita.modules.webhooks.dispatching import Tools
from partita.modules.webhooks.endpoint import KIND
from partita.modules.webhooks.process import Books, WebhookProcess
from partita.modules.webhooks.sending import Courier
from partita.modules.webhooks.signing import SigningKeys
from partita.wiring import Application
from tests.plugins.steering import StandingClock, ask_one

SECOND = 1_000_000
KEYS = SigningKeys(b"p" * 32)
OPENED = ("account.opened",)
"""What endpoints of these tests want, unless they say otherwise."""


def courier() -> Courier:
    """A courier that may call this machine."""
    return HttpCourier(may_be_private=True)


class Post:
    """One ledger, its endpoints, and the process that serves them."""

    def __init__(self, application: Application, courier: Callable[[], Courier] = courier) -> None:
        self.application, self.store = application, application.store
        clock = application.clock
        assert isinstance(clock, StandingClock)
        self.clock = clock
        self.ledger: Ledger = application.ledger("main")
        self.info = self.ledger.info
        self._courier = courier
        self.process = self.fresh_process()
        self._accounts = 0

    def fresh_process(self) -> WebhookProcess:
        """One more worker over the same store."""
        books = Books(self.store.ledgers, self.application.ledger)
        tools = Tools(self._courier, KEYS, self.clock)
        return WebhookProcess(self.store, books, tools, self.application.entropy)

    def done(self, act: Act) -> Matter:
        """The matter that an act left; it must be accepted."""
        outcome = ask_one(self.ledger, act)
        assert isinstance(outcome, Accepted), outcome
        assert isinstance(outcome.record.event, MatterChanged)
        return outcome.record.event.matter

    def endpoint(self, url: str, **fields: object) -> str:
        """A new endpoint; its id."""
        wanted: dict[str, object] = {"types": OPENED} | fields
        return self.done(CreateEndpoint(url=url, **wanted)).id  # type: ignore[arg-type]

    def matter(self, endpoint: str) -> Matter:
        """An endpoint as it is now."""
        found = self.store.resource(self.info, KIND, endpoint)
        assert isinstance(found, Matter)
        return found

    def happen(self, count: int = 1) -> list[int]:
        """So many events; their sequences."""
        found = []
        for _ in range(count):
            self._accounts += 1
            path = f"customers:c{self._accounts}"
            outcome = ask_one(self.ledger, OpenAccount(path, "USD", AccountType.LIABILITY))
            assert isinstance(outcome, Accepted), outcome
            found.append(outcome.record.sequence)
        return found

    def run(self, seconds: float = 20.0) -> None:
        """Run until nothing is due and nothing is under way."""
        until = time.monotonic() + seconds
        while self.process.run_once(self.clock.now()):
            assert time.monotonic() < until, "it does not come to rest"

    def later(self, seconds: float) -> None:
        """Let time pass, then run."""
        self.clock.moment = Moment(self.clock.moment + int(seconds * SECOND))
        self.run()

    def deliveries(self, endpoint: str | None = None) -> list[Delivery]:
        """All deliveries, by sequence."""
        which = DeliveryFilter(endpoint=endpoint)
        return self.store.deliveries(self.info, which, None, 5_000)[::-1]
