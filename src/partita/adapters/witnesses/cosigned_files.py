"""The last cosigned checkpoint of each log, in files outside of the database.

A database that is put back to an earlier state does not put these back with it: so the next start
sees that it is behind. They hold nothing secret; `cosigned/…json` lies beside the log's key.
"""

from hashlib import sha256
from pathlib import Path

import msgspec

from partita.engine.witness_ports import Cosigned
from partita.journal.durable import write_durably


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """A file's JSON: the note as it is, and the frontier of the answers in hexadecimal."""

    note: str
    answers: str


class CosignedFiles:
    """One file for each log, by SHA-256 of its origin."""

    def __init__(self, folder: Path) -> None:
        """Keep them in this folder, which is made when there is something to keep."""
        self._folder = folder

    def last(self, origin: str) -> Cosigned | None:
        """What was remembered last; None of a log that was never cosigned.

        Raises:
            ValueError: the file is not what this program writes.
        """
        file = self.file(origin)
        if not file.exists():
            return None
        try:
            kept = msgspec.json.decode(file.read_bytes(), type=_File)
            return Cosigned(kept.note, bytes.fromhex(kept.answers))
        except (msgspec.MsgspecError, ValueError) as error:
            raise ValueError(f"{file} cannot be read: {error}") from error

    def remember(self, origin: str, cosigned: Cosigned) -> None:
        """Have this as the last one; durable when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = _File(cosigned.note, cosigned.answers.hex())
        text = msgspec.json.format(msgspec.json.encode(kept).decode(), indent=1)
        write_durably(self.file(origin), f"{text}\n")

    def file(self, origin: str) -> Path:
        """Where the last cosigned checkpoint of a log stands."""
        return self._folder / f"{sha256(origin.encode()).hexdigest()[:32]}.json"
