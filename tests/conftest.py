"""What every test may use: a real PostgreSQL, fresh stores of both kinds, steered time and chance."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from partita.adapters.stores.memory import MemoryStore
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.ports import Reader
from partita.wiring import FullStore

pytest_plugins = [
    "tests.plugins.postgres",
    "tests.plugins.steering",
    "tests.plugins.event_schemas",
    "tests.plugins.nats_server",
]

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("partita", deadline=None)
settings.load_profile("partita")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Heavy sweeps run by flag; a sample of each runs always."""
    parser.addoption("--heavy", action="store_true", help="run the long sweeps as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked slow, unless the long sweeps were asked for."""
    if config.getoption("--heavy"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="a long sweep; run it with --heavy"))


@pytest.fixture
def memory_store(judge_events: Callable[[Reader], None]) -> Iterator[MemoryStore]:
    """A fresh memory store; what stands in its journals afterwards fits the schemas of events."""
    store = MemoryStore()
    yield store
    judge_events(store)
    store.close()


@pytest.fixture
def postgres_store(request: pytest.FixtureRequest) -> Iterator[PostgresStore]:
    """A PostgreSQL store on a fresh, migrated database."""
    database = request.getfixturevalue("postgres_database")
    store = PostgresStore(database.poster, database.reader, connections=4)
    store.project_as(database.projector)
    yield store
    store.close()


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> FullStore:
    """Each store in turn: one suite judges both."""
    chosen: FullStore = request.getfixturevalue(f"{request.param}_store")
    return chosen
