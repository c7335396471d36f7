"""Engines that are fed and killed: one data folder, and all that was asked there and heard."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from tests.faults.checker import Checker
from tests.faults.history import History, Wished
from tests.faults.http_server import HttpServer, make_key
from tests.faults.processes import EngineProcess
from tests.faults.wishes import KINDS_OVER_HTTP, Wishes

Engine = EngineProcess | HttpServer
_LONGEST_WAIT_SECONDS = 30.0


class Engines:
    """The engines of one data folder, and all that was asked of them and heard."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.history = History()
        self.wishes = Wishes(seed, self.history)
        dsn = EmbeddedPostgres(folder).dsn(ADMINISTRATOR)
        self.checker = Checker(dsn, self.history)
        self._engines: list[Engine] = []
        self.key = ""
        self.unheard_at_kills: list[int] = []

    def start(self) -> EngineProcess:
        engine = EngineProcess(self.folder, self.history)
        self._engines.append(engine)
        engine.await_ready()
        return engine

    def serve(self) -> HttpServer:
        """The real server; as with `start`, it takes wishes, of the kinds that it is told over HTTP."""
        self.wishes.kinds = KINDS_OVER_HTTP
        self.key = self.key or make_key(self.folder)
        server = HttpServer(self.folder, self.key, self.history)
        self._engines.append(server)
        server.await_ready()
        return server

    def kill_under_load(self, *engines: Engine) -> None:
        """Feed all of them, and kill the first at a random moment."""
        with self.load(*engines):
            engines[0].kill()

    @contextmanager
    def load(self, *engines: Engine) -> Iterator[None]:
        """Feed all of them; the block runs at a random moment, and the feeding ends with it."""
        is_over = threading.Event()
        feeders = [
            threading.Thread(target=engine.feed, args=(_until(is_over, self.wishes.some(4000)),))
            for engine in engines
        ]
        for feeder in feeders:
            feeder.start()
        try:
            self._await_answers(engines[0], engines[0].heard + self.random.randint(1, 150))
            time.sleep(self.random.uniform(0, 0.02))
            self.unheard_at_kills.append(len(self.history.unanswered()))
            yield
        finally:
            is_over.set()
            for feeder in feeders:
                feeder.join()

    def _await_answers(self, engine: Engine, count: int) -> None:
        deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
        while engine.heard < count:
            assert time.monotonic() < deadline, f"no answers: {engine.failures}"
            time.sleep(0.001)

    def ask_some_again(self, engine: Engine) -> None:
        """Old keys have old answers, also from a process that never saw them."""
        known = list(self.history.answers)
        keys = self.random.sample(known, min(50, len(known)))
        awaited = engine.heard + len(keys)
        engine.feed([(key, self.history.wishes[key]) for key in keys])
        self._await_answers(engine, awaited)

    def await_silence(self) -> None:
        """Wait until the connections of whoever was killed are over, one way or the other."""
        with psycopg.connect(self.checker.dsn, autocommit=True) as connection:
            query = "select from pg_stat_activity where usename = 'partita_poster'"
            while connection.execute(query).fetchall():
                time.sleep(0.01)

    def close(self) -> None:
        for engine in self._engines:
            if engine.process.returncode is None:
                engine.kill()


def _until(
    is_over: threading.Event, wishes: Iterator[tuple[str, Wished]]
) -> Iterator[tuple[str, Wished]]:
    for each in wishes:
        if is_over.is_set():
            return
        yield each
