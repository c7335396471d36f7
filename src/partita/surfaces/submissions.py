"""Submissions: wishes go to the writer by the handful, and their answers come back by the handful.

Handing over takes a lock and wakes a thread; answering wakes the event loop. Whatever requests
come in one turn of the loop share both, so that a busy server pays for them once in many requests,
and a quiet one waits for no one.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from partita.engine.errors import PartitaError
from partita.engine.outcome import Outcome, Wish
from partita.engine.writer import Done

Asked = tuple[Wish, asyncio.Future[Outcome]]
Answer = Sequence[Outcome] | BaseException
HandOut = Callable[[Answer], None]


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
        self._answers: deque[tuple[HandOut, Answer]] = deque()
        self._is_woken = False

    def submit(self, wish: Wish) -> asyncio.Future[Outcome]:
        """Have a wish decided and made durable; its outcome, or what went wrong, in the future."""
        future: asyncio.Future[Outcome] = self._loop.create_future()
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append((wish, future))
        return future

    def submit_many(self, wishes: Sequence[Wish]) -> asyncio.Future[list[Outcome]]:
        """Have wishes decided one behind the other; all their outcomes in one future.

        Raises:
            PartitaError: the ledger takes nothing in now; nothing of it was taken.
        """
        self._hand_over()  # what was asked before goes before
        future: asyncio.Future[list[Outcome]] = self._loop.create_future()

        def hand_out(answer: Answer) -> None:
            if future.done():
                return  # whoever asked has gone; the keys have the answers
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(list(answer))

        self._send(wishes, hand_out)
        return future

    def _hand_over(self) -> None:
        asked, self._gathered = self._gathered, []
        if asked:
            self._submit(asked)

    def _submit(self, asked: Sequence[Asked]) -> None:
        try:
            self._send([wish for wish, _ in asked], lambda answer: self._share(asked, answer))
        except PartitaError as error:
            _fail(asked, error)

    def _send(self, wishes: Sequence[Wish], hand_out: HandOut) -> None:
        def done(answer: Answer) -> None:
            self._answers.append((hand_out, answer))
            if not self._is_woken and not self._loop.is_closed():
                self._is_woken = True
                self._loop.call_soon_threadsafe(self._deliver)

        self._ledger.submit(wishes, done)

    def _deliver(self) -> None:
        # Cleared first: answers that come while these are handed out wake the loop again.
        self._is_woken = False
        while self._answers:
            hand_out, answer = self._answers.popleft()
            hand_out(answer)

    def _share(self, asked: Sequence[Asked], answer: Answer) -> None:
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
