"""A ledger at work: how a command becomes durable, in order, once, and fast.

**The path.** A command comes in with its cause and, as a rule, an idempotency key: together a
wish. Wishes queue for their ledger. Two threads take them through:

    queue ─► decider: load · decide · seal · pack ─► scribe: lock head · compare · COPY · COMMIT ─► reply

The decider takes whatever waits, at once: no timer. When it is quiet a batch is one wish and
the latency is one commit; under load batches grow by themselves while the last one is being
written, and so one fsync serves thousands. That is group commit.

**The lock.** The ledger's head row is locked for the length of a commit, and nothing else ever
is. It puts all writers of a ledger in one order, across threads, processes and machines. There
are no other locks to wait for, so there are no deadlocks, and a hot account costs what a cold
one does.

**Working ahead.** While the scribe writes batch N, the decider decides batch N+1 on the state
that N will leave. Such a draft names the head it stands on, by root and by count of answers; the
scribe writes it only if the locked head is that very one. If another process wrote in between,
or N failed, the heads differ, the book is forgotten, and the batch is decided again under the
lock, from what is stored. After that this process takes the lock first and decides second, until
it finds a head as it left it: then it is alone, and works ahead again.

**Exactly once.** A wish's key is looked up with the accounts, in the same set-based queries; an
accepted command's key stands on its journal row, a rejection's in the outcomes table, both in
the same commit as what they answer for. A connection that breaks around COMMIT leaves the batch
in doubt: the scribe reconnects, takes the lock (which waits until the old connection's work is
over, one way or the other), and looks whether the batch's last leaf is in the journal. Only
then does it answer, or decide the batch again. It never guesses.

**What bounds it.** The queue holds at most 32,768 wishes, then refuses (`Overloaded`). The book
keeps 100,000 to 200,000 accounts; older ones are loaded again when named. Nothing else grows.

**What it costs.** Per transfer some 20 µs of one interpreter, half of it deciding, a quarter
encoding and hashing, the rest packing and answering; PostgreSQL spends about 15 µs on another
core at the same time. Per commit one round trip to look up what is named, and one more for a
small batch, four for a large one. `docs/performance.md` has the measured table.
"""

import threading
from collections.abc import Callable, Sequence

from partita.engine.business import NO_BUSINESS, Business
from partita.engine.decider import Decider
from partita.engine.errors import CorruptJournal, ReadOnly, Stopped
from partita.engine.outcome import Outcome, Wish
from partita.engine.ports import Clock, Entropy, LedgerInfo, Store
from partita.engine.writer import Committed, Done, Writer
from partita.kernel.account import Account

Verdict = Callable[[LedgerInfo], ReadOnly | None]
"""Says why nothing may be written to a ledger, or None; asked for each submission."""


class Ledger:
    """One set of books, open for writing in this process. Threads start with the first wish."""

    def __init__(
        self,
        info: LedgerInfo,
        store: Store,
        clock: Clock,
        entropy: Entropy,
        *,
        business: Business = NO_BUSINESS,
        verdict: Verdict = lambda _ledger: None,
    ) -> None:
        """Open the ledger that `info` names in this store.

        `business` is what modules decide; `verdict` is asked whether anything may be written.
        """
        self.info = info
        self._store, self._verdict = store, verdict
        self.committed: Committed = lambda _ledger, _sequence: None
        """Hears of each commit; to be set before the first wish."""
        self._entropy, self._business = entropy, business
        self._broken: CorruptJournal | None = None
        self._decider = self.decider(clock)
        self._writer: Writer | None = None
        self._starting, self._closed = threading.Lock(), False

    def submit(self, wishes: Sequence[Wish], done: Done) -> None:
        """Queue wishes. `done(outcomes)` comes from a writer thread once they are durable.

        Raises:
            Overloaded: the queue is full; nothing was taken in.
            Stopped: the ledger is closing.
            CorruptJournal: the writer found a contradiction and stopped for good.
            ReadOnly: the log is not what a witness cosigned.
        """
        self.demand_writable()
        writer = self._writer or self._start()
        writer.submit(wishes, done)

    # For commits over several ledgers, which go past this one's writer (`joint.py`).

    def demand_writable(self) -> None:
        """Raise what speaks against writing anything to this ledger now.

        Raises:
            CorruptJournal: somebody found a contradiction and stopped for good.
            Stopped: the ledger is closing.
            ReadOnly: the log is not what a witness cosigned.
        """
        if self._broken is not None:
            raise self._broken
        if self._closed:
            raise Stopped("the ledger was closed")
        if (error := self._verdict(self.info)) is not None:
            raise ReadOnly(str(error))

    def decider(self, clock: Clock) -> Decider:
        """A decider of its own for this ledger, by this clock; `restart` it on a locked head."""
        return Decider(self.info, clock, self._entropy, self._business)

    def tell(self, sequence: int) -> None:
        """Tell who wants to hear of commits that the journal reaches up to this sequence."""
        self.committed(self.info, sequence)

    def stop_for_good(self, error: CorruptJournal) -> None:
        """Take nothing in any more, since what is stored contradicts itself."""
        self._broken = error

    def _start(self) -> Writer:
        """The writer, made once however many threads come with a first wish."""
        with self._starting:
            if self._closed:
                raise Stopped("the ledger was closed")
            if self._writer is None:
                writer = Writer(self._store, self.info, self._decider)
                writer.committed = self.committed
                self._writer = writer
            return self._writer

    def account_in_memory(self, path: str) -> Account | None:
        """An account as it was opened, if the writer happens to hold it; None says nothing.

        Accounts of answers that have just come are held nearly always, so that whoever writes
        those answers down need not ask the store. Any thread may ask.
        """
        return self._decider.account_in_memory(path)

    @property
    def queued(self) -> int:
        """How many wishes wait to be decided."""
        return 0 if self._writer is None else self._writer.queued

    def close(self) -> None:
        """Write what is queued, then stop."""
        with self._starting:
            self._closed = True
        if self._writer is not None:
            self._writer.close()


__all__ = ["Ledger", "Outcome", "Wish"]
