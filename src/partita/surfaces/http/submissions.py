"""Submissions: wishes go to the writer by the handful, and their answers come back by the handful.

Handing over takes a lock and wakes a thread; answering wakes the event loop. Whatever requests
come in one turn of the loop share both, so that a busy server pays for them once in many requests,
and a quiet one waits for no one.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from partita.engine.errors import PartitaError
from partita.engine.outcome import Outcome, Wish
from partita.engine.writer import Done

Asked = tuple[Wish, asyncio.Future[Outcome]]


class TakesWishes(Protocol):
    """Whoever decides: a ledger."""

    def submit(self, wishes: Sequence[Wish], done: Done) -> None:
        """Queue wishes; `done` hears their outcomes, or what went wrong, from any thread."""
        ...


class Submissions:
    """The way of one event loop's wishes to one ledger, and back."""

    def __init__(self, ledger: TakesWishes) -> None:
        """Submit to this ledger, from the running loop."""
        self._ledger, self._loop = ledger, asyncio.get_running_loop()
        self._gathered: list[Asked] = []
        self._answers: deque[tuple[Sequence[Asked], Sequence[Outcome] | BaseException]] = deque()
        self._is_woken = False

    def submit(self, wish: Wish) -> asyncio.Future[Outcome]:
        """Have a wish decided and made durable; its outcome, or what went wrong, in the future."""
        future: asyncio.Future[Outcome] = self._loop.create_future()
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append((wish, future))
        return future

    def _hand_over(self) -> None:
        asked, self._gathered = self._gathered, []
        self._submit(asked)

    def _submit(self, asked: Sequence[Asked]) -> None:
        def done(answer: Sequence[Outcome] | BaseException) -> None:
            self._answers.append((asked, answer))
            if not self._is_woken and not self._loop.is_closed():
                self._is_woken = True
                self._loop.call_soon_threadsafe(self._deliver)

        try:
            self._ledger.submit([wish for wish, _ in asked], done)
        except PartitaError as error:
            _fail(asked, error)

    def _deliver(self) -> None:
        # Cleared first: answers that come while these are handed out wake the loop again.
        self._is_woken = False
        while self._answers:
            asked, answer = self._answers.popleft()
            if not isinstance(answer, BaseException):
                for (_, future), outcome in zip(asked, answer, strict=True):
                    if not future.done():  # whoever asked may have gone; the key has the answer
                        future.set_result(outcome)
            elif len(asked) > 1 and not isinstance(answer, PartitaError):
                # Nothing was written, because of one wish that cannot be: only that one shall fail.
                for one in asked:
                    self._submit([one])
            else:
                _fail(asked, answer)


def _fail(asked: Sequence[Asked], error: BaseException) -> None:
    for _, future in asked:
        if not future.done():
            future.set_exception(error)
