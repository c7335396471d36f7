"""Whoever projects views dies between any two steps: each record counts once, and nothing is left.

In one process, the connection is torn at a statement of our choice, which is all that PostgreSQL
sees of a death; with `--heavy` at every statement. And a process is killed by signal 9 at random.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import psycopg
import pytest

from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.trailing import follower, rebuilding
from partita.engine.trailing.follower import ViewFollower
from partita.engine.trailing.ports import AnyView, Phase
from partita.engine.trailing.rebuilding import ViewRebuilder
from partita.engine.trailing.scanning import Scan
from partita.engine.trailing.tables import Row
from partita.kernel.events import entries_in
from tests.contracts.pen import Pen, filled, transfer
from tests.faults.processes import ENVIRONMENT, ROOT
from tests.plugins.postgres import PostgresDatabase
from tests.plugins.steering import NOON, StandingClock
from tests.unit.engine.trailing_specimen import SPECIMEN

NEWER = msgspec.structs.replace(SPECIMEN, version=2)
NEVER = 1 << 30
SAMPLED_EVERY = 9
Steps = Callable[[], None]


class Death(BaseException):
    """The end of a process, as far as anybody outside can see."""


class MortalStore(PostgresStore):
    """A store that projects until it has sent so many statements."""

    left = NEVER

    @contextmanager
    def _projector(self) -> Iterator[Any]:
        with super()._projector() as connection:
            yield _Mortal(connection, self._step)

    def _step(self, connection: psycopg.Connection[Any]) -> None:
        self.left -= 1
        if self.left < 0:
            connection.pgconn.finish()
            raise Death


class _Mortal:
    """A connection each of whose statements may be the first that is not sent."""

    def __init__(self, connection: Any, step: Callable[[Any], None]) -> None:
        self._connection, self._step = connection, step

    def execute(self, *arguments: Any) -> Any:
        self._step(self._connection)
        return self._connection.execute(*arguments)

    def cursor(self) -> Any:
        self._step(self._connection)
        return self._connection.cursor()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection.transaction():
            yield
            self._step(self._connection)  # before the commit
        self._step(self._connection)  # and after it


def step_by_step(store: PostgresStore, *views: AnyView) -> None:
    """Follow until there is nothing left to do, as a worker would."""
    process = ViewFollower(store, store, views, store.ledgers)
    for _ in range(2):  # what caught up in the last round is swapped in the next
        while process.run_once(NOON):
            pass


def a_life(pen: Pen, store: PostgresStore) -> Iterator[Steps]:
    """What befalls a view: it is followed, written for, rebuilt, declared anew."""
    info = pen.info
    yield lambda: step_by_step(store, SPECIMEN)
    yield lambda: write(pen)
    yield lambda: step_by_step(store, SPECIMEN)
    clock = StandingClock()
    yield lambda: told(ViewRebuilder(store, store, clock, info).rebuild(SPECIMEN, silent))
    yield lambda: write(pen)
    yield lambda: step_by_step(store, NEWER)


def told(_report: object) -> None:
    """Nobody listens."""


def silent(_done: int, _total: int) -> None:
    """Nobody watches."""


def write(pen: Pen) -> None:
    pen.write(*[transfer("users:a", "users:b")] * 5)


def right_rows(pen: Pen, upto: int) -> list[Row]:
    found: dict[str, tuple[int, int]] = {}
    for record in pen.store.records(pen.info, 0, upto):
        for entry in entries_in(record.event):
            count, volume = found.get(entry.account, (0, 0))
            found[entry.account] = (count + 1, volume + entry.amount)
    return [(account, *figures) for account, figures in sorted(found.items())]


def check(pen: Pen, store: PostgresStore) -> None:
    """Whatever is read is what the journal says up to the sequence that is told."""
    live = [each for each in store.view_standings(pen.info) if each.phase is Phase.LIVE]
    assert len(live) <= 1
    for each in live:
        view = msgspec.structs.replace(SPECIMEN, version=each.version)
        found = store.scan(pen.info, view, Scan("moved", limit=1_000))
        assert found.rows == right_rows(pen, found.sequence) if found.sequence else not found.rows


def check_nothing_is_left(pen: Pen, store: PostgresStore, database: PostgresDatabase) -> None:
    """One generation, its tables, and nothing else."""
    (live,) = store.view_standings(pen.info)
    assert (live.version, live.phase, live.sequence) == (2, Phase.LIVE, pen.head.sequence)
    with psycopg.connect(database.administrator) as connection:
        tables = connection.execute(
            "select relname from pg_class where relkind = 'r'"
            " and relnamespace = 'partita_views'::regnamespace"
        ).fetchall()
    assert tables == [(f"specimen__moved_{pen.info.number}_{live.generation}",)]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "BATCH_RECORDS", 30)
    monkeypatch.setattr(rebuilding, "BATCH_RECORDS", 40)


@pytest.fixture
def mortal(postgres_database: PostgresDatabase) -> Iterator[MortalStore]:
    store = MortalStore(postgres_database.poster, postgres_database.reader, connections=2)
    store.project_as(postgres_database.projector)
    yield store
    store.close()


def test_torn_at_any_statement_each_record_counts_once(
    mortal: MortalStore, postgres_database: PostgresDatabase, request: pytest.FixtureRequest
) -> None:
    """One life after another, in ledgers of their own, each torn a little later than the one before."""
    every = 1 if request.config.getoption("--heavy") else SAMPLED_EVERY
    lives = 0
    for place in range(lives, NEVER, every):
        pen = filled(mortal, f"torn-{place}")
        mortal.left = place
        torn = live_through(pen, mortal)
        finish(pen, mortal)
        if not torn:
            break
        lives += 1
    assert lives > (100 if every == 1 else 10), "there was something to tear"
    with psycopg.connect(postgres_database.administrator) as connection:
        tables = connection.execute(
            "select count(*) from pg_class where relkind = 'r'"
            " and relnamespace = 'partita_views'::regnamespace"
        ).fetchone()
    assert tables == (lives + 1,), "one table for each ledger, of its live generation"


def live_through(pen: Pen, store: MortalStore) -> bool:
    """Go on after a death as another process would; whether there was one."""
    torn = False
    for steps in a_life(pen, store):
        try:
            steps()
        except Death:
            torn, store.left = True, NEVER
            check(pen, store)
            steps()
        check(pen, store)
    store.left = NEVER
    return torn


def finish(pen: Pen, store: PostgresStore) -> None:
    write(pen)
    step_by_step(store, NEWER)
    (live,) = store.view_standings(pen.info)
    assert (live.version, live.phase, live.sequence) == (2, Phase.LIVE, pen.head.sequence)
    check(pen, store)


def test_killed_at_random_each_record_counts_once(
    postgres_store: PostgresStore, postgres_database: PostgresDatabase,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    """A process that follows and rebuilds all the time is killed while records are written."""
    rounds = 40 if request.config.getoption("--heavy") else 5
    pen, chance = filled(postgres_store), random.Random(7)
    place = (postgres_database.poster, postgres_database.reader, postgres_database.projector)
    for _ in range(rounds):
        process = subprocess.Popen(
            (sys.executable, "-m", "tests.faults.views_process", *place),
            stdout=subprocess.PIPE, env=ENVIRONMENT, cwd=ROOT,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            until = time.monotonic() + chance.uniform(0.02, 0.4)
            while time.monotonic() < until:
                write(pen)
                check(pen, postgres_store)
        finally:
            process.kill()
            process.communicate()
        check(pen, postgres_store)
    finish(pen, postgres_store)
    check_nothing_is_left(pen, postgres_store, postgres_database)
