"""The notary: signs what the journal says, a moment behind its head and off its writers' path.

    writer ── poke ──► notary's thread ─► head · new leaves · root again ─► sign ─► checkpoint, tiles

A writer only tells that it has committed. One thread for all ledgers of the process wakes when a
ledger has `RECORDS_BEHIND` records more than its last checkpoint, or `BEHIND_SECONDS` after the
first of them. It takes the new leaves from the journal, works the root out again by itself, and
signs only if that is the root which the committed head names. On the way it learns the roots of the
tiles that have become full; they are kept with the checkpoint, so that no proof reads more than a
few hundred hashes.

Notaries of several processes do not know of each other: each size has one checkpoint, whoever comes
first, and all of them would say the same.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from partita.engine.errors import CorruptJournal, PartitaError, ReadOnly, SignerUnavailable
from partita.engine.log_ports import LogKeeper, LogKey, Signer, StoredCheckpoint
from partita.engine.ports import Clock, LedgerInfo
from partita.journal.checkpoint import AnswersHead, Checkpoint
from partita.journal.merkle import HASH_BYTES
from partita.journal.notes import Note, Signature, SignatureKind, VerifierKey
from partita.journal.receipts import Promise
from partita.journal.record import Head
from partita.journal.tiles import Span, TileRoot, Tiling, split
from partita.kernel.moment import Moment

RECORDS_BEHIND = 16_384
"""So many records are signed sooner. At 1,000 a busy server signed seven times a second, which cost
a tenth of its requests; the second is what a customer waits for, and it holds either way."""
BEHIND_SECONDS = 0.8
"""Below the second that is documented, since signing takes its time too."""
PROMISE_MILLISECONDS = 60_000
"""By when a promise is due: a second in all but the worst case, which is a crash and a restart."""
_LEAVES_AT_ONCE = 65_536
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.25, 30.0
_log = logging.getLogger(__name__)


class Committed(Protocol):
    """Whoever wants to hear of commits."""

    def __call__(self, ledger: LedgerInfo, sequence: int) -> None:
        """A ledger's journal reaches up to this sequence now; must return at once."""
        ...


class Seal:
    """A log's identity: its name for each ledger, and the key that vouches for it."""

    def __init__(self, signer: Signer, log_name: str | None = None) -> None:
        """`log_name` is the installation's; by default it follows from the key."""
        self._signer = signer
        self.log_name = log_name or f"partita-{signer.public[:8].hex()}"

    def origin(self, ledger: LedgerInfo) -> str:
        """The origin line of a ledger's log, which is its key's name too."""
        return f"{self.log_name}/{ledger.name}"

    def verifier_key(self, ledger: LedgerInfo) -> VerifierKey:
        """What checks the signatures of a ledger's log."""
        return VerifierKey(self.origin(ledger), SignatureKind.LOG, self._signer.public)

    def signed(self, ledger: LedgerInfo, text: str) -> Note:
        """A text as a note that the ledger's log signed."""
        key = self.verifier_key(ledger)
        return Note(text, (Signature(key.name, key.id, self._signer.sign(text.encode())),))


class Notary:
    """Signs checkpoints of every ledger that this process writes to."""

    def __init__(self, store: LogKeeper, seal: Seal, clock: Clock) -> None:
        """Sign with this seal; the thread starts with the first poke."""
        self.seal = seal
        self.check: Callable[[LedgerInfo], None] = lambda _ledger: None
        """Asked before each signature; raises what speaks against it."""
        self.signed: Callable[[LedgerInfo], None] = lambda _ledger: None
        """Told of each ledger that has a new checkpoint."""
        self._store, self._clock = store, clock
        self._tilings: dict[int, Tiling] = {}
        self._pending: dict[int, _Pending] = {}
        self._refused: set[int] = set()
        self._is_mine: set[int] = set()
        self._signed: dict[int, tuple[int, int]] = {}
        self._lock, self._signing = threading.Lock(), threading.Lock()
        self._wake, self._closing = threading.Event(), False
        self._thread: threading.Thread | None = None

    # What writers call.

    def poke(self, ledger: LedgerInfo, sequence: int) -> None:
        """Hear that a journal has grown; costs a look-up, or waking the thread at times."""
        pending = self._pending.get(ledger.number)
        if pending is None:
            pending = self._take_on(ledger)
        pending.sequence = sequence
        if pending.due is None:
            pending.due = time.monotonic() + BEHIND_SECONDS
            self._wake.set()
        elif sequence - pending.signed >= RECORDS_BEHIND and not self._wake.is_set():
            self._wake.set()

    def _take_on(self, ledger: LedgerInfo) -> "_Pending":
        with self._lock:
            pending = self._pending.setdefault(ledger.number, _Pending(ledger))
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(
                    target=self._run, name="partita-notary", daemon=True
                )
                self._thread.start()
            return pending

    def close(self) -> None:
        """Sign what is not signed yet, then stop."""
        with self._lock:
            self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    # What others ask for.

    def catch_up(self, ledger: LedgerInfo) -> None:
        """Have a ledger looked at soon, whether or not this process has written to it."""
        self.poke(ledger, 0)

    def sign(self, ledger: LedgerInfo) -> StoredCheckpoint | None:
        """Sign the head as it is now and keep the checkpoint; None of an empty journal.

        Raises:
            CorruptJournal: the journal's leaves do not have the root that its head says.
            ReadOnly: the log is not what a witness cosigned.
            SignerUnavailable: the key is not at hand, or is not this log's.
        """
        with self._signing:
            size = self._sign(ledger)
        # Another process may have been first, and what is kept is what counts.
        return self._store.checkpoint(ledger, size) if size else None

    def signed_up_to(self, ledger: LedgerInfo) -> int:
        """The size of the ledger's newest checkpoint; 0 if it has none."""
        newest = self._newest(ledger)
        return 0 if newest is None else newest.size

    def adopt_key(self, ledger: LedgerInfo) -> LogKey:
        """Sign a ledger's log by the key at hand from now on, beside those it had before."""
        mine = self.seal.verifier_key(ledger).text()
        keys = self._store.log_keys(ledger)
        if all(key.verifier_key != mine for key in keys):
            self._store.add_log_key(ledger, LogKey(len(keys) + 1, mine, self._clock.now()))
        self._check_key(ledger)
        return next(k for k in self._store.log_keys(ledger) if k.verifier_key == mine)

    def promise(self, ledger: LedgerInfo, sequence: int, leaf: bytes) -> Note:
        """A signed promise that a record will be covered by a checkpoint, made now.

        Whoever promises also keeps it: this process signs the head soon, or when it closes.
        """
        self._check_key(ledger)
        self.catch_up(ledger)
        deadline = Moment(self._clock.now() + PROMISE_MILLISECONDS * 1_000)
        promise = Promise(self.seal.origin(ledger), sequence, leaf, deadline)
        return self.seal.signed(ledger, promise.text())

    # The thread.

    def _run(self) -> None:
        while True:
            self._wake.wait(self._seconds_to_next())
            self._wake.clear()
            closing = self._closing
            for pending in list(self._pending.values()):
                if pending.due is not None and (closing or pending.is_due()):
                    self._attend(pending)
            if closing:
                return

    def _seconds_to_next(self) -> float | None:
        dues = [p.due for p in list(self._pending.values()) if p.due is not None]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    def _attend(self, pending: "_Pending") -> None:
        # Whoever pokes from here on is not covered by what is signed now.
        pending.due = None
        try:
            with self._signing:
                pending.signed = self._sign(pending.ledger)
            pending.rest()
            self._refused.discard(pending.ledger.number)
        except Exception as error:  # noqa: BLE001 - other ledgers' logs are to be signed all the same
            self._put_off(pending, error)

    def _put_off(self, pending: "_Pending", error: Exception) -> None:
        """Say that a log is not signed for now, a contradiction once; try again after a pause."""
        number, name = pending.ledger.number, pending.ledger.name
        if isinstance(error, PartitaError) and not isinstance(error, CorruptJournal | ReadOnly):
            _log.warning("no checkpoint of %s for now: %s", name, error)
        elif number not in self._refused:
            self._refused.add(number)
            _log.error("the log of %s is not signed: %s", name, error, exc_info=error)
        if not self._closing:
            pending.put_off()

    def _sign(self, ledger: LedgerInfo) -> int:
        """Have the head's size signed; that size, or that of a checkpoint beyond it."""
        head, number = self._store.head(ledger), ledger.number
        if number not in self._signed:
            newest = self._newest(ledger)
            self._signed[number] = (0, 0) if newest is None else newest.place
        if head.sequence == 0 or (head.sequence, head.outcomes) <= self._signed[number]:
            return self._signed[number][0]
        self._check_key(ledger)
        self.check(ledger)
        tiling, tiles = self._grown(ledger, head.sequence)
        if tiling.root() != head.root:
            del self._tilings[ledger.number]
            raise CorruptJournal(
                f"the leaves of {ledger.name!r} up to {head.sequence} have the root"
                f" {tiling.root().hex()}, its head says {head.root.hex()}: run `partita verify`"
            )
        checkpoint = self._checkpoint(ledger, head)
        try:
            self._store.add_checkpoint(ledger, checkpoint, tiles)
        except PartitaError:
            # The tiling is ahead of what is kept now: the next one begins where that ends.
            del self._tilings[ledger.number]
            raise
        self._signed[number] = checkpoint.place
        self.signed(ledger)
        return head.sequence

    def _newest(self, ledger: LedgerInfo) -> StoredCheckpoint | None:
        found = self._store.checkpoints(ledger, None, 1)
        return found[0] if found else None

    def _checkpoint(self, ledger: LedgerInfo, head: Head) -> StoredCheckpoint:
        """What a head says, signed."""
        if len(head.answers) != HASH_BYTES * head.outcomes.bit_count():
            raise CorruptJournal(
                f"the head of {ledger.name!r} has no frontier of {head.outcomes} stored answers:"
                " run `partita verify`"
            )
        answers = AnswersHead(head.outcomes, head.answer_log().root())
        origin = self.seal.origin(ledger)
        text = Checkpoint(origin, head.sequence, head.root, (answers.line(),)).text()
        note = self.seal.signed(ledger, text).full()
        return StoredCheckpoint(
            head.sequence, head.root, note, self._clock.now(), head.outcomes, head.answers
        )

    def _check_key(self, ledger: LedgerInfo) -> None:
        """Refuse a key that is not this log's; the first to sign makes it so."""
        if ledger.number in self._is_mine:
            return
        mine = self.seal.verifier_key(ledger).text()
        keys = self._store.log_keys(ledger)
        if not keys:
            self._store.add_log_key(ledger, LogKey(1, mine, self._clock.now()))
            keys = self._store.log_keys(ledger)
        if mine not in {key.verifier_key for key in keys}:
            raise SignerUnavailable(
                f"the log of {ledger.name!r} signs as {keys[-1].verifier_key}, and the key here is"
                f" {mine}: bring the file of its key, or take the new one on with"
                " `partita log adopt-key`"
            )
        self._is_mine.add(ledger.number)

    def _grown(self, ledger: LedgerInfo, size: int) -> tuple[Tiling, list[TileRoot]]:
        """The tiling of a ledger's log at a size, and the roots of the tiles that this filled."""
        tiling = self._tilings.get(ledger.number)
        if tiling is None or tiling.size > size:
            tiling = self._tilings[ledger.number] = self._taken_up(ledger)
        filled: list[TileRoot] = []
        while tiling.size < size:
            span = Span(0, tiling.size, min(_LEAVES_AT_ONCE, size - tiling.size))
            leaves = split(self._store.hashes(ledger, [span])[0])
            if len(leaves) != span.width:
                raise CorruptJournal(f"leaves are missing behind {tiling.size} in {ledger.name!r}")
            filled += tiling.append(leaves)
        return tiling, filled

    def _taken_up(self, ledger: LedgerInfo) -> Tiling:
        """The tiling where the last checkpoint left it, if all its tiles are kept; else empty."""
        newest = self._newest(ledger)
        if newest is None:
            return Tiling()
        edge = Tiling.edge(newest.size)
        kept = self._store.hashes(ledger, edge)
        tiling = Tiling(newest.size, [split(data) for data in kept])
        whole = all(
            len(data) == span.width * HASH_BYTES for data, span in zip(kept, edge, strict=True)
        )
        return tiling if whole and tiling.root() == newest.root else Tiling()


class _Pending:
    """A ledger that was written to: up to where it is signed, and when it must be again."""

    __slots__ = ("_pause", "_until", "due", "ledger", "sequence", "signed")

    def __init__(self, ledger: LedgerInfo) -> None:
        self.ledger = ledger
        self.signed = self.sequence = 0
        self.due: float | None = None
        self.rest()

    def rest(self) -> None:
        """All is well: whatever comes next need not wait."""
        self._pause, self._until = _PAUSE_SECONDS, 0.0

    def put_off(self) -> None:
        """Something failed: look again after a pause, which grows from one to the next."""
        self._until = self.due = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)

    def is_due(self) -> bool:
        """Whether it is far enough behind, in time or in records, and not put off."""
        now = time.monotonic()
        late = self.due is not None and now >= self.due
        return now >= self._until and (late or self.sequence - self.signed >= RECORDS_BEHIND)
