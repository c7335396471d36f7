"""The folder of one export: its file in the making, how far it is, and at last the file itself.

    progress.json   rows, bytes and cursor up to which everything is on disk; replaced in one step
    lock            held by whoever writes; a lock of the kernel's, gone with its process
    rows.part       grows by a part at a time; what stands behind `bytes` was not finished and is cut off
    file            the whole file, under its name only once it is whole and durable

A part counts once its bytes are durable and then `progress.json` says so, in that order. So whoever
comes back after a crash, at any moment, finds a beginning of the file and the place to go on from,
and a file in a streamed form has the same bytes as if nothing had happened.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from partita.engine.ports import LedgerInfo
from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.moment import Moment

EPOCH = Moment(0)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an export is; all of it is on disk.

    `cursor` is where the next page begins, None at the start and (with `is_read`) at the end.
    `first_place` and `place` are the places of the first and the last cursor, where those are
    numbers, and `first_rows` what stood before the first: what is left can be guessed from them.
    """

    rows: int = 0
    bytes: int = 0
    cursor: str | None = None
    is_read: bool = False
    from_sequence: int = 0
    to_sequence: int = 0
    begun_at: Moment = EPOCH
    noted_at: Moment = EPOCH
    first_place: int | None = None
    first_rows: int = 0
    place: int | None = None


_decode = value_decoder(Progress)


class Place(NamedTuple):
    """Where the folders of exports are, one for each ledger, and how long files are kept there."""

    folder: Path
    keep_days: int = 7

    def of(self, info: LedgerInfo, identifier: str) -> "ExportFolder":
        """The folder of one export."""
        return ExportFolder(self.folder / info.name / identifier)


class ExportFolder:
    """Where one export is written."""

    def __init__(self, path: Path) -> None:
        """The folder need not be there yet."""
        self.path = path
        self.part, self.file = path / "rows.part", path / "file"
        self._progress = path / "progress.json"

    def progress(self) -> Progress | None:
        """How far it is; None if nothing has been written, or all is gone."""
        try:
            return _decode(self._progress.read_text())
        except FileNotFoundError:
            return None

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the folder against all other processes; False if one of them has it already."""
        self.path.mkdir(0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(descriptor)

    def open_part(self, progress: Progress) -> BinaryIO:
        """The part, cut to what is known to be whole, to go on behind that."""
        file = self.part.open("r+b" if self.part.exists() else "w+b")
        file.truncate(progress.bytes)
        file.seek(progress.bytes)
        return file

    def note(self, file: BinaryIO, progress: Progress) -> None:
        """Make the part durable, then say how far it reaches."""
        file.flush()
        os.fsync(file.fileno())
        self._replace(self._progress, encode_value(progress).encode())

    def keep(self, made: Path) -> None:
        """Give a file that is whole its name."""
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(self.file)
        self._make_durable()

    def _replace(self, target: Path, data: bytes) -> None:
        draft = target.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        self._make_durable()

    def _make_durable(self) -> None:
        """The names in the folder, too."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self) -> None:
        """All of it is gone."""
        shutil.rmtree(self.path, ignore_errors=True)
