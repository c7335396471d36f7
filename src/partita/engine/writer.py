"""The writer: two threads that take the queue of one ledger through decider and store.

One decides the next batch while the other writes the last. `ledger.py` has the essay.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from partita.engine.decider import Decider
from partita.engine.errors import CorruptJournal, Overloaded, Stopped, StoreUnavailable
from partita.engine.outcome import Outcome, Wish
from partita.engine.ports import Draft, LedgerInfo, Store, UnitOfWork

Done = Callable[[list[Outcome] | BaseException], None]
Committed = Callable[[LedgerInfo, int], None]
"""Told after each commit up to which sequence a journal reaches; returns at once."""
_NOBODYS_FAULT = (StoreUnavailable, CorruptJournal, AssertionError)
_log = logging.getLogger(__name__)
_SHORTEST_NAP_SECONDS, _LONGEST_NAP_SECONDS = 0.01, 60.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 0.5


class Submission(NamedTuple):
    """Wishes that came together, and whom to tell: a list of outcomes, or what went wrong."""

    wishes: Sequence[Wish]
    done: Done


class Work(NamedTuple):
    """A batch on its way to the store; `draft` is None while it is undecided."""

    batch: list[Submission]
    draft: Draft | None = None
    packed: object = None
    outcomes: Sequence[Outcome] = ()


class Writer:
    """The only way into one ledger's journal from this process."""

    def __init__(
        self,
        store: Store,
        ledger: LedgerInfo,
        decider: Decider,
        *,
        queue_limit: int = 32_768,
        batch_limit: int = 8_192,
        patience_seconds: float = 15.0,
    ) -> None:
        """At most `queue_limit` wishes wait; a batch holds about `batch_limit`.

        `patience_seconds` is how long a batch is tried again while the store is away.
        """
        self.committed: Committed = lambda _ledger, _sequence: None
        self._store, self._ledger, self._decider = store, ledger, decider
        self._queue_limit, self._batch_limit = queue_limit, batch_limit
        self._patience_seconds = patience_seconds
        self._queue: deque[Submission] = deque()
        self.queued = 0
        self._arrival = threading.Condition()
        self._closing = False
        self._broken: CorruptJournal | None = None
        self._book_lock = threading.Lock()
        self._alone = self._is_ahead_void = False
        self._scribe_is_free = threading.Semaphore(1)
        self._last_is_decided = threading.Event()
        self._last_is_decided.set()
        self._handover: deque[Work | None] = deque()
        self._handed_over = threading.Semaphore(0)
        name = f"partita-{ledger.name}"
        self._threads = [
            threading.Thread(target=self._decide_forever, name=f"{name}-decider", daemon=True),
            threading.Thread(target=self._write_forever, name=f"{name}-scribe", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, wishes: Sequence[Wish], done: Done) -> None:
        """Queue wishes; `done` is called from the writer's thread once they are durable.

        Raises:
            Overloaded: the queue is full; nothing was taken in.
            Stopped: the writer is closing.
            CorruptJournal: the writer stopped for good.
        """
        with self._arrival:
            if self._broken is not None:
                raise self._broken
            if self._closing:
                raise Stopped("the ledger is closing; send the same key again later")
            if self.queued and self.queued + len(wishes) > self._queue_limit:
                raise Overloaded(f"{self.queued} commands wait already; try again in a moment")
            self._queue.append(Submission(wishes, done))
            self.queued += len(wishes)
            self._arrival.notify()

    def close(self) -> None:
        """Write what is queued, then stop both threads."""
        with self._arrival:
            self._closing = True
            self._arrival.notify()
        for thread in self._threads:
            thread.join()

    # The first thread: decide.

    def _decide_forever(self) -> None:
        while (batch := self._take()) is not None:
            # What the scribe has yet to decide comes before this, and this stands on it.
            self._last_is_decided.wait()
            work = self._ahead(batch)
            self._scribe_is_free.acquire()
            if work.draft is None:
                self._last_is_decided.clear()
            self._hand_over(work)
        self._scribe_is_free.acquire()
        self._hand_over(None)

    def _take(self) -> list[Submission] | None:
        """What waits now, up to a full batch; None once closing and empty."""
        with self._arrival:
            while not self._queue:
                if self._closing:
                    return None
                if not self._arrival.wait(self._nap_seconds()) and self._is_due():
                    return [Submission((), _nobody)]
            batch, count = [self._queue.popleft()], 0
            count = len(batch[0].wishes)
            while self._queue and count + len(self._queue[0].wishes) <= self._batch_limit:
                count += len(self._queue[0].wishes)
                batch.append(self._queue.popleft())
            self.queued -= count
            return batch

    def _nap_seconds(self) -> float | None:
        """How long an idle ledger may sleep: until a hold expires. Nothing depends on it.

        A minute at most: clocks jump, and no lock can wait for the year 9999.
        """
        seconds = self._decider.seconds_until_due()
        if seconds is None:
            return None
        return min(max(seconds, _SHORTEST_NAP_SECONDS), _LONGEST_NAP_SECONDS)

    def _is_due(self) -> bool:
        seconds = self._decider.seconds_until_due()
        return seconds is not None and seconds <= 0

    def _ahead(self, batch: list[Submission]) -> Work:
        """Decide a batch ahead of the store, if this process seems alone on the ledger."""
        if not self._alone:
            return Work(batch)
        try:
            with self._book_lock:
                # Asked under the lock: while the scribe decides there is no base for a moment.
                if self._decider.base is None:
                    return Work(batch)
                return self._decided(batch, None)
        except Exception:  # noqa: BLE001 - decided again under the lock, where it is handled
            self._alone = False
            return Work(batch)

    def _decided(self, batch: list[Submission], unit: UnitOfWork | None) -> Work:
        wishes = [wish for submission in batch for wish in submission.wishes]
        if unit is None:
            draft, outcomes = self._decider.prepare(
                wishes, lambda wants: self._store.load(self._ledger, wants)
            )
        else:
            draft, outcomes = self._decider.prepare(wishes, unit.load)
        return Work(batch, draft, self._store.pack(self._ledger, draft), outcomes)

    def _hand_over(self, work: Work | None) -> None:
        self._handover.append(work)
        self._handed_over.release()

    # The second thread: write.

    def _write_forever(self) -> None:
        while True:
            self._handed_over.acquire()
            work = self._handover.popleft()
            if work is None:
                return
            if self._is_ahead_void:
                work, self._is_ahead_void = Work(work.batch), False
            self._finish(work)
            self._last_is_decided.set()
            self._scribe_is_free.release()

    def _finish(self, work: Work) -> None:
        try:
            if self._broken is not None:
                raise self._broken
            work = self._settle(work)
        except Exception as error:  # noqa: BLE001 - every kind of failure must reach the waiting
            self._void_ahead()
            if len(work.batch) > 1 and not isinstance(error, _NOBODYS_FAULT):
                # Something in the batch cannot be written: only whoever sent it shall fail.
                for submission in work.batch:
                    self._finish(Work([submission]))
            else:
                self._fail(work.batch, error)
            return
        start = 0
        for wishes, done in work.batch:
            _tell(done, list(work.outcomes[start : start + len(wishes)]))
            start += len(wishes)
        if work.draft is not None and not work.draft.is_empty:
            self.committed(self._ledger, work.draft.head.sequence)

    def _void_ahead(self) -> None:
        """After a failure nobody knows what a batch decided meanwhile stands on: decide it again.

        Its base may come to be all the same, by a commit that arrives late, or look as if it had.
        """
        with self._book_lock:
            self._alone, self._decider.base = False, None
        self._is_ahead_void = True

    def _fail(self, batch: list[Submission], error: Exception) -> None:
        if isinstance(error, AssertionError):
            error = CorruptJournal(f"an invariant broke, nothing was written: {error}")
        if isinstance(error, CorruptJournal):
            with self._arrival:
                self._broken = error
        for _wishes, done in batch:
            _tell(done, error)

    def _settle(self, work: Work) -> Work:
        """Try until the batch is durably in, or known not to be and patience is at its end.

        What comes back is the work as it was written.
        """
        deadline = time.monotonic() + self._patience_seconds
        pause, in_doubt = _FIRST_PAUSE_SECONDS, False
        while True:
            try:
                if work.draft is not None and not in_doubt:
                    in_doubt = True
                    if self._store.append(self._ledger, work.packed):
                        return work
                    in_doubt = False
                with self._store.begin(self._ledger) as unit:
                    if in_doubt and _holds(unit, work.draft):
                        return work
                    work = self._current(work, unit, afresh=in_doubt)
                    in_doubt = True
                    unit.write(work.packed)
                    return work
            except StoreUnavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _current(self, work: Work, unit: UnitOfWork, *, afresh: bool) -> Work:
        """The work as decided on the head that is locked now; decided again if need be."""
        head = unit.head
        if not afresh and work.draft is not None and work.draft.base == head:
            return work
        with self._book_lock:
            self._alone = work.draft is None and self._decider.base == head
            if afresh or not self._alone:
                self._decider.restart(head)
            work = self._decided(work.batch, unit)
        self._last_is_decided.set()
        with self._arrival:
            # The other thread may sleep since before it was known when something is due.
            self._arrival.notify()
        return work


def _nobody(_answer: list[Outcome] | BaseException) -> None:
    """Whom to tell of a batch that nobody asked for."""


def _tell(done: Done, answer: list[Outcome] | Exception) -> None:
    """Hand over an answer; that somebody fails to take it must not stop the writer."""
    try:
        done(answer)
    except Exception:  # noqa: BLE001 - whatever it is, it is the receiver's, and it is logged
        _log.exception("an answer could not be delivered; it stands under its key")


def _holds(unit: UnitOfWork, draft: Draft | None) -> bool:
    """Whether a draft whose commit is in doubt is in the journal, under the lock of its head."""
    if draft is None or not draft.records:
        return False
    last = draft.records[-1]
    return unit.leaf(last.sequence) == last.leaf
