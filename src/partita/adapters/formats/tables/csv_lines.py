"""Tables as CSV by RFC 4180, in UTF-8: a header, CRLF at each line's end, quotes where needed.

Amounts are their digits, flags `true` and `false`, and what is not there is an empty cell. Text that a
spreadsheet could take for a formula has an apostrophe before it; so has text that begins with one,
so that whoever reads it back takes exactly one away. Sources: OWASP, CSV Injection (cells that begin
with = + - @ tab or CR), and OWASP ASVS 5.0 requirement 1.2.10 (the NUL character too); the full-width
forms of the signs are taken along, since spreadsheets of East Asia take them alike. Numbers of ours
keep a leading minus: digits alone are nobody's formula.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from partita.modules.exports.table import Column, Kind, Row, Value

_MARKS = frozenset("=+-@\t\r\n\0'＝＋－＠")  # noqa: RUF001 - the full-width signs are meant
_FLAGS = {True: "true", False: "false", None: ""}


def harmless(text: Value) -> Value:
    """A text that no spreadsheet takes for a formula.

    >>> harmless("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text and str(text)[0] in _MARKS else text


def _flag(value: Value) -> Value:
    return _FLAGS[value]  # type: ignore[index]  # a column of flags holds nothing else


_CELLS: dict[Kind, Callable[[Value], Value]] = {
    Kind.TEXT: harmless,
    Kind.DOCUMENT: harmless,
    Kind.FLAG: _flag,
}
"""How values become cells; all others are written as they are."""


class CsvLines:
    """CSV."""

    def head(self, columns: Sequence[Column]) -> bytes:
        """The names of the columns."""
        return _lines([[harmless(column.name) for column in columns]])

    def rows(self, columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
        """These rows."""
        special = [
            (place, _CELLS[column.kind])
            for place, column in enumerate(columns)
            if column.kind in _CELLS
        ]
        cells = []
        for row in rows:
            line = list(row)
            for place, cell in special:
                line[place] = cell(line[place])
            cells.append(line)
        return _lines(cells)


def _lines(rows: Iterable[Row]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue().encode()
