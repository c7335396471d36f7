"""Reading exports: one, many, how far they are, their files and what vouches for those."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from partita.engine.errors import NotFound
from partita.engine.listing import ResourceFilter
from partita.engine.notary import Seal
from partita.engine.ports import LedgerInfo, Reader
from partita.journal.encoding import encode_value
from partita.journal.notes import Note
from partita.kernel.matters import Matter
from partita.modules.exports.export import KIND, Export, ExportStatus, Written, read
from partita.modules.exports.folder import Place
from partita.modules.exports.pace import Pace, pace
from partita.modules.exports.table import Format

MANIFEST = "partita export v1"
"""The first line of a manifest's text; no checkpoint's first line can be like it."""
_NOT_BEGUN = Pace(0, None, is_estimate=True, rows_per_second=None, eta_seconds=None)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a ledger says of a file that came out of it."""

    export: str
    ledger: str
    list: str
    filters: dict[str, str]
    each: str | None
    format: Format
    written: Written


class Exports:
    """Reads the exports of an installation."""

    def __init__(self, store: Reader, seal: Callable[[], Seal], place: Callable[[], Place]) -> None:
        """Read from this store; files are at the place, and the seal vouches for them."""
        self._store, self._seal, self._place = store, seal, place

    def get(self, info: LedgerInfo, identifier: str) -> Export:
        """An export as it is now.

        Raises:
            NotFound: there is none of that id.
        """
        found = self._store.resource(info, KIND, identifier)
        if not isinstance(found, Matter):
            raise NotFound(f"there is no export {identifier!r} in the ledger {info.name!r}")
        return read(found)

    def newest(
        self, info: LedgerInfo, status: ExportStatus | None, before: int | None, limit: int
    ) -> list[Export]:
        """Exports, newest first, with a sequence below `before`."""
        which = ResourceFilter(KIND, state=None if status is None else status.value)
        found = self._store.resources(info, which, before, limit)
        return [read(each) for each in found if isinstance(each, Matter)]

    def pace(self, info: LedgerInfo, export: Export) -> Pace:
        """How far it is."""
        written = export.body.written
        if written is not None:
            return Pace(written.rows, written.rows, is_estimate=False, rows_per_second=None,
                        eta_seconds=None if not export.is_open else 0)  # fmt: skip
        progress = self._place().of(info, export.id).progress()
        return _NOT_BEGUN if progress is None else pace(progress)

    def file(self, info: LedgerInfo, export: Export) -> Path:
        """The file of a completed export.

        Raises:
            NotFound: it is not there: not made yet, expired, or on another machine.
        """
        if export.status is not ExportStatus.COMPLETED:
            raise NotFound(f"{export.id} is {export.status.value}: it has no file")
        file = self._place().of(info, export.id).file
        if not file.is_file():
            raise NotFound(
                f"the file of {export.id} is not in this server's folder of exports;"
                " all servers of an installation must share it (PARTITA_EXPORTS)"
            )
        return file

    def manifest(self, info: LedgerInfo, export: Export) -> Note:
        """The manifest of a completed export, as a note that the ledger's log signed.

        Its text is `MANIFEST`, then one line of JSON.

        Raises:
            NotFound: it is not completed.
        """
        body = export.body
        if body.written is None:
            raise NotFound(f"{export.id} is {export.status.value}: it has no manifest")
        wish = body.wish
        manifest = Manifest(
            export=export.id, ledger=info.name, list=wish.list, filters=wish.filters,
            each=wish.each, format=body.format, written=body.written,
        )  # fmt: skip
        return self._seal().signed(info, f"{MANIFEST}\n{encode_value(manifest)}\n")
