"""What the memory store keeps, as the verifier wants to see it: in the spelling all stores share."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from partita.adapters.stores.memory.log import Log, LogAuditOfMemory
from partita.engine.auditing import BEYOND, AccountRow, JournalRow
from partita.engine.listing import EntryRow
from partita.engine.outcome_check import OutcomeRow
from partita.engine.ports import SealedOutcome
from partita.journal.encoding import encode_value
from partita.journal.inline_rows import account_line, journal_line, resource_line, usage_line
from partita.journal.record import Head
from partita.kernel.account import Side
from partita.kernel.book import Book
from partita.kernel.moment import Moment

_BLOCK = 1_000
_CHANGES = {"account.frozen", "account.unfrozen", "account.closed"}
Item = TypeVar("Item")


class Kept(Protocol):
    """What the memory store keeps of one ledger."""

    head: Head
    bodies: list[bytes]
    leaves: list[bytes]
    times: list[Moment]
    by_key: dict[bytes, int]
    by_id: dict[str, int]
    by_external_id: dict[str, int]
    outcomes: dict[bytes, SealedOutcome]
    registers: dict[int, list[EntryRow]]
    changes: list[tuple[int, str]]
    book: Book


class _Envelope(msgspec.Struct):
    """Index columns that this store has no place for: the type, and an id that is no longer new."""

    type: str = ""
    id: str = ""


_envelope = msgspec.json.Decoder(_Envelope).decode


class MemoryAudit(LogAuditOfMemory):
    """One moment of one ledger; the caller holds the journal's lock."""

    def __init__(self, kept: Kept, log: Log) -> None:
        """Look at this ledger, and at its log."""
        super().__init__(log)
        self._kept, self.head = kept, kept.head

    def journal(self, after: int = 0) -> Iterator[Sequence[JournalRow]]:
        """The journal; its index columns out of the store's own indexes."""
        kept = self._kept
        ids, keys = _by_place(kept.by_id), _by_place(kept.by_key)
        references = _by_place(kept.by_external_id)
        rows = []
        for place, (body, leaf) in enumerate(zip(kept.bodies, kept.leaves, strict=True), 1):
            sealed = _read(body)
            # Changes of an account carry its id, which leads to its opening.
            identifier = ids.get(place, sealed.id if sealed.type in _CHANGES else "")
            columns = (str(place), sealed.type, identifier, kept.times[place - 1].text())
            line = journal_line(columns, keys.get(place), references.get(place))
            rows.append(JournalRow(line, body, leaf))
        return _blocks(rows[after:])

    def entries(self, after: int = -1, upto: int = BEYOND) -> Iterator[Sequence[str]]:
        """Every register, brought into the journal's order."""
        rows = [row for register in self._kept.registers.values() for row in register]
        rows = sorted(
            (row for row in rows if after < row.sequence <= upto),
            key=lambda row: (row.sequence, row.leg),
        )
        return _blocks([_entry_line(row) for row in rows])

    def accounts(self, after: int = -1) -> Iterator[Sequence[AccountRow]]:
        """The chart."""
        chart = {s.account.number: s for s in self._kept.book.standings.values()}
        rows = [
            (s.account, s.status.value) for number, s in sorted(chart.items()) if number > after
        ]
        return _blocks([AccountRow(account_line(account), status) for account, status in rows])

    def assets(self) -> Iterator[Sequence[str]]:
        """The registered assets."""
        assets = sorted(self._kept.book.assets.items())
        return _blocks([f"{code}\t{encode_value(asset)}" for code, asset in assets])

    def resources(self) -> Iterator[Sequence[str]]:
        """Holds, pending transactions, documents and their like."""
        found = self._kept.book.resources.items()
        kept = sorted((key, each) for key, each in found if key[1] == each.id)
        return _blocks([resource_line(each) for _key, each in kept])

    def resource_changes(self) -> Iterator[Sequence[str]]:
        """Which records changed them."""
        return _blocks([f"{sequence}\t{name}" for sequence, name in self._kept.changes])

    def usages(self) -> Iterator[Sequence[str]]:
        """What is used of limits."""
        found = self._kept.book.velocity.usages.values()
        return _blocks([usage_line(usage) for usage in found])

    def outcomes(self) -> Iterator[Sequence[OutcomeRow]]:
        """The stored answers, in the order in which they were given."""
        kept, rows = self._kept, []
        for sealed in kept.outcomes.values():
            is_in_journal = sealed.key in kept.by_key
            rows.append(
                OutcomeRow(
                    sealed.place,
                    sealed.key,
                    sealed.recorded_at.text(),
                    sealed.body,
                    is_in_journal,
                    sealed.leaf,
                )
            )
        return _blocks(rows)


def _entry_line(row: EntryRow) -> str:
    entry, after = row.entry, row.entry.after
    amount = entry.amount if entry.direction is Side.DEBIT else -entry.amount
    columns = (
        entry.number, entry.version, row.sequence, row.leg, entry.asset, amount,
        after.posted_debits, after.posted_credits, after.pending_debits, after.pending_credits,
        row.effective_at.text(), row.recorded_at.text(), entry.pending, entry.direction.value,
    )  # fmt: skip
    return "\t".join(map(str, columns))


def _read(body: bytes) -> _Envelope:
    try:
        return _envelope(body)
    except msgspec.MsgspecError:
        return _Envelope()  # the verifier will say what is wrong with these bytes


def _by_place(index: Mapping[Item, int]) -> dict[int, Item]:
    return {place: name for name, place in index.items()}


def _blocks(rows: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (rows[n : n + _BLOCK] for n in range(0, len(rows), _BLOCK))
