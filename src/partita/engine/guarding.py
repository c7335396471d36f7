"""The guard: what a witness has vouched for must still be there, or nothing more is written.

It remembers the last cosigned checkpoint of each log in a place that no restored database reaches,
and compares it with the journal as it is: when a ledger is opened, before the log signs, and at each
contact with a witness. A journal that is shorter, or another one up to that size, is what is left
after a truncation, a rewriting, or a backup that was put back: the ledger turns read-only, since
whatever it wrote now would be the second of two histories.
"""

import logging
import threading

from partita.engine.errors import CorruptJournal, ReadOnly
from partita.engine.log_ports import LogReader, StoredCheckpoint
from partita.engine.notary import Seal
from partita.engine.ports import LedgerInfo
from partita.engine.proving import Prover
from partita.engine.witness_ports import Cosigned, CosignedMemory
from partita.journal.checkpoint import AnswersHead, Checkpoint
from partita.journal.merkle import HASH_BYTES, Frontier
from partita.journal.notes import BadNote, Note
from partita.journal.record import Head

_LEAVES_AT_ONCE = 65_536
_MEND = (
    "Stop, and keep all there is. Put back a state that holds what was cosigned; or, if it is lost"
    " for good, begin a log of another name: docs/proofs.md says how"
)
_log = logging.getLogger(__name__)


class Guard:
    """Compares journals with what was cosigned of them, for every ledger of a process."""

    def __init__(
        self, store: LogReader, prover: Prover, seal: Seal, memory: CosignedMemory
    ) -> None:
        """Look at this store; logs are named by the seal."""
        self._store, self._prover, self._seal, self._memory = store, prover, seal, memory
        self._stopped: dict[int, ReadOnly] = {}
        self._lock = threading.Lock()

    def verdict(self, ledger: LedgerInfo) -> ReadOnly | None:
        """Why nothing may be written to a ledger; None if it may. Costs one look-up."""
        return self._stopped.get(ledger.number)

    def stop(self, ledger: LedgerInfo, what: str) -> ReadOnly:
        """Have a ledger read-only until this process ends; the error that says why."""
        error = ReadOnly(f"the ledger {ledger.name!r} is read-only: {what}. {_MEND}.")
        with self._lock:
            if self._stopped.setdefault(ledger.number, error) is error:
                _log.critical("%s", error)
        return error

    def check(self, ledger: LedgerInfo) -> None:
        """Compare a journal with the last cosigned checkpoint.

        Raises:
            ReadOnly: it does not continue that one; the ledger has been stopped.
        """
        if (error := self._stopped.get(ledger.number)) is not None:
            raise ReadOnly(str(error))
        try:
            last = self.last(ledger)
            found = None if last is None else self._difference(ledger, last)
        except (CorruptJournal, BadNote) as error:
            found = str(error)
        except ValueError as error:
            found = f"what was cosigned last cannot be read, {error}"
        if found is not None:
            raise self.stop(ledger, found)

    def look(self, ledger: LedgerInfo) -> None:
        """The same, for whoever asks for the verdict later."""
        try:
            self.check(ledger)
        except ReadOnly:
            return

    def last(self, ledger: LedgerInfo) -> Cosigned | None:
        """The last checkpoint that a witness cosigned, as far as this place knows."""
        return self._memory.last(self._seal.origin(ledger))

    def remember(self, ledger: LedgerInfo, checkpoint: StoredCheckpoint, note: Note) -> None:
        """Have this as the last cosigned checkpoint, unless a later one is remembered."""
        with self._lock:
            last = self.last(ledger)
            if last is not None:
                kept = Note.parse(last.note)
                if _place(Checkpoint.parse(kept.text)) > checkpoint.place:
                    return
                if kept.text == note.text:
                    note = _together(note, kept)
            cosigned = Cosigned(note.full(), checkpoint.frontier)
            if cosigned != last:
                self._memory.remember(self._seal.origin(ledger), cosigned)

    def _difference(self, ledger: LedgerInfo, last: Cosigned) -> str | None:
        """In what the journal does not continue what was cosigned; None if it does."""
        says, head = Checkpoint.parse(Note.parse(last.note).text), self._store.head(ledger)
        if head.sequence < says.size:
            return f"it has {head.sequence} records, and {says.size} of its log were cosigned"
        growth = self._prover.consistency(ledger, says.size, head.sequence).growth
        if (growth.old_root, growth.new_root) != (says.root, head.root):
            return (
                f"its first {says.size} of {head.sequence} records have the root"
                f" {growth.old_root.hex()}, and {says.root.hex()} was cosigned"
            )
        return self._difference_of_answers(ledger, says.answers, last.answers, head)

    def _difference_of_answers(
        self, ledger: LedgerInfo, says: AnswersHead | None, nodes: bytes, head: Head
    ) -> str | None:
        """The same of the stored answers: those since then, added to what was cosigned."""
        if says is None:
            return None
        if len(nodes) != HASH_BYTES * says.count.bit_count():
            return "what was cosigned last is not as this program writes it"
        log = Frontier.from_bytes(says.count, nodes)
        if log.root() != says.root:
            return "what was cosigned last does not fit together"
        if head.outcomes < says.count:
            return f"it has {head.outcomes} stored answers, and {says.count} were cosigned"
        while log.size < head.outcomes:
            wanted = min(_LEAVES_AT_ONCE, head.outcomes - log.size)
            leaves = self._store.answer_leaves(ledger, log.size, wanted)
            if len(leaves) != wanted:
                return f"stored answers are missing behind {log.size}"
            for leaf in leaves:
                log.append(leaf)
        if log.to_bytes() != head.answers:
            return f"its first {says.count} stored answers are not those that were cosigned"
        return None


def _place(says: Checkpoint) -> tuple[int, int]:
    return says.size, says.answers.count if says.answers else 0


def _together(note: Note, kept: Note) -> Note:
    """Two notes of one text as one: the newer signatures, and those of others."""
    mine = {(each.name, each.key_id) for each in note.signatures}
    others = (each for each in kept.signatures if (each.name, each.key_id) not in mine)
    return Note(note.text, (*note.signatures, *others))
