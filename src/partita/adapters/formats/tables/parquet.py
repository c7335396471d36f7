"""Tables as Parquet, by DuckDB: rows wait in a text file and become columns at the end, at once.

DuckDB is in the optional extra `export`. It takes rows one by one only slowly, so they are written
as CSV beside the file first; that, and the writing of Parquet, are parts of it from the start, and it
is told to fetch nothing. Its memory is bounded; what does not fit goes to disk.

    TEXT, DOCUMENT VARCHAR · AMOUNT DECIMAL(38,0) · MOMENT TIMESTAMP WITH TIME ZONE · COUNT BIGINT ·
    FLAG BOOLEAN

A column of amounts in which one has more than 38 digits is text as a whole, and is called so:
`amount` becomes `amount_text`.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from partita.engine.errors import FormatUnavailable
from partita.modules.exports.table import AMOUNT_DIGITS, Column, Kind, Row

TEXT_SUFFIX = "_text"
"""Behind the name of a column of amounts that had to become text."""
MEMORY_MEGABYTES = 256
"""What DuckDB may take; beyond that it writes to disk."""
ROW_GROUP = 20_480
"""The rows that are turned into columns at once: what is in memory grows with it."""
_LONGEST_LINE_BYTES, _BUFFER_BYTES = 8 << 20, 16 << 20
_SQL_TYPES: dict[Kind, str] = {
    Kind.AMOUNT: f"DECIMAL({AMOUNT_DIGITS},0)",
    Kind.MOMENT: "TIMESTAMP WITH TIME ZONE",
    Kind.COUNT: "BIGINT",
    Kind.FLAG: "BOOLEAN",
}
_MEND = "Parquet needs DuckDB: pip install 'partita[export]'"


def check() -> None:
    """Make sure that DuckDB is here.

    Raises:
        FormatUnavailable: it is not installed.
    """
    try:
        import duckdb  # noqa: F401, PLC0415 - an optional extra
    except ImportError as error:
        raise FormatUnavailable(_MEND) from error


_ESCAPES = {"\n": "n", "\r": "r", "\x1e": "e"}
"""What no line of the waiting rows holds, and the letter that stands for it behind a mark, so that
DuckDB may cut lines wherever it likes. The mark's own comes last: it is taken back last."""
_ESCAPED = str.maketrans({character: f"\x1e{letter}" for character, letter in _ESCAPES.items()})
_TEXTS = (Kind.TEXT, Kind.DOCUMENT)
_LARGEST = 10**AMOUNT_DIGITS


class ParquetFile:
    """Writes a table as one Parquet file."""

    def __init__(self, file: Path) -> None:
        """Write into this new file; rows wait in another one beside it."""
        self._path, self._waiting = file, file.with_name(f"{file.name}.rows")
        self._columns: Sequence[Column] = ()
        self._wide: set[int] = set()
        self._escaped: set[int] = set()
        self._file: io.TextIOWrapper | None = None

    def open(self, columns: Sequence[Column]) -> None:
        """Begin."""
        check()
        self._columns = columns
        self._texts = [n for n, c in enumerate(columns) if c.kind in _TEXTS]
        self._amounts = [n for n, c in enumerate(columns) if c.kind is Kind.AMOUNT]
        self._file = self._waiting.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)

    def write(self, rows: Iterable[Row]) -> None:
        """Go on with these rows."""
        for row in rows:
            line = list(row)
            for place in self._texts:
                if (value := line[place]) is not None:
                    line[place] = self._marked(place, str(value))
            for place in self._amounts:
                if abs(int(line[place] or 0)) >= _LARGEST:
                    self._wide.add(place)
            self._csv.writerow(line)

    def _marked(self, place: int, text: str) -> str:
        """A text that is not empty even if it is, on one line: an empty cell is one of nothing."""
        if text.isprintable():
            return f".{text}"
        self._escaped.add(place)
        return f".{text.translate(_ESCAPED)}"

    def finish(self) -> None:
        """Turn rows into columns."""
        import duckdb  # noqa: PLC0415 - an optional extra

        assert self._file is not None, "a table is opened before it is finished"
        self._file.close()
        # What is in force from the start cannot be changed by what is read.
        limits: dict[str, Any] = {
            "memory_limit": f"{MEMORY_MEGABYTES}MB", "threads": 1,
            "temp_directory": str(self._path.parent), "autoinstall_known_extensions": False,
            "autoload_known_extensions": False, "preserve_insertion_order": True,
        }  # fmt: skip
        with duckdb.connect(":memory:", config=limits) as database:
            names = [f"c{place}" for place in range(len(self._columns))]
            rows = database.read_csv(
                str(self._waiting), columns=dict.fromkeys(names, "VARCHAR"), header=False,
                delimiter=",", quotechar='"', escapechar='"', na_values="",
                lineterminator=duckdb.CSVLineTerminator.LINE_FEED,
                auto_detect=False, max_line_size=_LONGEST_LINE_BYTES, buffer_size=_BUFFER_BYTES,
            )  # fmt: skip
            shown = [self._shown(place, column) for place, column in enumerate(self._columns)]
            rows.select(*shown).write_parquet(
                str(self._path), compression="zstd", row_group_size=ROW_GROUP
            )
        self._waiting.unlink()

    def _shown(self, place: int, column: Column) -> Any:
        """A column as it stands in the file, out of the text that waits."""
        import duckdb  # noqa: PLC0415 - an optional extra

        cell = duckdb.ColumnExpression(f"c{place}")
        if column.kind in _TEXTS:
            text = duckdb.FunctionExpression("substr", cell, duckdb.ConstantExpression(2))
            for character, letter in _ESCAPES.items() if place in self._escaped else ():
                given = (duckdb.ConstantExpression(each) for each in (f"\x1e{letter}", character))
                text = duckdb.FunctionExpression("replace", text, *given)
            return text.alias(column.name)
        if place in self._wide:
            return cell.alias(column.name + TEXT_SUFFIX)
        return cell.cast(_SQL_TYPES[column.kind]).alias(column.name)

    def abandon(self) -> None:
        """Let go of the rows that wait."""
        if self._file is not None:
            self._file.close()
        self._waiting.unlink(missing_ok=True)
