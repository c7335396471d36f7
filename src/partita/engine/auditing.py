"""What verification reads: everything a store keeps of one ledger, as lines, as of one moment."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from partita.engine.log_check import LogAudit
from partita.engine.outcome_check import OutcomeRow
from partita.engine.ports import LedgerInfo
from partita.journal.record import Head

BEYOND = 2**62
"""Above every sequence."""


class JournalRow(NamedTuple):
    """A row of the journal: its index columns as a line, the record's bytes, their hash."""

    line: str
    body: bytes
    leaf: bytes


class AccountRow(NamedTuple):
    """A row of the chart: what never changes as a line, and the status."""

    line: str
    status: str


class Audit(LogAudit, Protocol):
    """All that a store keeps of one ledger, as of one moment. Streams come in blocks."""

    head: Head

    def journal(self, after: int = 0) -> Iterator[Sequence[JournalRow]]:
        """The journal, by sequence, from the record after a place."""
        ...

    def entries(self, after: int = -1, upto: int = BEYOND) -> Iterator[Sequence[str]]:
        """The registers as lines, by sequence and leg, of the records after `after` and to `upto`."""
        ...

    def accounts(self, after: int = -1) -> Iterator[Sequence[AccountRow]]:
        """The chart, by number, of the accounts opened after a place."""
        ...

    def assets(self) -> Iterator[Sequence[str]]:
        """The registered assets as lines, by code."""
        ...

    def resources(self) -> Iterator[Sequence[str]]:
        """Holds, pending transactions, documents and their like as lines, by kind and id."""
        ...

    def resource_changes(self) -> Iterator[Sequence[str]]:
        """Which records changed them, as lines, in the order of the journal."""
        ...

    def usages(self) -> Iterator[Sequence[str]]:
        """What is used of velocity limits, as lines, in any order."""
        ...

    def outcomes(self) -> Iterator[Sequence[OutcomeRow]]:
        """The stored answers, in any order."""
        ...


class Auditor(Protocol):
    """A store that lets everything in it be looked at."""

    def audit(self, ledger: LedgerInfo) -> AbstractContextManager[Audit]:
        """Hold still one moment of a ledger while it is looked at; writers go on."""
        ...
