"""Events in the library: read, filtered, followed."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.errors import NotFound
from partita.surfaces.library import LibraryLedger, credit, debit
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock


@pytest.fixture
async def ledger(memory_store: MemoryStore) -> AsyncIterator[LibraryLedger]:
    clock = StandingClock(step_microseconds=1)
    built = Application(memory_store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    library = LibraryLedger(built, built.open_ledger("main"))
    for path in ("users:a", "users:b"):
        await library.open_account(path, "USD", "liability")
    yield library
    built.close()


async def pay(ledger: LibraryLedger) -> None:
    await ledger.post(debit("users:a", 1, "USD"), credit("users:b", 1, "USD"))


async def test_the_feed_is_read_from_the_first_record_on(ledger: LibraryLedger) -> None:
    await asyncio.gather(*(pay(ledger) for _ in range(1_201)))
    events = [event async for event in ledger.events()]
    assert [event.sequence for event in events] == list(range(1, 1_205))
    assert [event async for event in ledger.events(1_000)] == events[1_000:]
    opened = [event async for event in ledger.events(types=["account.*"])]
    assert opened == events[1:3]
    subject = events[700].subject
    assert [event async for event in ledger.events(subjects=[subject])] == [events[700]]
    assert await ledger.event(events[700].id) == events[700]
    assert events[700].values()["data"]["object"]["id"] == subject


async def test_a_follower_hears_what_comes(ledger: LibraryLedger) -> None:
    heard: list[int] = []

    async def listen() -> None:
        async for event in ledger.events(3, types=["transaction.posted"], follow=True):
            heard.append(event.sequence)
            if len(heard) == 3:
                return

    listening = asyncio.create_task(listen())
    for _ in range(3):
        await asyncio.sleep(0.02)
        await pay(ledger)
    await asyncio.wait_for(listening, 5)
    assert heard == [4, 5, 6]


async def test_what_there_is_not_is_refused_at_once(ledger: LibraryLedger) -> None:
    with pytest.raises(ValueError, match="did you mean"):
        ledger.events(types=["transaction.postd"])
    with pytest.raises(NotFound):
        await ledger.event("evt_0")
