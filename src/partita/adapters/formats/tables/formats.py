"""The formats of this installation: each by its name, and whether what it needs is here."""

from collections.abc import Callable
from pathlib import Path

from partita.adapters.formats.tables import parquet, xlsx
from partita.adapters.formats.tables.csv_lines import CsvLines
from partita.adapters.formats.tables.json_lines import JsonLines
from partita.adapters.formats.tables.parquet import ParquetFile
from partita.adapters.formats.tables.streamed_file import StreamedFile
from partita.adapters.formats.tables.xlsx import XlsxFile
from partita.modules.exports.table import Format, StreamedForm, TableWriter

_STREAMED: dict[Format, StreamedForm] = {Format.CSV: CsvLines(), Format.NDJSON: JsonLines()}
_FILES: dict[Format, Callable[[Path], TableWriter]] = {
    Format.PARQUET: ParquetFile,
    Format.XLSX: XlsxFile,
}
_CHECKS: dict[Format, Callable[[], None]] = {
    Format.PARQUET: parquet.check,
    Format.XLSX: xlsx.check,
}


class TableFormats:
    """All formats that a table can be written in."""

    def check(self, wanted: Format) -> None:
        """Make sure that what a format needs is here.

        Raises:
            FormatUnavailable: it is not installed; the message names the extra.
        """
        if wanted in _CHECKS:
            _CHECKS[wanted]()

    def streamed(self, wanted: Format) -> StreamedForm | None:
        """The form of a format that can be streamed; None for one that needs a file."""
        return _STREAMED.get(wanted)

    def writer(self, wanted: Format, file: Path) -> TableWriter:
        """A writer of this format into a new file."""
        form = _STREAMED.get(wanted)
        return _FILES[wanted](file) if form is None else StreamedFile(form, file)
