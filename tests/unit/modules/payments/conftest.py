"""A till for tests of payments, on the plain store: that both decide alike is shown elsewhere."""

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.wiring import Application
from tests.plugins.steering import StandingClock
from tests.unit.modules.payments.till import Till


@pytest.fixture
def store(memory_store: MemoryStore) -> MemoryStore:
    """The plain store."""
    return memory_store


@pytest.fixture
def till(application: Application, clock: StandingClock) -> Till:
    """Payments on the ledger `main`, whose customers have a million cents each."""
    return Till(application, clock)
