"""A NATS server is killed again and again while the books are written to: the stream has all, in order.

The journal is in memory and the server is real: what is judged is what arrives, not how the store lasts.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.asking import ask
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.modules.sinks.commands import CreateSink
from partita.modules.sinks.sink import SinkType
from partita.wiring import Application
from partita.wiring.sinks import Reach
from tests.contracts.brokers import Held, in_stream
from tests.plugins.nats_server import NatsServer
from tests.plugins.steering import SeededEntropy, StandingClock

ROUNDS = 4
WAIT_SECONDS = 60.0


@pytest.fixture
def application(
    nats_server: NatsServer, clock: StandingClock, entropy: SeededEntropy
) -> Iterator[Application]:
    """Books in memory that may reach the server."""
    built = Application(MemoryStore(), pepper=b"p" * 32, clock=clock, entropy=entropy)
    built.sinks.reach = Reach(hosts=(nats_server.address,))
    built.open_ledger("main")
    yield built
    built.close()


def write(ledger: Ledger, stem: str, count: int) -> None:
    for number in range(count):
        ask(ledger, wish(OpenAccount(f"{stem}:{number}", "USD", AccountType.ASSET)))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def test_a_server_that_is_killed_in_mid_stream_has_everything_in_order(
    application: Application, nats_server: NatsServer
) -> None:
    ledger, chance = application.ledger("main"), random.Random(5)
    where = f"nats://{nats_server.address}"
    ask(ledger, wish(CreateSink(name="warehouse", type=SinkType.NATS, where=where)))
    office = application.sinks.office(ledger.info)
    (sink,) = office.page()
    application.trail()
    for number in range(ROUNDS):
        write(ledger, f"up{number}", chance.randrange(200, 600))
        time.sleep(chance.random() / 10)
        nats_server.kill()
        write(ledger, f"down{number}", 50)  # posting does not notice
        nats_server.start()
    wait_until(lambda: office.progress(sink).lag == 0)
    head = application.store.head(ledger.info).sequence
    assert office.progress(sink).parked == 0
    held: Held = asyncio.run(in_stream(where))
    assert [int(str(each["sequence"])) for each in held] == list(range(1, head + 1))
    assert len({each["id"] for each in held}) == head
