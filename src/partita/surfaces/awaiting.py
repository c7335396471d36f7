"""Awaiting: thousands of readers of one event loop wait for events, and cost no thread.

    Bell (commits of this process) ──► Awaiting ──► the readers whose ledger has gone on
    journal's head, four looks a second ──┘

A reader is a future and a timer. However many wait for a ledger, one look at its head serves all;
and those who ask the store the same question at the same time share its answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from partita.engine.bell import Bell
from partita.engine.errors import PartitaError
from partita.engine.ports import LedgerInfo, Reader

_LOOK_SECONDS = 0.25
Answer = TypeVar("Answer")
_log = logging.getLogger(__name__)


class Awaiting:
    """Those who wait, of one event loop."""

    def __init__(
        self, bell: Bell, store: Reader, read: Callable[..., Awaitable[Any]]
    ) -> None:  # fmt: skip
        """Wait in the running loop; `read(question, ...)` asks the store in some other thread."""
        self._store, self._read = store, read
        self._loop = asyncio.get_running_loop()
        self._infos: dict[int, LedgerInfo] = {}
        self._heads: dict[int, int] = {}
        self._waiting: dict[int, dict[asyncio.Future[None], int]] = {}
        self._asking: dict[Hashable, asyncio.Task[Any]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._is_called, self.is_closed = False, False
        self._leave = bell.listen(self._heard)

    @property
    def count(self) -> int:
        """How many wait now; any thread may ask."""
        return sum(len(waiting) for waiting in list(self._waiting.values()))

    async def beyond(self, ledger: LedgerInfo, after: int, seconds: float) -> None:
        """Wait until a journal goes beyond a sequence, the time is over, or all is being closed.

        Which of these it was, a look at the journal tells.
        """
        if self.is_closed or self._heads.get(ledger.number, 0) > after:
            return
        future: asyncio.Future[None] = self._loop.create_future()
        waiting = self._waiting.setdefault(ledger.number, {})
        waiting[future], self._infos[ledger.number] = after, ledger
        timer = self._loop.call_later(seconds, _release, future)
        if self._looking is None:
            self._looking = self._loop.create_task(self._look())
        # Somebody may have heard of a commit just before this one stood in the list.
        if self._heads.get(ledger.number, 0) > after:
            _release(future)
        try:
            await future
        finally:
            timer.cancel()
            waiting.pop(future, None)

    async def share(
        self, name: Hashable, question: Callable[..., Answer], *arguments: Any
    ) -> Answer:
        """The answer to a question, asked once for all who ask it under this name meanwhile."""
        task = self._asking.get(name)
        if task is None:
            task = self._asking[name] = asyncio.ensure_future(self._read(question, *arguments))
            task.add_done_callback(lambda _task: self._asking.pop(name, None))
        # Shielded, since whoever asked first may go while others still wait for the answer.
        answer: Answer = await asyncio.shield(task)
        return answer

    def close(self) -> None:
        """Let everybody go, and nobody wait again."""
        self.is_closed = True
        self._leave()
        if self._looking is not None:
            self._looking.cancel()
        for waiting in self._waiting.values():
            for future in list(waiting):
                _release(future)

    def _heard(self, ledger: LedgerInfo, sequence: int) -> None:
        """A writer's thread tells of a commit: one call of the loop for however many come."""
        self._heads[ledger.number] = max(sequence, self._heads.get(ledger.number, 0))
        if self._waiting.get(ledger.number) and not (self._is_called or self.is_closed):
            self._is_called = True
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._is_called = False
        for number, waiting in self._waiting.items():
            head = self._heads.get(number, 0)
            for future, after in waiting.items():
                if head > after:
                    _release(future)

    async def _look(self) -> None:
        """While anybody waits: see what other processes have written."""
        try:
            while any(self._waiting.values()):
                await asyncio.sleep(_LOOK_SECONDS)
                for number in [each for each, waiting in self._waiting.items() if waiting]:
                    await self._look_at(number)
                self._wake()
        finally:
            self._looking = None

    async def _look_at(self, number: int) -> None:
        try:
            head = await self._read(self._store.head, self._infos[number])
        except PartitaError as error:
            _log.warning("those who wait for events cannot be told: %s", error)
        else:
            self._heads[number] = max(head.sequence, self._heads.get(number, 0))


def _release(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
