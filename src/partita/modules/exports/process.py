"""The process that writes exports: a part of each at a time, so that none waits for another's end.

    requested ─► running ─► parts … ─► all is read ─► the file is made, hashed ─► completed

All it knows stands in the journal and in the export's folder. Whoever kills it, it goes on from the
last part that was durable; two of them at once never write in one folder (`ExportFolder.held`).
"""

import logging
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from partita.engine.asking import ask
from partita.engine.errors import FormatUnavailable, PartitaError
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Refused
from partita.engine.ports import Clock, LedgerInfo, Reader, Store
from partita.engine.wanting import Act
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.exports.deciding import BeginExport, CompleteExport, ExpireExport, FailExport
from partita.modules.exports.export import KIND, PREFIX, Export, ExportStatus, Written, read
from partita.modules.exports.folder import ExportFolder, Place, Progress
from partita.modules.exports.lists import ListRefused, Lists, OpenedList
from partita.modules.exports.pace import noted
from partita.modules.exports.rows import WAITING, waiting_rows
from partita.modules.exports.table import FormatRefused, Formats, Row, StreamedForm

ACTOR = "exports"
_DAY = 86_400_000_000
_MOST_AT_ONCE = 4
_PAGE = 200
_ROWS_AT_ONCE = 1_000
_PIECE_BYTES = 1 << 20
_MOST_TRIES = 5
_SWEEP_EVERY = 60_000_000
_log = logging.getLogger(__name__)


class Books(Store, Reader, Protocol):
    """Both sides of a store."""


class Workshop(NamedTuple):
    """What exports are made with: who reads lists, who knows formats, and where files are kept.

    `lists` and `place` are asked for each time: they come when the application is there already.
    """

    lists: Callable[[], Lists]
    formats: Formats
    place: Callable[[], Place]
    clock: Clock


class ExportsProcess:
    """Writes the exports of all ledgers."""

    name = "exports"

    def __init__(
        self, store: Books, ledger_of: Callable[[str], Ledger], workshop: Workshop,
        *, part_seconds: float = 1.0, look_seconds: float = 0.2,
    ) -> None:  # fmt: skip
        """`ledger_of` opens a ledger by its name.

        A part is what is written in `part_seconds`; where nothing is open, it looks again after
        `look_seconds` at the soonest, however often it is woken.
        """
        self._store, self._ledger_of, self._workshop = store, ledger_of, workshop
        self._part_seconds, self._look_seconds = part_seconds, look_seconds
        self._next_look, self._next_sweep = 0.0, Moment(0)
        self._opened: dict[str, OpenedList] = {}
        self._tries: dict[str, int] = {}
        self._is_closing = False

    def close(self) -> None:
        """Break off what takes long; it is begun again by whoever comes next."""
        self._is_closing = True

    def run_once(self, now: Moment) -> int:
        """Write a part of each export that is open; how many went on."""
        if time.monotonic() < self._next_look:
            return 0
        done = 0
        for info in self._store.ledgers():
            done += sum(self._go_on(info, export, now) for export in self._open(info))
            done += self._expire(info, now)
        self._sweep(now)
        if not done:
            self._next_look = time.monotonic() + self._look_seconds
        return done

    def _open(self, info: LedgerInfo) -> list[Export]:
        """Those that have begun, and as many of the others as there is room for, oldest first."""
        running = self._of_status(info, ExportStatus.RUNNING)
        room = max(0, _MOST_AT_ONCE - len(running))
        return running + self._of_status(info, ExportStatus.REQUESTED)[:room]

    def _of_status(self, info: LedgerInfo, status: ExportStatus) -> list[Export]:
        which = ResourceFilter(KIND, state=status.value)
        found = self._store.resources(info, which, None, _PAGE)
        return [read(each) for each in reversed(found) if isinstance(each, Matter)]

    def folder(self, info: LedgerInfo, identifier: str) -> ExportFolder:
        """Where an export is written."""
        return self._workshop.place().of(info, identifier)

    def _go_on(self, info: LedgerInfo, export: Export, now: Moment) -> bool:
        """Write a part of one export; whether anything was done."""
        try:
            with self.folder(info, export.id).held() as is_ours:
                went_on = is_ours and self._further(info, export, now)
        except (ListRefused, FormatUnavailable, FormatRefused) as error:
            return self._fail(info, export, str(error))
        except PartitaError as error:
            _log.warning("export %s cannot go on now, trying again: %s", export.id, error)
            return False
        except Exception as error:  # noqa: BLE001 - one export's trouble is not another's
            return self._stumble(info, export, error)
        self._tries.pop(export.id, None)
        return went_on

    def _further(self, info: LedgerInfo, export: Export, now: Moment) -> bool:
        folder = self.folder(info, export.id)
        if export.status is ExportStatus.REQUESTED:
            self._ask(info, BeginExport(export.id))
        progress = folder.progress()
        if progress is None:
            sequence = self._store.head(info).sequence
            progress = Progress(from_sequence=sequence, begun_at=now, noted_at=now)
        if not progress.is_read:
            self._read_on(info, export, progress)
        else:
            self._finish(info, export, progress, now)
        return True

    def _form(self, export: Export) -> StreamedForm:
        return self._workshop.formats.streamed(export.body.format) or WAITING

    def _list(self, info: LedgerInfo, export: Export) -> OpenedList:
        if export.id not in self._opened:
            self._workshop.formats.check(export.body.format)
            self._opened[export.id] = self._workshop.lists().open(info.name, export.body.wish)
        return self._opened[export.id]

    def _read_on(self, info: LedgerInfo, export: Export, progress: Progress) -> None:
        """Write the next part: pages, until its time is over or the list is."""
        opened, form, until = self._list(info, export), self._form(export), None
        folder = self.folder(info, export.id)
        with folder.open_part(progress) as file:
            if progress.bytes == 0:
                file.write(form.head(opened.columns))
            while not progress.is_read and (until is None or time.monotonic() < until):
                until = until or time.monotonic() + self._part_seconds
                page = opened.page(progress.cursor)
                file.write(form.rows(opened.columns, page.rows))
                progress = noted(progress, page)
            sequence = self._store.head(info).sequence
            progress = replace(
                progress, bytes=file.tell(), to_sequence=sequence,
                noted_at=self._workshop.clock.now(),
            )  # fmt: skip
            folder.note(file, progress)

    def _finish(self, info: LedgerInfo, export: Export, progress: Progress, now: Moment) -> None:
        """Make the file of what was read, unless that was done before a crash, and say so."""
        folder = self.folder(info, export.id)
        if not folder.file.exists():
            if self._workshop.formats.streamed(export.body.format) is not None:
                folder.keep(folder.part)
            elif not self._made(folder, export, self._list(info, export)):
                return
        written = Written(
            rows=progress.rows,
            bytes=folder.file.stat().st_size,
            sha256=_hash(folder.file),
            from_sequence=progress.from_sequence,
            to_sequence=progress.to_sequence,
        )
        expires_at = Moment(now + self._workshop.place().keep_days * _DAY)
        self._ask(info, CompleteExport(export.id, written, expires_at))
        folder.part.unlink(missing_ok=True)
        self._opened.pop(export.id, None)

    def _made(self, folder: ExportFolder, export: Export, opened: OpenedList) -> bool:
        """Make a file of the rows that wait; False if it was broken off."""
        draft = folder.path / "file.draft"
        writer = self._workshop.formats.writer(export.body.format, draft)
        try:
            writer.open(opened.columns)
            with folder.part.open("rb") as file:
                for rows in _by_the_thousand(waiting_rows(file, opened.columns)):
                    if self._is_closing:
                        writer.abandon()
                        return False
                    writer.write(rows)
            writer.finish()
        except BaseException:
            writer.abandon()
            raise
        folder.keep(draft)
        return True

    def _fail(self, info: LedgerInfo, export: Export, problem: str) -> bool:
        self._ask(info, FailExport(export.id, problem[:500]))
        self._forget(info, export.id)
        return True

    def _stumble(self, info: LedgerInfo, export: Export, error: Exception) -> bool:
        """A defect: try a few times more, for it may be the disk's, then give up and say so."""
        tries = self._tries[export.id] = self._tries.get(export.id, 0) + 1
        _log.error("export %s failed, try %d: %s", export.id, tries, error, exc_info=error)
        if tries < _MOST_TRIES:
            return False
        return self._fail(info, export, f"The server failed {tries} times; its log says how.")

    def _expire(self, info: LedgerInfo, now: Moment) -> int:
        due = self._store.matters_due(info, now, _PAGE, (KIND,))
        for matter in due:
            self._ask(info, ExpireExport(matter.id))
            self._forget(info, matter.id)
        return len(due)

    def _sweep(self, now: Moment) -> None:
        """Remove the folders of exports that were called off, or are over in any other way."""
        if now < self._next_sweep:
            return
        self._next_sweep = Moment(now + _SWEEP_EVERY)
        for info in self._store.ledgers():
            for path in sorted((self._workshop.place().folder / info.name).glob(f"{PREFIX}*")):
                matter = self._store.resource(info, KIND, path.name)
                export = read(matter) if isinstance(matter, Matter) else None
                is_kept = export is not None and (
                    export.is_open or export.status is ExportStatus.COMPLETED
                )
                if not is_kept:
                    self._forget(info, path.name)

    def _forget(self, info: LedgerInfo, identifier: str) -> None:
        self._opened.pop(identifier, None)
        self._tries.pop(identifier, None)
        self.folder(info, identifier).remove()

    def _ask(self, info: LedgerInfo, act: Act) -> None:
        """Have it noted; that it was noted before, or the export called off, is as well."""
        outcome = ask(self._ledger_of(info.name), wish(act, actor=ACTOR))
        if isinstance(outcome, Refused):
            _log.info("export: %s", outcome.rejection.detail)


def _by_the_thousand(rows: Iterator[Row]) -> Iterator[list[Row]]:
    gathered: list[Row] = []
    for row in rows:
        gathered.append(row)
        if len(gathered) == _ROWS_AT_ONCE:
            yield gathered
            gathered = []
    if gathered:
        yield gathered


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
