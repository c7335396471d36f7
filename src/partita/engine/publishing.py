"""The publisher: shows each new checkpoint to all witnesses, off everybody's way.

    notary ── signed ──► a thread for each witness ─► contact (`contacting.py`), a second apart

A thread takes the newest checkpoint of each ledger that has one, so a witness that is slow gets
fewer, and one that is away gets the last when it is back; no writer ever waits for any. Without
news each log is shown again every half minute, so that what was tampered with on a quiet ledger is
found as soon as on a busy one.
"""

import logging
import threading
import time
from collections.abc import Sequence

import msgspec

from partita.engine.contacting import Contacts, Parties, Vouched
from partita.engine.errors import PartitaError
from partita.engine.ports import LedgerInfo, Store
from partita.engine.witness_ports import WitnessPort

PUSH_SECONDS = 1.0
HEARTBEAT_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 15.0
FIRST_ROUND_SECONDS = 2.0
"""How long a start may wait for witnesses; what they say later counts all the same."""
_log = logging.getLogger(__name__)


class WitnessStanding(msgspec.Struct, frozen=True):
    """How a ledger stands with a witness: what it vouched for last, and what was in the way."""

    ledger: str
    witness: str
    vouched: Vouched | None
    problem: str | None = None


class Publisher:
    """Shows the logs of a process to its witnesses."""

    def __init__(self, parties: Parties, ledgers: Store, witnesses: Sequence[WitnessPort]) -> None:
        """Threads begin with `start`; without witnesses there are none."""
        self._lines = [_Line(Contacts(parties, witness), ledgers) for witness in witnesses]

    def start(self, patience_seconds: float = FIRST_ROUND_SECONDS) -> None:
        """Ask every witness about every ledger, waiting a little for what they say."""
        deadline = time.monotonic() + patience_seconds
        for line in self._lines:
            line.thread.start()
        for line in self._lines:
            line.is_round_done.wait(max(0.0, deadline - time.monotonic()))

    def signed(self, ledger: LedgerInfo) -> None:
        """Hear that a ledger has a new checkpoint; returns at once."""
        for line in self._lines:
            line.add(ledger)

    def standings(self) -> list[WitnessStanding]:
        """How each ledger stands with each witness."""
        return [each for line in self._lines for each in line.standings()]

    def close(self) -> None:
        """Show what is new to those who answered last, then stop."""
        for line in self._lines:
            line.end()
        for line in self._lines:
            if line.thread.is_alive():
                line.thread.join()


class _Line:
    """The thread of one witness."""

    def __init__(self, contacts: Contacts, ledgers: Store) -> None:
        self._contacts, self._ledgers = contacts, ledgers
        self._fresh: dict[int, LedgerInfo] = {}
        self._standings: dict[int, WitnessStanding] = {}
        self._wake, self._ending, self._is_over = threading.Condition(), threading.Event(), False
        self._beat = 0.0
        self.is_round_done = threading.Event()
        name = f"partita-witness-{contacts.witness.key.name}"
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def add(self, ledger: LedgerInfo) -> None:
        with self._wake:
            self._fresh[ledger.number] = ledger
            self._wake.notify()

    def standings(self) -> list[WitnessStanding]:
        return list(self._standings.values())

    def end(self) -> None:
        with self._wake:
            self._is_over = True
            self._wake.notify()
        self._ending.set()

    def _run(self) -> None:
        pause = 0.0
        while True:
            self._ending.wait(pause)
            is_over = self._is_over
            fine = self._round(is_over and pause > PUSH_SECONDS)
            self.is_round_done.set()
            if is_over:
                return
            pause = PUSH_SECONDS if fine else min(2 * pause + PUSH_SECONDS, LONGEST_PAUSE_SECONDS)

    def _round(self, is_hopeless: bool) -> bool:
        """Contact the witness about what is new, or due; whether all went well."""
        if is_hopeless:
            return False
        try:
            due = self._due()
        except PartitaError as error:
            _log.warning("no ledger is shown to witnesses for now: %s", error)
            return False
        fine = True
        for ledger in due:
            fine &= self._contact(ledger)
        return fine

    def _due(self) -> list[LedgerInfo]:
        """Waits until there is something; all ledgers if it is time for that."""
        with self._wake:
            while not (self._fresh or self._is_over):
                left = self._beat - time.monotonic()
                if left <= 0:
                    break
                self._wake.wait(left)
            fresh, self._fresh = self._fresh, {}
        if time.monotonic() >= self._beat and not self._is_over:
            self._beat = time.monotonic() + HEARTBEAT_SECONDS
            fresh = {ledger.number: ledger for ledger in self._ledgers.ledgers()}
        return list(fresh.values())

    def _contact(self, ledger: LedgerInfo) -> bool:
        before = self._standings.get(ledger.number)
        vouched, problem = before.vouched if before else None, None
        try:
            vouched = self._contacts.make(ledger) or vouched
        except (PartitaError, OSError) as error:
            # The place that remembers may be full or away; that is as if nobody had signed.
            problem = str(error)
            if before is None or before.problem != problem:
                _log.warning("%s", problem)
            if getattr(error, "retryable", True):
                self.add(ledger)
        name = self._contacts.witness.key.name
        self._standings[ledger.number] = WitnessStanding(ledger.name, name, vouched, problem)
        return problem is None
