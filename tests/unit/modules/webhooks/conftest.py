"""A post on each store in turn, and one in memory for what does not depend on the store."""

from collections.abc import Iterator

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.modules.webhooks.post import Post


@pytest.fixture
def post(application: Application) -> Iterator[Post]:
    """A post on each store."""
    made = Post(application)
    yield made
    made.process.close()


@pytest.fixture
def memory_post(clock: StandingClock, entropy: SeededEntropy) -> Iterator[Post]:
    """A post in memory."""
    built = Application(MemoryStore(), pepper=b"p" * 32, clock=clock, entropy=entropy)
    built.open_ledger("main")
    made = Post(built)
    yield made
    made.process.close()
    built.close()
