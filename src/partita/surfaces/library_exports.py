"""What the library does with lists as files: write one at once, or have one written as a job."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from partita.engine.ledger import Ledger
from partita.engine.wanting import Act
from partita.kernel.events import resource_in
from partita.modules.exports.deciding import CancelExport, RequestExport
from partita.modules.exports.direct import write_list
from partita.modules.exports.export import Export, ExportStatus, as_export
from partita.modules.exports.lists import KnownList, Lists, ListWish
from partita.modules.exports.pace import Pace
from partita.modules.exports.table import Format
from partita.surfaces.library_outcomes import Submits, record_of
from partita.wiring import Application


class ExportMethods(Submits):
    """The methods of `LibraryLedger` about lists as files."""

    _application: Application
    _ledger: Ledger

    def lists(self) -> list[KnownList]:
        """Every list that can be exported, with its filters and columns."""
        return self._lists().known()

    def _lists(self) -> Lists:
        # Imported here, since it brings all of the HTTP surface, whose shapes the columns are.
        from partita.surfaces.http.every_list import lists_of  # noqa: PLC0415

        return lists_of(self._application)

    async def export_list(
        self,
        name: str,
        file: Path | str,
        *,
        format: Format | str | None = None,
        filters: Mapping[str, str] | None = None,
        each: str | None = None,
    ) -> int:
        """Write all of a list to a file now; how many rows it has.

        Without a `format` the file's suffix says it. `each` asks for a row for each of those within
        an item: `each="postings"` of `transactions`.

        Raises:
            ListRefused: there is no such list, or it has no such filters.
            FormatUnavailable: what the format needs is not installed.
        """
        path = Path(file)
        kept = Format(path.suffix.lstrip(".") if format is None else format)
        wish = ListWish(list=name, filters=dict(filters or {}), each=each)
        formats, ledger = self._application.exporting.formats, self._ledger.info.name
        opened = await asyncio.to_thread(self._lists().open, ledger, wish)
        return await asyncio.to_thread(write_list, opened, formats, kept, path)

    async def request_export(
        self,
        name: str,
        format: Format | str,
        *,
        filters: Mapping[str, str] | None = None,
        each: str | None = None,
        external_id: str | None = None,
        key: str | None = None,
    ) -> Export:
        """Have a list written to a file by whoever does such work: a worker on the same books.

        Raises:
            ListRefused: there is no such list, or it has no such filters.
            FormatUnavailable: what the format needs is not installed.
        """
        wish = ListWish(
            list=name, filters=dict(filters or {}), each=each, reach=self._ledger.info.name
        )
        self._application.exporting.formats.check(Format(format))
        self._lists().open(self._ledger.info.name, wish)
        return await self._export(RequestExport(wish, Format(format), external_id), key)

    async def export(self, export: Export | str) -> Export:
        """An export as it is now.

        Raises:
            NotFound: there is none of that id.
        """
        find, info = self._application.exporting.exports.get, self._ledger.info
        return await asyncio.to_thread(find, info, _id(export))

    async def exports(
        self, *, status: ExportStatus | str | None = None, limit: int = 50
    ) -> list[Export]:
        """Exports, newest first."""
        wanted = None if status is None else ExportStatus(status)
        find, info = self._application.exporting.exports.newest, self._ledger.info
        return await asyncio.to_thread(find, info, wanted, None, limit)

    async def export_progress(self, export: Export) -> Pace:
        """How far it is."""
        return await asyncio.to_thread(
            self._application.exporting.exports.pace, self._ledger.info, export
        )  # fmt: skip

    async def export_file(self, export: Export) -> Path:
        """Where the file of a completed export is.

        Raises:
            NotFound: it has none.
        """
        return await asyncio.to_thread(
            self._application.exporting.exports.file, self._ledger.info, export
        )  # fmt: skip

    async def export_manifest(self, export: Export) -> str:
        """What vouches for the file of a completed export: a note that the ledger's log signed.

        Raises:
            NotFound: it has none.
        """
        make, info = self._application.exporting.exports.manifest, self._ledger.info
        return (await asyncio.to_thread(make, info, export)).full()

    async def cancel_export(
        self, export: Export | str, *, reason: str | None = None, key: str | None = None
    ) -> Export:
        """Call it off.

        Raises:
            Rejected: it is over.
        """
        return await self._export(CancelExport(_id(export), reason), key)

    async def _export(self, act: Act, key: str | None) -> Export:
        return as_export(resource_in(record_of(await self.submit(act, key=key)).event))


def _id(export: Export | str) -> str:
    return export if isinstance(export, str) else export.id
