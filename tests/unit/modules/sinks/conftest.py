"""A sink in a ledger in memory, with a broker that can be told to fail."""

from collections.abc import Iterator

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.modules.sinks.broker import House


@pytest.fixture
def house(clock: StandingClock, entropy: SeededEntropy) -> Iterator[House]:
    """An application in memory, whose sinks all lead to one broker."""
    built = Application(MemoryStore(), pepper=b"p" * 32, clock=clock, entropy=entropy)
    made = House(built)
    yield made
    made.process.close()
    built.close()
