"""`kill -9` at the calls that sagas make: they are taken up, and end as if nothing had been.

One saga comes to its end, the other is taken back. The calls are counted in a run without a kill.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest

from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from tests.faults import soundness
from tests.faults.processes import ENVIRONMENT, ROOT
from tests.faults.saga_process import NAMES
from tests.faults.stored import StoredLedger

LONG_SECONDS = 120.0
KILLED = -9
CALLS = 12
"""Of both sagas together; the first test holds it fast."""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = (sys.executable, "-m", "tests.faults.saga_process", str(folder), *words)
    return subprocess.run(
        command, env=ENVIRONMENT, cwd=ROOT, capture_output=True, timeout=LONG_SECONDS, check=False
    )


def end_state(folder: Path) -> dict[str, Any]:
    """The net of every account, and where each saga is; asserts that both ledgers are sound."""
    with EmbeddedPostgres(folder) as server:
        dsn, found = server.dsn(ADMINISTRATOR), {}
        for name in NAMES:
            ledger = StoredLedger.read(dsn, name)
            assert list(soundness.problems(ledger)) == []
            for (kind, _), (state, _) in ledger.resources.items():
                found[f"{name} {kind}s {state}"] = found.get(f"{name} {kind}s {state}", 0) + 1
        query = """
            select l.name, a.path, sum(e.amount) from entry as e
            join account as a on a.ledger_id = e.ledger_id and a.number = e.account_number
            join ledger as l on l.ledger_id = e.ledger_id
            group by l.name, a.path
        """
        with psycopg.connect(dsn) as connection:
            found |= {f"{name} {path}": int(net) for name, path, net in connection.execute(query)}
    return found


@pytest.fixture(scope="module")
def unharmed(guarded_folder: Path) -> tuple[int, dict[str, Any]]:
    """How many calls there are, and the end, where nobody is killed."""
    folder = Path(tempfile.mkdtemp(dir=guarded_folder))
    done = run(folder)
    assert done.returncode == 0, done.stderr.decode()
    return int(done.stdout), end_state(folder)


def test_without_a_kill_one_ends_and_the_other_comes_back(
    unharmed: tuple[int, dict[str, Any]],
) -> None:
    calls, state = unharmed
    assert calls == CALLS
    assert state["main sagas completed"] == state["main sagas compensated"] == 1
    assert state["main interledger:other:EUR"] == -state["other interledger:main:EUR"]
    assert abs(state["main interledger:other:EUR"]) == 5_000, "one of two is there"


def points(config: pytest.Config) -> list[tuple[int, str]]:
    everything = [(call, when) for call in range(1, CALLS + 1) for when in ("before", "after")]
    return everything if config.getoption("--heavy") else everything[::5]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "point" in metafunc.fixturenames:
        found = points(metafunc.config)
        metafunc.parametrize("point", found, ids=[f"{call}-{when}" for call, when in found])


def test_killed_at_a_call_the_end_is_the_same(
    server_folder: Path, unharmed: tuple[int, dict[str, Any]], point: tuple[int, str]
) -> None:
    call, when = point
    assert run(server_folder, str(call), when).returncode == KILLED
    done = run(server_folder)
    assert done.returncode == 0, done.stderr.decode()
    assert end_state(server_folder) == unharmed[1]
