"""The standing auditor: walks every ledger's journal and views all the time, at a small share.

It is the verification of `verification.py` in short looks, each at a moment of its own, so that no
look holds back the database's cleaning. Between looks it rests for as long as keeps it within its
share of one core. Once a pass has come to the journal's end it follows what is written; after a while
it begins anew, since what was right once may have been changed behind our back.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import Enum
from typing import Protocol

import msgspec

from partita.engine.auditing import BEYOND, Audit
from partita.engine.ports import Clock, LedgerInfo
from partita.engine.verification import Verification
from partita.journal.findings import Finding, Wrong
from partita.journal.record import Head
from partita.kernel.moment import Moment

_log = logging.getLogger(__name__)
SHARE, LOOK_RECORDS = 0.05, 1_000
"""A look is short, for while it lasts, everything else in its process waits for it again and again."""
REST_SECONDS, NAP_SECONDS = 3_600.0, 1.0
MOST_FINDINGS = 10


class IntegrityState(Enum):
    """What is known of a ledger."""

    CHECKING = "checking"
    WELL = "well"
    DRIFTED = "drifted"


class IntegrityStatus(msgspec.Struct, frozen=True):
    """What the auditor saw of one ledger.

    `checked_through` is how far the pass at hand has come, of `sequence` records; `passes` counts
    those that came to the end; `findings` are what was wrong, the newest first.
    """

    ledger: str
    state: IntegrityState = IntegrityState.CHECKING
    checked_through: int = 0
    sequence: int = 0
    records_checked: int = 0
    passes: int = 0
    last_pass_at: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def coverage(self) -> float:
        """How much of the journal the pass at hand has seen, from 0 to 1."""
        return self.checked_through / self.sequence if self.sequence else 1.0


class IntegrityStore(Protocol):
    """What the auditor needs of a store."""

    def head(self, ledger: LedgerInfo) -> Head:
        """Where the journal stands."""
        ...

    def audit(self, ledger: LedgerInfo) -> AbstractContextManager[Audit]:
        """Hold still one moment of a ledger."""
        ...

    def note_integrity(self, ledger: LedgerInfo, body: str, now: Moment) -> None:
        """Keep what was last seen of a ledger, for other processes to read."""
        ...

    def integrity(self, ledger: LedgerInfo) -> tuple[Moment, str] | None:
        """What was last noted, and when."""
        ...


class IntegrityPass:
    """One ledger under audit: the pass at hand, and what is known so far."""

    def __init__(self, store: IntegrityStore, ledger: LedgerInfo, *, records: int) -> None:
        """Begin with nothing known; each look takes so many records."""
        self._store, self._ledger, self._records = store, ledger, records
        self._verification = Verification(ledger.name)
        self._begun = time.monotonic()
        self.status = IntegrityStatus(ledger.name)

    def look(self, now: Moment) -> Finding | None:
        """Take one look; a finding that is new."""
        done = self._verification.fold.log.size
        head = self._store.head(self._ledger)
        is_at_end = self.status.passes > 0 and done == head.sequence
        if is_at_end and self.status.state is IntegrityState.WELL:
            return None
        try:
            with self._store.audit(self._ledger) as audit:
                ended = self._walk(audit)
        except Wrong as wrong:
            return self._found(wrong.finding)
        self._tell(done, head.sequence, now if ended else None)
        return None

    def begin_anew(self, rest_seconds: float) -> None:
        """Start over, once a pass has rested for so long."""
        if self.status.passes and time.monotonic() - self._begun > rest_seconds:
            self._restart()

    def _walk(self, audit: Audit) -> bool:
        upto = self._verification.fold.log.size + self._records
        is_last = upto >= audit.head.sequence
        self._verification.look(audit, BEYOND if is_last else upto, lambda _done, _total: None)
        if is_last:
            self._verification.finish(audit)
        return is_last

    def _found(self, finding: Finding) -> Finding | None:
        known = self.status.findings
        is_new = finding not in known
        self.status = msgspec.structs.replace(
            self.status,
            state=IntegrityState.DRIFTED,
            findings=(finding, *known)[:MOST_FINDINGS] if is_new else known,
        )
        self._restart()
        return finding if is_new else None

    def _tell(self, before: int, sequence: int, ended_at: Moment | None) -> None:
        done, old = self._verification.fold.log.size, self.status
        self.status = msgspec.structs.replace(
            old,
            checked_through=done,
            sequence=max(sequence, done),
            records_checked=old.records_checked + done - before,
        )
        if ended_at is not None:
            # What was wrong and is right again has been mended: the findings say what it was.
            self.status = msgspec.structs.replace(
                self.status,
                state=IntegrityState.WELL,
                passes=old.passes + 1,
                last_pass_at=ended_at.text(),
            )

    def _restart(self) -> None:
        self._verification = Verification(self._ledger.name)
        self._begun = time.monotonic()


class StandingAuditor:
    """A thread that looks at all ledgers in turn, within its share of one core."""

    def __init__(
        self,
        store: IntegrityStore,
        ledgers: Callable[[], list[LedgerInfo]],
        clock: Clock,
        alarm: Callable[[LedgerInfo, Finding], None],
        *,
        share: float = SHARE,
    ) -> None:
        """Audit these ledgers; `alarm` hears of each new finding."""
        self._store, self._ledgers, self._clock, self._alarm = store, ledgers, clock, alarm
        self._share = share
        self._passes: dict[str, IntegrityPass] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="partita-auditor", daemon=True)
        self._thread.start()

    def status(self, name: str) -> IntegrityStatus:
        """What is known of a ledger; any thread may ask."""
        known = self._passes.get(name)
        return IntegrityStatus(name) if known is None else known.status

    def statuses(self) -> list[IntegrityStatus]:
        """What is known of every ledger that was looked at."""
        return [known.status for known in list(self._passes.values())]

    def close(self) -> None:
        """Stop after the look at hand."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                self._round()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round looks again
                _log.warning("the standing auditor could not look: %s", error)
            self._stop.wait(max(0.0, begun + NAP_SECONDS - time.monotonic()))

    def _round(self) -> None:
        for ledger in self._ledgers():
            if self._stop.is_set():
                return
            begun = time.thread_time()
            try:
                self._attend(ledger)
            finally:
                busy = time.thread_time() - begun
                self._stop.wait(busy / self._share - busy)

    def _attend(self, ledger: LedgerInfo) -> None:
        known = self._passes.get(ledger.name)
        if known is None:
            known = IntegrityPass(self._store, ledger, records=LOOK_RECORDS)
            self._passes[ledger.name] = known
        known.begin_anew(REST_SECONDS)
        before = known.status
        finding = known.look(self._clock.now())
        if known.status != before:
            body = msgspec.json.encode(known.status).decode()
            self._store.note_integrity(ledger, body, self._clock.now())
        if finding is not None:
            self._alarm(ledger, finding)
