"""A broker in memory that obeys the port, and fails as it is told; and a house that publishes to it."""

import threading
from collections.abc import Sequence

from partita.engine.asking import ask
from partita.engine.consumer_ports import Parked
from partita.engine.feed import Feed, FeedEvent
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted
from partita.engine.wanting import Command
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.sinks.commands import CreateSink
from partita.modules.sinks.contract import Broker, BrokerUnavailable, Published
from partita.modules.sinks.lane import End, Lane
from partita.modules.sinks.process import SinksProcess
from partita.modules.sinks.sink import Sink, SinkType, consumer_of, read_sink
from partita.wiring import Application
from tests.plugins.steering import NOON


class Everything:
    """One channel for each sink's name; `refuses` are sequences, `hangs` names that never answer."""

    def __init__(self) -> None:
        self.got: dict[str, list[FeedEvent]] = {}
        self.dead: list[tuple[str, str]] = []
        self.refuses: set[int] = set()
        self.is_away: set[str] = set()
        self.hangs: dict[str, threading.Event] = {}
        self.has_no_dead_letters = False
        self.breaks_off_at: int | None = None
        self.opened = 0

    def connect(self, ledger: str, sink: Sink) -> Broker:
        assert ledger == "main"
        self.opened += 1
        return Connection(self, sink.name)

    def ids(self, name: str = "a") -> list[int]:
        return [event.sequence for event in self.got.get(name, [])]


class Connection:
    """One connection to the broker."""

    def __init__(self, broker: Everything, name: str) -> None:
        self._broker, self._name = broker, name

    def publish(self, events: Sequence[FeedEvent]) -> Published:
        if self._name in self._broker.hangs:
            self._broker.hangs[self._name].wait(30)
        if self._name in self._broker.is_away:
            raise BrokerUnavailable("the broker is away")
        got = self._broker.got.setdefault(self._name, [])
        for place, event in enumerate(events):
            if event.sequence == self._broker.breaks_off_at and place:
                self._broker.breaks_off_at = None
                return Published(place)
            if event.sequence in self._broker.refuses:
                return Published(place, "a poison event")
            got.append(event)
        return Published(len(events))

    def bury(self, event: FeedEvent, error: str) -> None:
        if self._broker.has_no_dead_letters:
            raise BrokerUnavailable("there is no such place")
        self._broker.dead.append((event.id, error))

    def close(self) -> None:
        pass


class House:
    """An application whose sinks publish to one broker."""

    def __init__(self, application: Application) -> None:
        self.application, self.broker = application, Everything()
        self.ledger = application.open_ledger("main")
        self.info, self.store = self.ledger.info, application.store
        self.moment = NOON
        self.process = SinksProcess(
            self.store, self.store, self.broker.connect, self.store.ledgers,
            application.clock, application.entropy,
        )  # fmt: skip

    def do(self, command: Command) -> Matter | None:
        outcome = ask(self.ledger, wish(command))
        assert isinstance(outcome, Accepted), outcome
        event = outcome.record.event
        return event.matter if isinstance(event, MatterChanged) else None

    def sink(self, name: str = "a", *, types: tuple[str, ...] = (), after: int = 0) -> Matter:
        made = self.do(CreateSink(
            name=name, type=SinkType.NATS, where="nats://broker:4222", types=types, after=after
        ))  # fmt: skip
        assert made is not None
        return made

    def write(self, count: int, stem: str = "a") -> None:
        for number in range(count):
            self.do(OpenAccount(f"{stem}:{number}", "USD", AccountType.ASSET))

    def lane(self, matter: Matter) -> Lane:
        sink = read_sink(matter.body)
        end = End(self.info, matter.id, sink, self.broker.connect("main", sink))
        return Lane(end, Feed(self.store), self.store, self.application.clock)

    def cursor(self, matter: Matter) -> int:
        return self.store.cursor(self.info, consumer_of(matter.id, read_sink(matter.body)))

    def parked(self, matter: Matter) -> list[Parked]:
        return self.application.sinks.office(self.info).parked(matter, 0, 100)

    @property
    def head(self) -> int:
        return self.store.head(self.info).sequence
