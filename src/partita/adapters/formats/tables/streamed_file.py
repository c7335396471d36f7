"""A streamed format as a file: what it makes of each call goes to the end of it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from partita.modules.exports.table import Column, Row, StreamedForm


class StreamedFile:
    """Writes a table in a streamed form."""

    def __init__(self, form: StreamedForm, file: Path) -> None:
        """Write into this new file."""
        self._form, self._path = form, file
        self._columns: Sequence[Column] = ()

    def open(self, columns: Sequence[Column]) -> None:
        """Begin."""
        self._columns = columns
        self._file = self._path.open("wb")
        self._file.write(self._form.head(columns))

    def write(self, rows: Iterable[Row]) -> None:
        """Go on with these rows."""
        self._file.write(self._form.rows(self._columns, rows))

    def finish(self) -> None:
        """End."""
        self._file.close()

    def abandon(self) -> None:
        """Let go of the file."""
        if hasattr(self, "_file"):
            self._file.close()
