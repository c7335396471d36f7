"""Tables as XLSX (ECMA-376), by XlsxWriter in constant memory: rows go to disk as they come.

XlsxWriter is in the optional extra `export`. A spreadsheet's numbers are binary fractions of 15
digits, so amounts, moments and longer counts are text cells: exact, and nothing to calculate with
until somebody says so. Text is always written as text, never as a formula or a link; where its first
character could mislead whoever edits the cell, it has the cell's own apostrophe (`quotePrefix`), which
is not part of the value. A sheet has 1,048,576 rows; behind them the next sheet begins, with the same
header.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from partita.engine.errors import FormatUnavailable
from partita.modules.exports.table import Column, FormatRefused, Kind, Row

SHEET_ROWS = 1_048_576
"""The rows of a sheet, its header among them: a limit of the format."""
MOST_CHARACTERS = 32_767
"""The characters (UTF-16 units) of a cell: a limit of the format."""
_EXACT = 10**15
_MARKS = frozenset("=+-@\t\r\n'＝＋－＠")  # noqa: RUF001 - the full-width signs are meant
_MEND = "Excel needs XlsxWriter: pip install 'partita[export]'"


def check() -> None:
    """Make sure that XlsxWriter is here.

    Raises:
        FormatUnavailable: it is not installed.
    """
    try:
        import xlsxwriter  # noqa: F401, PLC0415 - an optional extra
    except ImportError as error:
        raise FormatUnavailable(_MEND) from error


class XlsxFile:
    """Writes a table as sheets of one workbook."""

    def __init__(self, file: Path, *, sheet_rows: int = SHEET_ROWS) -> None:
        """Write into this new file; tests make smaller sheets."""
        self._path, self._sheet_rows = file, sheet_rows
        self._columns: Sequence[Column] = ()
        self._next_row, self._sheets = 0, 0
        self._book: Any = None

    def open(self, columns: Sequence[Column]) -> None:
        """Begin with the first sheet."""
        check()
        import xlsxwriter  # noqa: PLC0415 - an optional extra

        options = {
            "constant_memory": True, "tmpdir": str(self._path.parent), "use_zip64": True,
            "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        }  # fmt: skip
        self._book = xlsxwriter.Workbook(str(self._path), options)
        self._bold = self._book.add_format({"bold": True})
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._columns = columns
        self._writers = [self._writer(column) for column in columns]
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(f"rows {self._sheets}", _plain_sheets())
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            self._sheet.write_string(0, place, column.name, self._bold)
        self._next_row = 1

    def write(self, rows: Iterable[Row]) -> None:
        """Go on with these rows."""
        for row in rows:
            if self._next_row == self._sheet_rows:
                self._begin_sheet()
            for place, (value, write) in enumerate(zip(row, self._writers, strict=True)):
                if value is not None:
                    write(self._next_row, place, value)
            self._next_row += 1

    def _writer(self, column: Column) -> Callable[[int, int, Any], None]:
        """How the values of a column are written."""

        def text(row: int, place: int, value: Any) -> None:
            shown = str(value)
            if len(shown) > MOST_CHARACTERS // 2 and _units(shown) > MOST_CHARACTERS:
                raise FormatRefused(
                    f"{column.name} in row {row} has more than {MOST_CHARACTERS:,} characters, which"
                    " no cell of a spreadsheet holds; export to ndjson, csv or parquet"
                )
            style = self._quoted if is_text and shown[:1] in _MARKS else None
            self._sheet.write_string(row, place, shown, style)

        def number(row: int, place: int, value: Any) -> None:
            if -_EXACT < value < _EXACT:
                self._sheet.write_number(row, place, value)
            else:
                text(row, place, value)

        def flag(row: int, place: int, value: Any) -> None:
            self._sheet.write_boolean(row, place, value)

        is_text = column.kind in (Kind.TEXT, Kind.DOCUMENT)
        return {Kind.COUNT: number, Kind.FLAG: flag}.get(column.kind, text)

    def finish(self) -> None:
        """Pack the sheets."""
        self._book.close()

    def abandon(self) -> None:
        """Let go of the sheets that were begun."""
        if self._book is None:
            return
        for sheet in self._book.worksheets():
            # Closing the book would pack it; only its rows' own files are to go.
            handle = getattr(sheet, "row_data_fh", None)
            if handle is not None:
                handle.close()
            Path(sheet.row_data_filename).unlink(missing_ok=True)
        self._book.fileclosed = True


@cache
def _plain_sheets() -> Any:
    """Sheets whose text is always escaped.

    In constant memory, XlsxWriter 3.3 takes any text within <r> and </r> for markup of its own and
    writes it as it is; so a text could bring cells, formulas among them.
    """
    from xlsxwriter.worksheet import Worksheet  # noqa: PLC0415 - an optional extra

    class PlainSheet(Worksheet):  # type: ignore[misc]  # ships no types
        def _xml_rich_inline_string(self, string: str, attributes: Any) -> None:
            self._xml_inline_string(string, True, attributes)

    return PlainSheet


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
