"""Exports, put together: who reads lists, who knows formats, where files go, who writes them."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from partita.adapters.formats.tables.formats import TableFormats
from partita.engine.ledger import Ledger
from partita.engine.notary import Seal
from partita.engine.ports import Clock
from partita.modules.exports.folder import Place
from partita.modules.exports.lists import Lists, NoLists
from partita.modules.exports.process import Books, ExportsProcess, Workshop
from partita.modules.exports.reading import Exports
from partita.modules.exports.table import Formats


class Exporting:
    """All that has to do with lists as files."""

    def __init__(
        self,
        store: Books,
        ledger_of: Callable[[str], Ledger],
        seal: Callable[[], Seal],
        clock: Clock,
    ) -> None:
        """`ledger_of` opens a ledger by its name; the seal vouches for files."""
        self.formats: Formats = TableFormats()
        self.lists: Lists = NoLists()
        """Who reads lists to their end: a face says so when it begins (`every_list.py`)."""
        self._place: Place | None = None
        self._made: Path | None = None
        self.exports = Exports(store, seal, lambda: self.place)
        workshop = Workshop(lambda: self.lists, self.formats, lambda: self.place, clock)
        self.process = ExportsProcess(store, ledger_of, workshop)

    @property
    def place(self) -> Place:
        """Where files are; unless told otherwise, in a folder that is gone with this."""
        if self._place is None:
            self._made = Path(tempfile.mkdtemp(prefix="partita-exports-"))
            self._place = Place(self._made)
        return self._place

    @place.setter
    def place(self, place: Place) -> None:
        self._place = place

    def close(self) -> None:
        """Let go of what reads, and of files that nobody could find again."""
        self.lists.close()
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)
