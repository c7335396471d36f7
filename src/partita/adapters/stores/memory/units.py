"""Units of work of the memory store: over one journal, or over several that change together."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from partita.engine.errors import CorruptJournal
from partita.engine.ports import Draft, LedgerInfo, Loaded, SealedOutcome, Wants
from partita.journal.record import Head, Record


class Journal(Protocol):
    """What a unit of work needs of a journal, whose lock is held while it lives."""

    head: Head
    leaves: list[bytes]
    outcomes: dict[bytes, SealedOutcome]

    def load(self, wants: Wants) -> Loaded:
        """What is known of some wants."""
        ...

    def append(self, record: Record, key: bytes | None) -> None:
        """Take in a record."""
        ...

    def refuse_contradictions(self, draft: Draft) -> None:
        """Raise what speaks against a draft."""
        ...


class Unit:
    """A unit of work over one journal."""

    def __init__(self, journal: Journal) -> None:
        """Work on this journal, which is locked."""
        self._journal = journal
        self.head = journal.head

    def load(self, wants: Wants) -> Loaded:
        """What is known as of the locked head."""
        return self._journal.load(wants)

    def leaf(self, sequence: int) -> bytes | None:
        """The hash of a record."""
        leaves = self._journal.leaves
        return leaves[sequence - 1] if 0 < sequence <= len(leaves) else None

    def write(self, packed: object) -> None:
        """Take a draft in, or nothing of it."""
        self.check(packed)
        self.take_in(packed)

    def check(self, packed: object) -> None:
        """Raise before anything is taken in, if this cannot be written as a whole."""
        assert isinstance(packed, Draft), "the memory store packs nothing"
        if packed.base != self._journal.head:
            raise CorruptJournal("the draft stands on another head than the one that is locked")
        self._journal.refuse_contradictions(packed)

    def take_in(self, packed: object) -> None:
        """Write what was checked."""
        assert isinstance(packed, Draft), "the memory store packs nothing"
        journal = self._journal
        for record, key in zip(packed.records, packed.keys, strict=True):
            journal.append(record, key)
        for sealed in packed.outcomes:
            journal.outcomes[sealed.key] = sealed
        journal.head = packed.head


class JointUnit:
    """A unit of work over several journals, by the numbers of their ledgers."""

    def __init__(self, journals: Mapping[int, Journal]) -> None:
        """Work on these journals, which are all locked."""
        self._units = {number: Unit(journal) for number, journal in journals.items()}

    def head(self, ledger: LedgerInfo) -> Head:
        """The locked head of a ledger."""
        return self._units[ledger.number].head

    def load(self, ledger: LedgerInfo, wants: Wants) -> Loaded:
        """What is known of a ledger as of its locked head."""
        return self._units[ledger.number].load(wants)

    def leaf(self, ledger: LedgerInfo, sequence: int) -> bytes | None:
        """The hash of a record of a ledger."""
        return self._units[ledger.number].leaf(sequence)

    def write(self, packed: Sequence[object]) -> None:
        """Take in a draft for each ledger: all of them, or nothing of any."""
        drafts = list(zip(self._units.values(), packed, strict=True))
        for unit, draft in drafts:
            unit.check(draft)
        for unit, draft in drafts:
            unit.take_in(draft)
