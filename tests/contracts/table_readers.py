"""Readers of exported tables that are none of ours: csv, json, DuckDB, openpyxl. What comes back."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from partita.kernel.moment import Moment
from partita.modules.exports.table import Column, Format, Kind, Row, Value

Read = tuple[list[str], list[tuple[Value, ...]]]
_FLAGS = {"true": True, "false": False}


def _from_csv_cell(text: str, kind: Kind) -> Value:
    if kind in (Kind.TEXT, Kind.DOCUMENT):
        return text[1:] if text[:1] == "'" else text
    if text == "":
        return None
    if kind is Kind.FLAG:
        return _FLAGS[text]
    return text if kind is Kind.MOMENT else int(text)


def read_csv(file: Path, columns: Sequence[Column]) -> Read:
    csv.field_size_limit(1 << 24)  # Python's reader takes 131,072 characters by itself
    with file.open(encoding="utf-8", newline="") as opened:
        head, *lines = csv.reader(opened, strict=True)
    kinds = [column.kind for column in columns]
    return head, [tuple(map(_from_csv_cell, line, kinds)) for line in lines]


def read_ndjson(file: Path, columns: Sequence[Column]) -> Read:
    data = file.read_bytes()
    assert data == b"" or data.endswith(b"\n")
    rows = []
    for line in data.split(b"\n")[:-1]:
        found: dict[str, Any] = json.loads(line, parse_float=_no_float)
        assert list(found) == [column.name for column in columns]
        rows.append(tuple(_from_json(found[each.name], each.kind) for each in columns))
    return [column.name for column in columns], rows


def _no_float(text: str) -> Any:
    return text


def _from_json(value: Any, kind: Kind) -> Value:
    if kind is Kind.AMOUNT and value is not None:
        assert isinstance(value, str), "readers of JSON would round a number"
        return int(value)
    if kind is Kind.DOCUMENT and value is not None:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    plain: Value = value
    return plain


def read_parquet(file: Path, columns: Sequence[Column]) -> Read:
    import duckdb  # noqa: PLC0415 - an optional extra

    del columns
    types = parquet_types(file)
    shown = ", ".join(
        f'epoch_us("{name}")' if "TIMESTAMP" in kind else f'"{name}"'
        for name, kind in types.items()
    )
    with duckdb.connect(":memory:") as database:
        found = database.execute(f"SELECT {shown} FROM read_parquet('{file}')").fetchall()
    return list(types), [tuple(map(_from_parquet, row, types.values())) for row in found]


def _from_parquet(value: Any, kind: str) -> Value:
    if value is None:
        return None
    if "TIMESTAMP" in kind:
        return Moment(value).text()
    plain: Value = int(value) if kind.startswith("DECIMAL") else value
    return plain


def parquet_types(file: Path) -> dict[str, str]:
    import duckdb  # noqa: PLC0415 - an optional extra

    with duckdb.connect(":memory:") as database:
        rows = database.execute(f"DESCRIBE SELECT * FROM read_parquet('{file}')").fetchall()
    return {row[0]: row[1] for row in rows}


def read_xlsx(file: Path, columns: Sequence[Column]) -> Read:
    import openpyxl  # noqa: PLC0415 - only these tests need it
    from openpyxl.utils.escape import unescape  # noqa: PLC0415

    book = openpyxl.load_workbook(file, data_only=False)
    head: list[str] = []
    rows: list[tuple[Value, ...]] = []
    for sheet in book.worksheets:
        lines = sheet.iter_rows(max_col=len(columns))
        head = [str(cell.value) for cell in next(lines)]
        for line in lines:
            assert all(cell.data_type != "f" for cell in line), "no cell is a formula"
            cells = [unescape(c.value) if isinstance(c.value, str) else c.value for c in line]
            kinds = (column.kind for column in columns)
            rows.append(tuple(map(_from_xlsx_cell, cells, kinds)))
    return head, rows


def _from_xlsx_cell(value: Any, kind: Kind) -> Value:
    is_number = kind in (Kind.AMOUNT, Kind.COUNT) and value is not None
    plain: Value = int(value) if is_number else value
    return plain


READERS: dict[Format, Callable[[Path, Sequence[Column]], Read]] = {
    Format.CSV: read_csv,
    Format.NDJSON: read_ndjson,
    Format.PARQUET: read_parquet,
    Format.XLSX: read_xlsx,
}


def as_kept(
    rows: Sequence[Row], kept: Format, columns: Sequence[Column]
) -> list[tuple[Value, ...]]:
    """The rows as a format keeps them: CSV knows no difference between nothing and an empty text."""
    if kept is not Format.CSV:
        return [tuple(row) for row in rows]
    texts = [column.kind in (Kind.TEXT, Kind.DOCUMENT) for column in columns]
    return [
        tuple(
            "" if is_text and value is None else value
            for value, is_text in zip(row, texts, strict=True)
        )
        for row in rows
    ]
