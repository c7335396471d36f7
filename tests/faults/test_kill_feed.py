"""Servers are killed while they are read from: no reader misses an event, or gets one twice."""

import hashlib
import json
from collections.abc import Callable

from partita.adapters.stores.postgres.embedded import EmbeddedPostgres
from partita.adapters.stores.postgres.roles import Role
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.feed import EventFilter, Feed, FeedEvent
from tests.faults.engines import Engines
from tests.faults.feed_readers import PollReader, StreamReader


def test_kill_the_server_that_is_read_from(engines: Engines, rounds: Callable[[int, int], int]):
    """A stream and a long poll go on, round after round; in the end each has the whole journal."""
    server = engines.serve()
    readers = [StreamReader(engines.key), PollReader(engines.key)]
    for reader in readers:
        reader.turn_to(server)
    server.feed(engines.wishes.opening())
    for _ in range(rounds(4, 100)):
        engines.kill_under_load(server)
        server = engines.serve()
        for reader in readers:
            reader.turn_to(server)
        server.settle()
    events = whole(engines)
    for reader in readers:
        reader.await_sequence(len(events))
    server.stop()
    for reader in readers:
        reader.close()
        assert [sequence for sequence, _ in reader.seen] == list(range(1, len(events) + 1))
        assert [told(text) for _, text in reader.seen] == [told(e.cloud_event) for e in events]
        assert reader.losses, "no kill came while it read"


def whole(engines: Engines) -> list[FeedEvent]:
    """The feed as the store has it."""
    with EmbeddedPostgres(engines.folder) as postgres:
        store = PostgresStore(postgres.dsn(Role.POSTER), postgres.dsn(Role.READER), connections=2)
        try:
            return Feed(store).read(store.ledgers()[0], 0, 10**6, EventFilter()).events
        finally:
            store.close()


def told(text: bytes) -> str:
    """What an event says, however it is spaced."""
    return hashlib.sha256(json.dumps(json.loads(text), sort_keys=True).encode()).hexdigest()
