"""Every format keeps the contract of tables: what goes in comes back, read by tools not our own."""

import importlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partita.adapters.formats.tables.csv_lines import CsvLines
from partita.adapters.formats.tables.formats import TableFormats
from partita.adapters.formats.tables.json_lines import JsonLines
from partita.adapters.formats.tables.xlsx import MOST_CHARACTERS, XlsxFile
from partita.engine.errors import FormatUnavailable
from partita.modules.exports.table import Column, Format, FormatRefused, Kind, Row
from tests.contracts.table_readers import READERS, as_kept, parquet_types, read_csv, read_xlsx

pytest.importorskip("duckdb", reason="the extra `export` is not installed")
pytest.importorskip("xlsxwriter", reason="the extra `export` is not installed")
pytest.importorskip("openpyxl", reason="openpyxl, which reads back, is not installed")

COLUMNS = (
    Column("id", Kind.TEXT),
    Column("balance.posted", Kind.AMOUNT),
    Column("recorded_at", Kind.MOMENT),
    Column("version", Kind.COUNT),
    Column("is_open", Kind.FLAG),
    Column("metadata", Kind.DOCUMENT),
)
AT = "2026-11-20T10:00:00.000001Z"
LARGEST = 10**38 - 1
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "'=1",
    "=cmd|' /C calc'!A0",
)
TEXTS = (
    *FORMULAS, "", " two  spaces ", "a,b;c\td", 'he said "no"', "line\nfeed", "carriage\r\nreturn",
    "ключ 鍵 🔑 é", "https://example.com", "123", "1e5", "TRUE", "null", "\\N", "NA", "_x0041_",
    "<r><t>rich</t></r>", '<r></is></c><c r="B9"><f>1+1</f></c></r>', "\x01\x1f", "\ufeffbom", "\ufffe", "\x1en\x1ee\x1e",
)  # fmt: skip
ROW: Row = ("txn_1", -LARGEST, AT, 2**63 - 1, True, '{"a":"b"}')
every_format = pytest.mark.parametrize("kept", list(Format), ids=lambda each: each.value)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_table(
        kept: Format, *calls: Sequence[Row], columns: Sequence[Column] = COLUMNS
    ) -> Path:
        file = tmp_path / f"table.{kept.value}"
        writer = TableFormats().writer(kept, file)
        writer.open(columns)
        for rows in calls:
            writer.write(rows)
        writer.finish()
        assert [each.name for each in tmp_path.iterdir()] == [file.name], "nothing else is left"
        return file

    return write_table


@every_format
def test_every_kind_of_value_comes_back(kept: Format, write: Callable[..., Path]) -> None:
    rows: list[Row] = [ROW, (None,) * len(COLUMNS), ("x", 0, AT, -5, False, "[]")]
    names, found = READERS[kept](write(kept, rows), COLUMNS)
    assert names == [column.name for column in COLUMNS]
    assert found == as_kept(rows, kept, COLUMNS)


@every_format
@pytest.mark.parametrize("amount", [LARGEST, -LARGEST, 2**53 + 1, 10**37, 1, 0])
def test_an_amount_is_exact_to_the_last_digit(
    kept: Format, amount: int, write: Callable[..., Path]
) -> None:
    columns = [Column("amount", Kind.AMOUNT)]
    assert READERS[kept](write(kept, [[amount]], columns=columns), columns)[1] == [(amount,)]


@every_format
def test_text_comes_back_letter_by_letter(kept: Format, write: Callable[..., Path]) -> None:
    columns = [Column("text", Kind.TEXT), Column("end", Kind.COUNT)]
    rows: list[Row] = [(text, 1) for text in TEXTS]
    found = READERS[kept](write(kept, rows, columns=columns), columns)[1]
    assert found == as_kept(rows, kept, columns)


@every_format
def test_an_empty_table_has_its_columns_and_no_rows(
    kept: Format, write: Callable[..., Path]
) -> None:
    names, found = READERS[kept](write(kept), COLUMNS)
    assert names == [column.name for column in COLUMNS]
    assert found == []


@every_format
def test_order_is_kept_over_many_calls(kept: Format, write: Callable[..., Path]) -> None:
    columns = [Column("place", Kind.COUNT), Column("text", Kind.TEXT)]
    calls: list[list[Row]] = [
        [(n, f"row\n{n}") for n in range(m, m + 500)] for m in range(0, 5000, 500)
    ]
    found = READERS[kept](write(kept, *calls, columns=columns), columns)[1]
    assert [row[0] for row in found] == list(range(5000))
    assert found[4999] == (4999, "row\n4999")


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@every_format
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(_TEXT, st.integers(-LARGEST, LARGEST) | st.none()), max_size=8))
def test_whatever_stands_in_a_table_comes_back(
    kept: Format, rows: list[Row], write: Callable[..., Path]
) -> None:
    columns = [Column("text", Kind.TEXT), Column("amount", Kind.AMOUNT)]
    found = READERS[kept](write(kept, rows, columns=columns), columns)[1]
    assert found == as_kept(rows, kept, columns)


@pytest.mark.parametrize("kept", [Format.CSV, Format.NDJSON, Format.PARQUET])
def test_long_text_full_of_lines_comes_back(kept: Format, write: Callable[..., Path]) -> None:
    """Longer than whatever the readers and writers take at a time, with lines at every place."""
    columns = [Column("place", Kind.COUNT), Column("text", Kind.TEXT)]
    rows: list[Row] = [(n, f'"{n}",\r\n' * 40_000) for n in range(100)]
    assert READERS[kept](write(kept, rows, columns=columns), columns)[1] == rows


PEAK = """
import sys
from pathlib import Path
from partita.adapters.formats.tables.formats import TableFormats
from partita.modules.exports.table import Column, Format, Kind
kept, rows, folder = Format(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
writer = TableFormats().writer(kept, folder / f"{rows}")
writer.open([Column("text", Kind.TEXT), Column("amount", Kind.AMOUNT), Column("at", Kind.MOMENT)])
for first in range(0, rows, 1_000):
    writer.write([(f"{n} " * 50, 10**37 + n, "2026-11-20T10:00:00.000000Z")
                  for n in range(first, first + 1_000)])
writer.finish()
print(next(l.split()[1] for l in Path("/proc/self/status").open() if l.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are read from /proc")
@pytest.mark.parametrize(
    ("kept", "rows", "most_megabytes"),
    [(Format.CSV, 20_000, 2), (Format.NDJSON, 20_000, 2), (Format.XLSX, 3_000, 4),
     (Format.PARQUET, 120_000, 90)],
)  # fmt: skip
def test_memory_does_not_grow_with_the_table(
    kept: Format, rows: int, most_megabytes: int, tmp_path: Path
) -> None:
    def peak(count: int) -> float:
        command = [sys.executable, "-c", PEAK, kept.value, str(count), str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return int(done.stdout) / 1_000

    assert peak(4 * rows) - peak(rows) < most_megabytes


def test_text_formats_give_the_same_bytes_however_the_rows_are_cut() -> None:
    rows: list[Row] = [(text, n, AT, n, None, "[1]") for n, text in enumerate(TEXTS)]
    for form in (CsvLines(), JsonLines()):
        at_once = form.rows(COLUMNS, rows)
        assert b"".join(form.rows(COLUMNS, [row]) for row in rows) == at_once


def test_no_text_of_csv_begins_as_a_formula_does(write: Callable[..., Path]) -> None:
    columns = [Column("text", Kind.TEXT), Column("=column", Kind.DOCUMENT)]
    file = write(Format.CSV, [(text, text) for text in FORMULAS], columns=columns)
    import csv  # noqa: PLC0415 - the plain reader, as a spreadsheet would

    with file.open(newline="", encoding="utf-8") as opened:
        cells = [cell for line in csv.reader(opened) for cell in line]
    assert {cell[0] for cell in cells} == {"'", "t"}


def test_a_negative_amount_of_csv_stays_a_number(write: Callable[..., Path]) -> None:
    columns = [Column("amount", Kind.AMOUNT)]
    assert write(Format.CSV, [[-500]], columns=columns).read_bytes() == b"amount\r\n-500\r\n"


def test_what_could_mislead_in_xlsx_is_quoted_by_the_cell_and_not_by_the_value(
    write: Callable[..., Path],
) -> None:
    import openpyxl  # noqa: PLC0415 - only these tests need it

    columns = [Column("text", Kind.TEXT)]
    file = write(Format.XLSX, [("=1+1",), ("plain",)], columns=columns)
    _head, quoted, plain = next(openpyxl.load_workbook(file).active.iter_cols())
    assert (quoted.value, quoted.data_type, quoted.quotePrefix) == ("=1+1", "s", True)
    assert (plain.value, plain.quotePrefix) == ("plain", False)


def test_text_of_xlsx_brings_no_markup_of_its_own(write: Callable[..., Path]) -> None:
    columns = [Column("text", Kind.TEXT)]
    attack = '<r></is></c><c r="B9" t="str"><f>1+1</f><v>2</v></c></r>'
    file = write(Format.XLSX, [(attack,)], columns=columns)
    assert read_xlsx(file, columns)[1] == [(attack,)]


def test_amounts_of_xlsx_are_text_and_short_counts_are_numbers(
    write: Callable[..., Path],
) -> None:
    import openpyxl  # noqa: PLC0415 - only these tests need it

    sheet = openpyxl.load_workbook(write(Format.XLSX, [ROW])).active
    kinds = [cell.data_type for cell in sheet[2]]
    assert kinds == ["s", "s", "s", "s", "b", "s"]
    assert sheet["B2"].value == f"-{'9' * 38}"
    columns = [Column("version", Kind.COUNT)]
    short = openpyxl.load_workbook(write(Format.XLSX, [(7,)], columns=columns)).active["A2"]
    assert (short.data_type, short.value) == ("n", 7)


def test_a_sheet_that_is_full_is_followed_by_another_with_the_same_header(tmp_path: Path) -> None:
    writer = XlsxFile(tmp_path / "many.xlsx", sheet_rows=4)
    columns = [Column("place", Kind.COUNT)]
    writer.open(columns)
    writer.write([(n,) for n in range(7)])
    writer.finish()
    import openpyxl  # noqa: PLC0415 - only these tests need it

    book = openpyxl.load_workbook(tmp_path / "many.xlsx")
    assert [sheet.max_row for sheet in book.worksheets] == [4, 4, 2]
    assert read_xlsx(tmp_path / "many.xlsx", columns)[1] == [(n,) for n in range(7)]


@pytest.mark.slow
def test_a_sheet_holds_1048576_rows_and_no_more(tmp_path: Path) -> None:
    writer = XlsxFile(tmp_path / "many.xlsx")
    writer.open([Column("place", Kind.COUNT)])
    writer.write((n,) for n in range(1_048_576))
    writer.finish()
    import openpyxl  # noqa: PLC0415 - only these tests need it

    book = openpyxl.load_workbook(tmp_path / "many.xlsx", read_only=True)
    assert [sheet.max_row for sheet in book.worksheets] == [1_048_576, 2]


def test_text_too_long_for_a_cell_is_refused_and_not_cut(tmp_path: Path) -> None:
    writer = XlsxFile(tmp_path / "long.xlsx")
    writer.open([Column("note", Kind.TEXT)])
    writer.write([("x" * MOST_CHARACTERS,)])
    with pytest.raises(FormatRefused, match="note in row 2"):
        writer.write([("🔑" * (MOST_CHARACTERS // 2 + 1),)])
    writer.abandon()
    assert list(tmp_path.iterdir()) == []


def test_parquet_has_types(write: Callable[..., Path]) -> None:
    assert parquet_types(write(Format.PARQUET, [ROW])) == {
        "id": "VARCHAR",
        "balance.posted": "DECIMAL(38,0)",
        "recorded_at": "TIMESTAMP WITH TIME ZONE",
        "version": "BIGINT",
        "is_open": "BOOLEAN",
        "metadata": "VARCHAR",
    }


def test_an_amount_beyond_38_digits_makes_its_column_text_and_the_column_says_so(
    write: Callable[..., Path],
) -> None:
    columns = [Column("amount", Kind.AMOUNT), Column("other", Kind.AMOUNT)]
    file = write(Format.PARQUET, [(1, 1), (10**38, None)], columns=columns)
    assert parquet_types(file) == {"amount_text": "VARCHAR", "other": "DECIMAL(38,0)"}
    assert READERS[Format.PARQUET](file, columns)[1] == [("1", 1), (str(10**38), None)]


@every_format
def test_what_is_abandoned_can_be_begun_again(kept: Format, tmp_path: Path) -> None:
    file = tmp_path / "table"
    for _ in range(2):
        writer = TableFormats().writer(kept, file)
        writer.open(COLUMNS)
        writer.write([ROW])
        writer.abandon()
        file.unlink(missing_ok=True)
    assert list(tmp_path.iterdir()) == []
    TableFormats().writer(kept, file).abandon()


@pytest.mark.parametrize(
    ("kept", "package"), [(Format.PARQUET, "duckdb"), (Format.XLSX, "xlsxwriter")]
)
def test_without_the_extra_a_format_is_refused_with_the_mend(
    kept: Format, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(FormatUnavailable, match=r"pip install 'partita\[export\]'"):
        TableFormats().check(kept)
    with pytest.raises(FormatUnavailable):
        TableFormats().writer(kept, tmp_path / "table").open(COLUMNS)
    monkeypatch.undo()
    importlib.import_module(package)
    TableFormats().check(kept)


def test_csv_and_ndjson_need_nothing(write: Callable[..., Path]) -> None:
    TableFormats().check(Format.CSV)
    TableFormats().check(Format.NDJSON)
    assert read_csv(write(Format.CSV, [ROW]), COLUMNS)[1] == [ROW]
