"""A process is killed while money goes from one ledger to another: both have it, or neither.

At each point of a joint commit, and at random moments under load in both directions.
"""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
import pytest

from partita.adapters.stores.postgres.embedded import ADMINISTRATOR, EmbeddedPostgres
from tests.faults import soundness
from tests.faults.joint_process import DEATHS, NAMES, Done, Sent
from tests.faults.processes import ENVIRONMENT, ROOT
from tests.faults.stored import StoredLedger

LONG_SECONDS = 60.0


class Sender:
    """The process, and what it was asked and has said."""

    def __init__(self, folder: Path, point: str | None = None) -> None:
        self.done: dict[str, Done] = {}
        self.failures: list[str] = []
        arguments = [str(folder), *([point] if point else [])]
        self.process = subprocess.Popen(
            (sys.executable, "-m", "tests.faults.joint_process", *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
            cwd=ROOT,
        )
        self._is_ready = threading.Event()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        assert self._is_ready.wait(LONG_SECONDS), "it did not start"

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            done = msgspec.json.decode(line, type=Done)
            if done.key is None:
                self._is_ready.set()
            elif done.failure is not None:
                self.failures.append(done.failure)
            else:
                self.done[done.key] = done

    def send(self, sent: Sent) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(sent) + b"\n")
        self.process.stdin.flush()

    def await_done(self, keys: set[str]) -> None:
        deadline = time.monotonic() + LONG_SECONDS
        while keys - self.done.keys():
            assert time.monotonic() < deadline, f"no answer: {self.failures}"
            time.sleep(0.005)

    def await_death(self) -> None:
        self.process.wait(LONG_SECONDS)
        self._listener.join()

    def kill(self) -> None:
        self.process.kill()
        self.await_death()


@pytest.fixture
def senders(server_folder: Path) -> Iterator[Callable[[str | None], Sender]]:
    """Starts processes on one data folder; none outlives the test."""
    started: list[Sender] = []

    def start(point: str | None = None) -> Sender:
        started.append(Sender(server_folder, point))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@contextmanager
def rows(folder: Path) -> Iterator[psycopg.Connection]:
    dsn = EmbeddedPostgres(folder).dsn(ADMINISTRATOR)
    with psycopg.connect(dsn) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


def mirrored(folder: Path) -> dict[str, int]:
    """What `elsewhere` holds in each ledger, as of one snapshot; asserts that they mirror."""
    query = """
        select coalesce(sum(-e.amount), 0) from entry as e
        join account as a on a.ledger_id = e.ledger_id and a.number = e.account_number
        join ledger as l on l.ledger_id = e.ledger_id
        where l.name = %s and a.path = 'elsewhere'
    """
    with rows(folder) as connection:
        found = {name: int(connection.execute(query, (name,)).fetchone()[0]) for name in NAMES}  # type: ignore[index]
    assert found["main"] == -found["other"], found
    return found


def keys_in(folder: Path, name: str) -> list[str]:
    """The keys of the transfers in a journal, each as often as it stands there."""
    query = """
        select body from journal join ledger using (ledger_id)
        where ledger.name = %s and type = 'transaction.posted' and key is not null
    """
    with rows(folder) as connection:
        return [json.loads(body)["key"] for (body,) in connection.execute(query, (name,))]


def demand_sound(folder: Path) -> None:
    dsn = EmbeddedPostgres(folder).dsn(ADMINISTRATOR)
    for name in NAMES:
        assert list(soundness.problems(StoredLedger.read(dsn, name))) == []


@pytest.mark.parametrize("point", DEATHS)
def test_killed_at_each_point_of_a_joint_commit(
    server_folder: Path, senders: Callable[[str | None], Sender], point: str
) -> None:
    dying = senders(point)
    dying.send(Sent("k", "main", 300))
    dying.await_death()
    assert not dying.done, "it died before it could answer"
    is_in = point == "both are committed"
    after = senders(None)
    after.send(Sent("k", "main", 300))
    after.await_done({"k"})
    assert after.done["k"].accepted
    assert after.done["k"].replayed is is_in
    assert mirrored(server_folder) == {"main": 300, "other": -300}
    after.kill()
    demand_sound(server_folder)


def test_killed_at_random_moments_under_load_both_ways(
    server_folder: Path,
    senders: Callable[[str | None], Sender],
    rounds: Callable[[int, int], int],
    seed: int,
) -> None:
    chance, amounts, unheard = random.Random(seed), {}, []
    heard: dict[str, Done] = {}
    for number in range(rounds(4, 60)):
        sender = senders(None)
        for n in range(60):
            sent = Sent(f"{number}-{n}", chance.choice(NAMES), chance.randint(1, 99))
            amounts[sent.key] = sent
            sender.send(sent)
        time.sleep(chance.uniform(0.02, 0.4))
        mirrored(server_folder)
        sender.kill()
        unheard.append(60 - len(sender.done))
        heard.update(sender.done)
        mirrored(server_folder)
    last = senders(None)
    for sent in amounts.values():
        last.send(sent)
    last.await_done(set(amounts))
    last.kill()
    assert all(last.done[key].replayed for key in heard), "what was told stays as it was told"
    for name in NAMES:
        assert sorted(keys_in(server_folder, name)) == sorted(amounts), "each once, in both"
    net = sum(each.amount * (1 if each.source == "main" else -1) for each in amounts.values())
    assert mirrored(server_folder)["main"] == net
    demand_sound(server_folder)
    print(f"unheard at each kill: {unheard}")
    assert any(unheard), "no kill came at work"
