"""One contact with one witness: show it the newest checkpoint, and keep what it signs.

    guard ─► newest checkpoint ─► growth since what the witness knows ─► witness ─► cosignature kept

The witness's answers are evidence, too: one that knows more records than there are, or another root,
has seen a history that is not this one. Then the ledger is stopped, as it is if the place beside the
key says so (`guarding.py`): no file that was put back with the database hides from this question.
"""

from typing import NamedTuple
from urllib.parse import quote

from partita.engine.errors import NotFound, WitnessUnavailable
from partita.engine.guarding import Guard
from partita.engine.log_ports import Cosignature, LogKeeper, StoredCheckpoint
from partita.engine.notary import Notary
from partita.engine.ports import Clock, LedgerInfo
from partita.engine.proving import Prover
from partita.engine.witness_ports import WitnessPort
from partita.journal.checkpoint import Checkpoint, whole_number
from partita.journal.contact import Contact
from partita.journal.notes import BadNote, Note, Signature

_GROWN, _UNPROVED, _CONFLICT = 200, 422, 409
_TRIES = 6


class Parties(NamedTuple):
    """Who takes part on our side."""

    store: LogKeeper
    prover: Prover
    notary: Notary
    guard: Guard
    clock: Clock


class Vouched(NamedTuple):
    """What a witness has vouched for: so many records, at a time of its own in POSIX seconds."""

    size: int
    seconds: int


class Contacts:
    """The conversation with one witness about all ledgers, from one thread."""

    def __init__(self, parties: Parties, witness: WitnessPort) -> None:
        """Begin without knowing what the witness knows."""
        self.witness = witness
        self._store, self._prover, self._notary, self._guard, self._clock = parties
        self._known: dict[int, int] = {}

    def make(self, ledger: LedgerInfo) -> Vouched | None:
        """Show the newest checkpoint; None of a log that has none.

        Raises:
            ReadOnly: the log is not what was cosigned; it has been stopped.
            WitnessUnavailable: no answer, or none that helps.
            PartitaError: the store is away, or the key.
        """
        self._guard.check(ledger)
        if ledger.number not in self._known:
            self._known[ledger.number] = self._remembered(ledger)
        for _ in range(_TRIES):
            known = self._known[ledger.number]
            newest = self._newest(ledger, known)
            if newest is None:
                return None
            contact = Contact(known, self._path(ledger, known, newest), Note.parse(newest.note))
            status, text = self.witness.add_checkpoint(contact)
            if status == _GROWN:
                return self._keep(ledger, newest, contact.note, text)
            if status == _UNPROVED:
                what = f"{self._name} knows another history: {self._evidence(ledger)}"
                raise self._guard.stop(ledger, what)
            if status != _CONFLICT:
                raise WitnessUnavailable(f"{self.witness.url} says {status}: {text[:200].strip()}")
            self._known[ledger.number] = self._compared(ledger, newest, known, text)
        raise WitnessUnavailable(f"{self.witness.url} tells another size each time")

    @property
    def _name(self) -> str:
        return f"the witness {self.witness.key.name}"

    def _evidence(self, ledger: LedgerInfo) -> str:
        """Where our own witness shows the other checkpoint, which this log has signed too."""
        return f"see {self.witness.url}/last/{quote(self._notary.seal.origin(ledger), safe='')}"

    def _remembered(self, ledger: LedgerInfo) -> int:
        """What the witness knows for certain: what it cosigned last, if that was its line."""
        last = self._guard.last(ledger)
        note = None if last is None else Note.parse(last.note)
        if note is None or self.witness.key not in note.signers([self.witness.key]):
            return 0
        return Checkpoint.parse(note.text).size

    def _newest(self, ledger: LedgerInfo, known: int) -> StoredCheckpoint | None:
        """The newest checkpoint, signed now if the kept ones end before what the witness knows."""
        found = self._store.checkpoints(ledger, None, 1)
        if not found or found[0].size < known:
            return self._notary.sign(ledger)
        return found[0]

    def _path(self, ledger: LedgerInfo, known: int, newest: StoredCheckpoint) -> tuple[bytes, ...]:
        try:
            growth, path = self._grown(ledger, known, newest.size)
        except NotFound:
            text = f"it is shorter than its checkpoint of {newest.size} records"
            raise self._guard.stop(ledger, text) from None
        if growth != newest.root:
            what = f"its first {newest.size} records are not those that its checkpoint signs"
            raise self._guard.stop(ledger, what)
        return path

    def _grown(self, ledger: LedgerInfo, old: int, new: int) -> tuple[bytes, tuple[bytes, ...]]:
        found = self._prover.consistency(ledger, old, new)
        return found.growth.new_root, found.path

    def _compared(self, ledger: LedgerInfo, sent: StoredCheckpoint, known: int, text: str) -> int:
        """The size that a witness says it knows, if the journal can have had it."""
        try:
            size = whole_number(text.removesuffix("\n"))
        except BadNote as error:
            raise WitnessUnavailable(f"{self.witness.url} says no size: {error}") from error
        records = self._store.head(ledger).sequence
        if size > records:
            what = f"it has {records} records, and {self._name} has cosigned {size} of its log"
            raise self._guard.stop(ledger, what)
        if size == known:
            newest = self._newest(ledger, known)
            # Another process of ours may have shown it more meanwhile; else the roots differ.
            if newest is None or newest.place == sent.place:
                what = f"{self._name} knows other records or answers at size {size}"
                raise self._guard.stop(ledger, f"{what}: {self._evidence(ledger)}")
        return size

    def _keep(self, ledger: LedgerInfo, newest: StoredCheckpoint, note: Note, text: str) -> Vouched:
        """Keep the line of a witness, once it is certain that it is its own."""
        key = self.witness.key
        try:
            lines = [Signature.parse(line) for line in text.removesuffix("\n").split("\n")]
            mine = [line for line in lines if (line.name, line.key_id) == (key.name, key.id)]
            signed = Note(note.text, (*note.signatures, *mine))
            if key not in signed.signers([key]):
                raise BadNote(f"{key.text()} is not among those who signed")
        except BadNote as error:
            raise WitnessUnavailable(f"{self.witness.url} signed nothing: {error}") from error
        moment = self._clock.now()
        self._store.add_cosignature(
            ledger, Cosignature(newest.size, mine[0], moment, newest.answers)
        )
        self._guard.remember(ledger, newest, signed)
        self._known[ledger.number] = newest.size
        return Vouched(newest.size, mine[0].seconds)
