"""Seeds that are printed and can be replayed, and how many rounds to go."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import randbits

import pytest

from tests.faults.engines import Engines

_HEAVY_SECONDS = 2 * 60 * 60


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the long sweeps here take the time they need."""
    if not config.getoption("--heavy") and "PARTITA_FAULT_ROUNDS" not in os.environ:
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(_HEAVY_SECONDS))


@pytest.fixture
def seed() -> int:
    """Fresh chance for each run, shown when a test fails; PARTITA_FAULT_SEED plays it again."""
    chosen = int(os.environ.get("PARTITA_FAULT_SEED") or randbits(32))
    print(f"replay with PARTITA_FAULT_SEED={chosen}")
    return chosen


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """How many rounds: the usual or the heavy number, or what PARTITA_FAULT_ROUNDS says."""

    def choose(usual: int, heavy: int) -> int:
        asked = os.environ.get("PARTITA_FAULT_ROUNDS")
        return int(asked) if asked else heavy if request.config.getoption("--heavy") else usual

    return choose


@pytest.fixture
def engines(server_folder: Path, seed: int) -> Iterator[Engines]:
    """Engines on a data folder of their own; none outlives the test."""
    made = Engines(server_folder, seed)
    yield made
    made.close()
