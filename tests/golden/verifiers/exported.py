"""An exported folder as a store keeps it, so that `partita verify` can judge the very same files.

What an export does not hold (usage of limits, roots of tiles) is taken from the ledger it was made of.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from partita.engine.auditing import BEYOND, AccountRow, Audit, Auditor, JournalRow, OutcomeRow
from partita.engine.journal_export import ACCOUNT_COLUMNS, JOURNAL_COLUMNS, OUTCOME_COLUMNS
from partita.engine.log_ports import Cosignature, StoredCheckpoint
from partita.engine.ports import LedgerInfo
from partita.engine.verification import VerificationReport, verify_ledger
from partita.journal import inline_rows
from partita.journal.checkpoint import Checkpoint
from partita.journal.merkle import Frontier
from partita.journal.notes import Note
from partita.journal.record import Head
from partita.journal.tiles import TileRoot
from partita.kernel.moment import Moment


class ExportAudit:
    """The files of an export, read strictly: bytes that mean nothing are refused (ValueError)."""

    def __init__(self, folder: Path, origin: Audit) -> None:
        self._folder, self._origin = folder, origin
        text = (folder / "head.json").read_bytes().decode()
        values = json.loads(text)
        if json.dumps(values, indent=2) + "\n" != text or values["format"] != "1":
            raise ValueError("the head is not spelled as heads are")
        self.ledger = values["ledger"]
        self.head = Head(
            int(values["sequence"]),
            Moment.parse(values["recorded_at"]),
            _bytes(values["frontier"]),
            _bytes(values["root"]),
            int(values["outcomes"]),
            _bytes(values["answers"]),
        )

    def _rows(self, name: str, columns: Sequence[str]) -> list[list[str]]:
        text = (self._folder / name).read_bytes().decode()
        rows = list(csv.reader(io.StringIO(text, newline="")))
        again = io.StringIO(newline="")
        csv.writer(again, lineterminator="\n").writerows(rows)
        if again.getvalue() != text or rows[0] != list(columns):
            raise ValueError(f"{name} is not spelled as tables are")
        return rows[1:]

    def _lines(self, name: str, columns: Sequence[str]) -> Iterator[Sequence[str]]:
        yield ["\t".join(row) for row in self._rows(name, columns)]

    def journal(self, after: int = 0) -> Iterator[Sequence[JournalRow]]:
        """Records and their columns."""
        data = (self._folder / "journal.ndjson").read_bytes()
        *bodies, end = data.split(b"\n")
        if end:
            raise ValueError("the last record has no end")
        rows = self._rows("journal.csv", JOURNAL_COLUMNS)
        yield [
            JournalRow("\t".join([*row[:4], row[4] or "-", f"={row[5]}" if row[5] else "-"]), *rest)
            for row, rest in zip(rows, _with_leaves(bodies, rows), strict=True)
        ]

    def entries(self, after: int = -1, upto: int = BEYOND) -> Iterator[Sequence[str]]:
        """The registers."""
        return self._lines("entries.csv", inline_rows.ENTRY)

    def accounts(self, after: int = -1) -> Iterator[Sequence[AccountRow]]:
        """The chart."""
        yield [
            AccountRow("\t".join([*row[:6], row[7]]), row[6])
            for row in self._rows("accounts.csv", ACCOUNT_COLUMNS)
        ]

    def assets(self) -> Iterator[Sequence[str]]:
        """The registered assets."""
        return self._lines("assets.csv", inline_rows.ASSET)

    def resources(self) -> Iterator[Sequence[str]]:
        """Resources, nulls marked as stores mark them."""
        yield [
            "\t".join([
                *row[:4], f"={row[4]}" if row[4] else "-", *(text or "-" for text in row[5:8]), row[8]
            ])
            for row in self._rows("resources.csv", inline_rows.RESOURCE)
        ]  # fmt: skip

    def resource_changes(self) -> Iterator[Sequence[str]]:
        """Which record changed which."""
        return self._lines("resource_changes.csv", inline_rows.RESOURCE_CHANGE)

    def outcomes(self) -> Iterator[Sequence[OutcomeRow]]:
        """The stored answers."""
        rows = self._rows("outcomes.csv", OUTCOME_COLUMNS)
        yield [
            OutcomeRow(int(place), _bytes(key), time, body, False, _bytes(leaf))
            for place, key, time, body, leaf in rows
        ]

    def usages(self) -> Iterator[Sequence[str]]:
        """What is used of limits: of the ledger itself."""
        return self._origin.usages()

    def log_keys(self) -> Iterator[Sequence[str]]:
        """The log's verifier keys."""
        yield (self._folder / "log" / "keys").read_bytes().decode().removesuffix("\n").split("\n")

    def checkpoints(self) -> Iterator[Sequence[StoredCheckpoint]]:
        """The checkpoints, by size."""
        text = (self._folder / "log" / "checkpoints").read_bytes().decode()
        *parts, end = text.split("\n\n")
        notes = [f"{a}\n\n{b}\n" for a, b in zip(parts[::2], parts[1::2], strict=True)]
        newest = (self._folder / "log" / "checkpoint").read_bytes().decode()
        if end or newest != notes[-1]:
            raise ValueError("the newest checkpoint is not the last one")
        leaves = [_bytes(row[4]) for row in self._rows("outcomes.csv", OUTCOME_COLUMNS)]
        yield [_checkpoint(note, leaves) for note in notes]

    def cosignatures(self) -> Iterator[Sequence[Cosignature]]:
        """None: the specimen has no witness."""
        return iter(())

    def tiles(self) -> Iterator[Sequence[TileRoot]]:
        """The roots of tiles: of the ledger itself."""
        return self._origin.tiles()


def _bytes(text: str) -> bytes:
    """Hexadecimal in its one spelling."""
    if text != text.lower():
        raise ValueError(f"{text} is not in lower case")
    return bytes.fromhex(text)


def _with_leaves(
    bodies: Iterable[bytes], rows: Iterable[Sequence[str]]
) -> Iterator[tuple[bytes, bytes]]:
    return zip(bodies, (_bytes(row[6]) for row in rows), strict=True)


def _checkpoint(note: str, leaves: Sequence[bytes]) -> StoredCheckpoint:
    says, log = Checkpoint.parse(Note.parse(note).text), Frontier()
    answers = says.answers.count if says.answers else 0
    for leaf in leaves[:answers]:
        log.append(leaf)
    return StoredCheckpoint(says.size, says.root, note, Moment(0), answers, log.to_bytes())


class ExportAuditor:
    """Shows an export in place of the ledger that it was made of."""

    def __init__(self, folder: Path, store: Auditor) -> None:
        self._folder, self._store = folder, store

    @contextmanager
    def audit(self, ledger: LedgerInfo) -> Iterator[Audit]:
        """The export."""
        with self._store.audit(ledger) as origin:
            yield ExportAudit(self._folder, origin)


def judge(folder: Path, store: Auditor, ledger: LedgerInfo) -> VerificationReport:
    """What `partita verify` says of an export.

    Raises:
        ValueError: the files are not of the format at all.
    """
    with store.audit(ledger) as origin:
        name = ExportAudit(folder, origin).ledger
    if name != ledger.name:
        raise ValueError(f"this is an export of {name!r}")
    return verify_ledger(ExportAuditor(folder, store), ledger)
