"""The resume point: how far an import has come, in a small file that is replaced atomically.

It is a hint that saves work, never what keeps the books right: that is done by the idempotency
keys. So a resume point that is missing, unreadable or of another import only means beginning at
the beginning, and every transaction that is in already is answered as a replay.
"""

import os
from pathlib import Path

import msgspec

from partita.engine.ports import LedgerInfo


class Counts(msgspec.Struct):
    """What became of the rows so far; the four figures add up to the rows done.

    `posted` are new in the journal, `replayed` were in before, `rejected` were refused by the
    ledger's rules, `failed` could not be read. `accounts_opened` counts new accounts.
    """

    posted: int = 0
    replayed: int = 0
    rejected: int = 0
    failed: int = 0
    accounts_opened: int = 0

    @property
    def rows(self) -> int:
        """How many rows are done."""
        return self.posted + self.replayed + self.rejected + self.failed


class ResumePoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rows up to `counts.rows`, in booking order, are durably done.

    `line` is the last of them in the file, for people. `digest` names file and profile,
    `ledger` with `ledger_created_at` the ledger, and `sequence` is the highest that an outcome
    carried: a journal that is shorter than that has forgotten rows. `errors_bytes` is the length of the errors
    file at this point: what stands behind it was written by rows that will be done again.
    """

    digest: str
    ledger: str
    ledger_created_at: int
    line: int
    sequence: int
    errors_bytes: int
    counts: Counts

    def is_of(self, digest: str, ledger: LedgerInfo) -> bool:
        """Whether it belongs to this import into this ledger."""
        mine = (self.digest, self.ledger, self.ledger_created_at)
        return mine == (digest, ledger.name, int(ledger.created_at))


def load(file: Path) -> ResumePoint | None:
    """The resume point in a file; None if there is none that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=ResumePoint)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def save(file: Path, point: ResumePoint) -> None:
    """Replace the resume point, so that a crash leaves either the old one or the new one."""
    fresh = file.with_name(file.name + ".new")
    with fresh.open("wb") as out:
        out.write(msgspec.json.format(msgspec.json.encode(point)) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


def clear(file: Path) -> None:
    """Remove the resume point: the import came to its end."""
    file.unlink(missing_ok=True)
