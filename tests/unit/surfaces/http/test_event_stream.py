"""Server-sent events from a real server: whole, resumed, filtered, with slow readers, at the end."""

import asyncio
import random
import resource
import socket
import threading
import time

import msgspec
import pytest

from partita.engine.access import Scope
from partita.engine.feed import EventFilter
from partita.engine.idempotency import wish
from partita.kernel.account import AccountType
from partita.kernel.commands import OpenAccount
from partita.surfaces import awaiting
from partita.surfaces.http import server, streaming
from partita.surfaces.http.routes import events as routes
from partita.wiring import Application
from tests.plugins.steering import ask_one
from tests.unit.engine.bookkeeping import pay
from tests.unit.surfaces.http.event_reader import EventReader, Gone
from tests.unit.surfaces.http.test_server import ask, served

NO_FILTER = EventFilter()


@pytest.fixture
def key(application: Application) -> str:
    """A key for reading, on a ledger with two accounts."""
    for path in ("users:a", "users:b"):
        ask_one(application.ledger("main"), OpenAccount(path, "USD", AccountType.LIABILITY))
    return application.access.create("main", Scope.READ)[0]


def post(application: Application, count: int, metadata: dict[str, str] | None = None) -> None:
    """Post so many transfers."""
    ledger, answered = application.ledger("main"), threading.Semaphore(0)
    transfer = msgspec.structs.replace(pay("users:a", "users:b", 1), metadata=metadata or {})
    for _ in range(count):
        ledger.submit((wish(transfer),), lambda _outcomes: answered.release())
    for _ in range(count):
        assert answered.acquire(timeout=60)


def sequences(application: Application) -> list[int]:
    return list(range(1, application.store.head(application.ledger("main").info).sequence + 1))


async def test_a_stream_has_everything_from_the_first_record_on(
    application: Application, key: str
) -> None:
    async with served(application) as address:
        reader = await EventReader(address, key).connect()
        assert "200 OK" in reader.head
        assert "content-type: text/event-stream" in reader.head.lower()
        old = await reader.take(3)
        assert reader.retry_milliseconds == 1_000
        await asyncio.to_thread(post, application, 50)
        new = await asyncio.wait_for(reader.take(50), 10)
        reader.leave()
    every = [*old, *new]
    assert [message.id for message in every] == sequences(application)
    assert [int(message.event["sequence"]) for message in every] == sequences(application)
    assert every[0].event["type"] == "dev.partita.ledger.opened.v1"


async def test_a_commit_comes_at_once(
    application: Application, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(awaiting, "_LOOK_SECONDS", 30)
    async with served(application) as address:
        reader = await EventReader(address, key).connect("?after=3")
        await asyncio.sleep(0.1)
        told = await asyncio.to_thread(
            ask, address, "GET", "/metrics", Authorization=f"Bearer {key}"
        )
        assert b"partita_feed_waiting 1.0" in told[2]
        assert b"partita_feed_streams 1.0" in told[2]
        begun = time.monotonic()
        await asyncio.to_thread(post, application, 1)
        assert (await asyncio.wait_for(reader.next(), 5)).id == 4
        assert time.monotonic() - begun < 1
        reader.leave()


async def test_whoever_breaks_off_anywhere_misses_nothing_and_gets_nothing_twice(
    application: Application, key: str
) -> None:
    chance, seen = random.Random(7), list[int]()
    async with served(application) as address:
        writing = asyncio.create_task(asyncio.to_thread(post, application, 600))
        reader = EventReader(address, key)
        while len(seen) < 603:
            await reader.connect()
            seen += [
                m.id
                for m in await asyncio.wait_for(
                    reader.take(min(chance.randint(1, 60), 603 - len(seen))), 20
                )
            ]
            reader.leave()
        await writing
    assert seen == sequences(application)


async def test_a_stream_that_was_left_leaves_its_room(
    application: Application, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_FOLLOWERS", 1)
    async with served(application) as address:
        for _ in range(3):
            reader = await EventReader(address, key).connect()
            assert "200" in reader.head.partition("\r\n")[0]
            await reader.take(3)
            refused = await EventReader(address, key).connect()
            assert "503" in refused.head.partition("\r\n")[0]
            reader.leave()
            await asyncio.sleep(0.5)


async def test_a_filtered_stream_is_the_filter_of_the_whole(
    application: Application, key: str
) -> None:
    post(application, 20)
    async with served(application) as address:
        reader = await EventReader(address, key).connect("?type=account.*,ledger.opened")
        assert [m.id for m in await asyncio.wait_for(reader.take(3), 5)] == [1, 2, 3]
        reader.leave()
        subject = application.feed.read(application.ledger("main").info, 10, 1, NO_FILTER).events[0]
        reader = await EventReader(address, key).connect(f"?subject={subject.subject}")
        assert (await asyncio.wait_for(reader.next(), 5)).event["id"] == subject.id
        reader.leave()


async def test_a_heartbeat_moves_the_place_to_come_back_to(
    application: Application, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "HEARTBEAT_SECONDS", 0.2)
    post(application, 20)
    async with served(application) as address:
        reader = await EventReader(address, key).connect("?type=hold.*")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.next(), 1)
        reader.leave()
    assert len(reader.comments) >= 2
    assert reader.last_id == 23, "what was looked at in vain is not looked at again"


@pytest.mark.parametrize("query", ["?type=payment.setled", "?after=x", "?wait=1", "?limit=1"])
async def test_what_makes_no_sense_is_refused_before_anything_streams(
    application: Application, key: str, query: str
) -> None:
    async with served(application) as address:
        reader = await EventReader(address, key).connect(query)
        assert "400" in reader.head.partition("\r\n")[0]
        reader.leave()


async def test_a_last_event_id_that_is_none_is_refused(application: Application, key: str) -> None:
    async with served(application) as address:
        answer = await asyncio.to_thread(
            ask, address, "GET", "/v1/events/stream",
            Authorization=f"Bearer {key}", Last_Event_ID="x",
        )  # fmt: skip
        assert answer[0] == 400


async def test_a_server_that_stops_ends_its_streams(application: Application, key: str) -> None:
    async with served(application) as address:
        reader = await EventReader(address, key).connect()
        await reader.take(3)
        polling = asyncio.create_task(
            asyncio.to_thread(
                ask, address, "GET", "/v1/events?wait=4&after=3", Authorization=f"Bearer {key}"
            )
        )
        await asyncio.sleep(0.2)
        begun = time.monotonic()
    assert time.monotonic() - begun < 5
    with pytest.raises(Gone, match="as it should"):
        await reader.next()
    assert reader.comments[-1].startswith("the server is stopping")
    assert (await polling)[0] == 200, "who waited is answered"


def stuck_reader(address: str, key: str) -> socket.socket:
    """A client that asks for all events, and takes none."""
    host, _, port = address.rpartition(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.connect((host, int(port)))
    head = f"GET /v1/events/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


async def test_slow_readers_cost_no_memory_and_keep_nobody_waiting(
    application: Application, key: str
) -> None:
    post(application, 4_000, {f"key{n}": "x" * 400 for n in range(10)})
    async with served(application) as address:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        stuck = [stuck_reader(address, key) for _ in range(20)]
        await asyncio.sleep(1)
        # Together they would have been sent 20 times 20 MB.
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000
        reader = await EventReader(address, key).connect()
        got = await asyncio.wait_for(reader.take(4_003), 30)
        assert [message.id for message in got] == sequences(application)
        reader.leave()
        for connection in stuck:
            connection.close()


async def test_who_takes_nothing_does_not_keep_the_server_from_stopping(
    application: Application, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_STOPPING_SECONDS", 2.0)
    post(application, 4_000, {f"key{n}": "x" * 400 for n in range(10)})
    async with served(application) as address:
        stuck = stuck_reader(address, key)
        await asyncio.sleep(0.5)
        begun = time.monotonic()
    assert time.monotonic() - begun < 5
    stuck.close()


async def test_who_takes_nothing_for_long_is_let_go_of(
    application: Application, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "_PATIENCE_SECONDS", 0.3)
    post(application, 4_000, {f"key{n}": "x" * 400 for n in range(10)})
    async with served(application) as address:
        stuck = stuck_reader(address, key)
        await asyncio.sleep(1)
        taken = 0
        stuck.settimeout(2)
        while chunk := stuck.recv(1 << 20):
            taken += len(chunk)
        assert 0 < taken < 15_000_000, "the connection is over long before all was sent"
        stuck.close()
