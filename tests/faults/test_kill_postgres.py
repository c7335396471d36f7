"""PostgreSQL is killed under an engine at work, in every way it can die, and started again.

The engine is not told: it settles what was in doubt by itself, and answers everything it took in.
"""

import os
import signal
import time
from collections.abc import Callable

import psycopg
import pytest

from partita.adapters.stores.postgres.embedded import EmbeddedPostgres
from partita.adapters.stores.postgres.postmaster import living_pid
from tests.faults.engines import Engines
from tests.faults.processes import children, kill_tree

Rounds = Callable[[int, int], int]


class Victim:
    """The server of a data folder, as somebody sees it who wants it to die."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._server = EmbeddedPostgres(engines.folder).start()

    @property
    def pid(self) -> int:
        pid = living_pid(self._server.data)
        assert pid is not None, "the server does not run"
        return pid

    def kill_all(self) -> None:
        """The server and everybody who works for it, as when a container is killed."""
        kill_tree(self.pid)

    def kill_postmaster(self) -> None:
        """The server alone; its backends see it, and end."""
        os.kill(self.pid, signal.SIGKILL)

    def kill_backend(self) -> None:
        """A process that serves a connection; PostgreSQL then restarts itself."""
        os.kill(self._engines.random.choice(self._backends()), signal.SIGKILL)

    def kill_anyone(self) -> None:
        """Any process of the server: the one that writes the log, the checkpoints, a backend."""
        os.kill(self._engines.random.choice(children(self.pid)), signal.SIGKILL)

    def stop_at_once(self) -> None:
        """What `pg_ctl stop -m immediate` does."""
        os.kill(self.pid, signal.SIGQUIT)

    def _backends(self) -> list[int]:
        with psycopg.connect(self._engines.checker.dsn) as connection:
            found = connection.execute(
                "select pid from pg_stat_activity where usename = 'partita_poster'"
            )
            return [row[0] for row in found]

    def restart(self) -> None:
        """Start it if it does not run; whoever used it goes on using it."""
        again = EmbeddedPostgres(self._engines.folder).start()
        self._server.close()
        self._server = again

    def close(self) -> None:
        self._server.close()


DEATHS: dict[str, Callable[[Victim], None]] = {
    "everything": Victim.kill_all,
    "the postmaster": Victim.kill_postmaster,
    "a backend": Victim.kill_backend,
    "any process": Victim.kill_anyone,
    "immediate stop": Victim.stop_at_once,
}


@pytest.mark.parametrize("death", DEATHS)
def test_kill_postgres(engines: Engines, rounds: Rounds, death: str):
    victim = Victim(engines)
    try:
        engine = engines.start()
        engine.feed(engines.wishes.opening())
        engine.settle()
        for _ in range(rounds(3, 100)):
            with engines.load(engine):
                DEATHS[death](victim)
                time.sleep(engines.random.uniform(0, 0.1))
                victim.restart()
                begun = time.monotonic()
            engine.settle()
            print(f"settled {time.monotonic() - begun:.2f} s after the restart")
            engines.checker.demand()
        engines.ask_some_again(engine)
        engine.stop()
        assert not engine.failures, "the engine had patience, and gave up"
        engines.checker.demand()
    finally:
        engines.close()
        victim.close()
    print(f"unheard at each kill: {engines.unheard_at_kills}")
    assert any(engines.unheard_at_kills), "no kill came at work"
