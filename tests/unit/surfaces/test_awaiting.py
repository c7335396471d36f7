"""Who waits for a ledger is woken by whatever is written to it, and costs no thread."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.errors import StoreUnavailable
from partita.engine.ports import LedgerInfo
from partita.journal.record import Head
from partita.surfaces import awaiting as awaiting_module
from partita.surfaces.awaiting import Awaiting
from partita.wiring import Application
from tests.contracts.pen import Pen, open_account
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask_one

MANY = 3_000


@asynccontextmanager
async def awaiting_of(application: Application) -> AsyncIterator[Awaiting]:
    """Somewhere to wait, closed at the end."""
    made = Awaiting(application.bell, application.store, asyncio.to_thread)
    yield made
    made.close()


async def gone_on(awaiting: Awaiting, info: LedgerInfo, after: int, seconds: float) -> float:
    """Wait; how long it took."""
    begun = time.monotonic()
    await awaiting.beyond(info, after, seconds)
    return time.monotonic() - begun


async def test_a_commit_of_this_process_wakes_thousands_at_once(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(awaiting_module, "_LOOK_SECONDS", 30)
    ledger = application.ledger("main")
    async with awaiting_of(application) as awaiting:
        head = application.store.head(ledger.info).sequence
        waiting = [
            asyncio.create_task(gone_on(awaiting, ledger.info, head, 30)) for _ in range(MANY)
        ]
        await asyncio.sleep(0)
        assert awaiting.count == MANY
        threads = threading.active_count()
        await asyncio.to_thread(ask_one, ledger, open_account("users:a"))
        begun = time.monotonic()
        await asyncio.wait_for(asyncio.gather(*waiting), 10)
        assert time.monotonic() - begun < 2
        assert awaiting.count == 0
        assert threading.active_count() < threads + 20


async def test_what_another_process_writes_is_seen_within_a_moment(
    application: Application,
) -> None:
    store, info = application.store, application.ledger("main").info
    async with awaiting_of(application) as awaiting:
        pen = Pen(store, store.create_ledger("other", application.clock.now()))
        waiting = asyncio.create_task(gone_on(awaiting, pen.info, 0, 30))
        bystander = asyncio.create_task(gone_on(awaiting, info, 1_000, 1.5))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(pen.write, open_account("users:a"))  # past the bell
        assert await waiting < 1.2
        assert await bystander >= 1.4, "who waits for more than there is, waits on"


async def test_who_is_behind_already_does_not_wait(application: Application) -> None:
    ledger = application.ledger("main")
    async with awaiting_of(application) as awaiting:
        await asyncio.to_thread(ask_one, ledger, open_account("users:a"))
        assert await gone_on(awaiting, ledger.info, 0, 30) < 1.2


async def test_the_time_may_be_over_first(application: Application) -> None:
    info = application.ledger("main").info
    async with awaiting_of(application) as awaiting:
        assert 0.05 <= await gone_on(awaiting, info, 1_000, 0.05) < 1.2
        assert awaiting.count == 0


async def test_closing_lets_everybody_go(application: Application) -> None:
    info = application.ledger("main").info
    async with awaiting_of(application) as awaiting:
        waiting = asyncio.create_task(gone_on(awaiting, info, 1_000, 30))
        await asyncio.sleep(0.01)
        awaiting.close()
        assert await waiting < 1.2
        assert await gone_on(awaiting, info, 1_000, 30) < 1.2


async def test_a_store_that_fails_for_a_while_is_asked_again() -> None:
    class Moody(MemoryStore):
        failures = 2

        def head(self, ledger: LedgerInfo) -> Head:
            self.failures -= 1
            if self.failures >= 0:
                raise StoreUnavailable("not now")
            return super().head(ledger)

    store = Moody()
    info = store.create_ledger("main", NOON)
    application = Application(
        store, pepper=b"p" * 32, clock=StandingClock(), entropy=SeededEntropy()
    )
    store.failures = 0
    pen = Pen(store, info)
    async with awaiting_of(application) as awaiting:
        store.failures = 2
        waiting = asyncio.create_task(gone_on(awaiting, info, 0, 30))
        pen.write(open_account("users:a"))
        assert await waiting < 5
        assert store.failures < 0
    application.close()


async def test_the_same_question_is_asked_once_for_all(application: Application) -> None:
    asked = 0

    def question(number: int) -> int:
        nonlocal asked
        asked += 1
        time.sleep(0.05)
        return number

    async with awaiting_of(application) as awaiting:
        share: Callable[..., Any] = awaiting.share
        first = asyncio.create_task(share("q", question, 1))
        answers = asyncio.gather(*(share("q", question, 1) for _ in range(100)))
        await asyncio.sleep(0.01)
        first.cancel()  # who asked first has gone; the others still hear
        assert await answers == [1] * 100
        assert asked == 1
        assert await share("q", question, 1) == 1
        assert asked == 2, "an answer is shared while it is fetched, not kept"
