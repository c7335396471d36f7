"""Reading: through the file once, row by row, in booking order, holding one day at most."""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

import msgspec

from partita.adapters.formats.csv_profile import schema
from partita.adapters.formats.csv_profile.schema import Profile
from partita.adapters.formats.csv_profile.translating import Row, RowError, Translator
from partita.kernel.moment import EARLIEST
from partita.modules.importing.source import Fault, Instruction, Item, SourceError


class CsvSource:
    """A CSV file explained by a profile."""

    def __init__(self, profile: Profile, file: Path) -> None:
        """Read nothing yet; raises SourceError if there is no such file."""
        self._profile, self._file = profile, file
        if not file.is_file():
            raise SourceError(f"{file}: there is no such file")
        self.name = profile.name
        self.size = file.stat().st_size
        self.position = 0

    def digest(self) -> str:
        """SHA-256 of the file's bytes as they stand and of the profile as it was understood."""
        digest = sha256(msgspec.json.encode(self._profile, order="deterministic"))
        with self._file.open("rb") as opened:
            digest.update(file_digest(opened, "sha256").digest())
        return digest.hexdigest()

    def read(self, scales: Mapping[str, int]) -> Iterator[Item]:
        """Every row as an instruction or a fault, in booking order."""
        with self._file.open("rb") as opened:
            raw_rows = self._positions(opened, _raw_rows(self._profile.file, self._file, opened))
            translator = Translator(self._profile, scales)
            try:
                yield from _in_order(self._profile, self._rows(raw_rows, translator), translator)
            except (EOFError, OSError, UnicodeError, zlib.error) as error:
                raise SourceError(f"{self._file}: cannot be read to its end: {error}") from error

    def _positions(self, opened: BinaryIO, rows: "Iterator[_RawRow]") -> "Iterator[_RawRow]":
        """The rows as they are, noting how far into the file their reading has come."""
        for row in rows:
            self.position = opened.tell()
            yield row

    def _rows(self, raw_rows: "Iterator[_RawRow]", translator: Translator) -> "Iterator[_Read]":
        """Rows with their fields read; a row that cannot be read comes as its fault."""
        places, width = self._places(raw_rows)
        for raw in raw_rows:
            try:
                if raw.problem is not None:
                    raise RowError("malformed_row", raw.problem)
                if len(raw.fields) != width:
                    raise RowError(
                        "wrong_field_count", f"{len(raw.fields)} fields instead of {width}"
                    )
                fields = {name: raw.fields[place] for name, place in places.items()}
                yield _Read(raw, translator.read(fields), None)
            except RowError as error:
                yield _Read(raw, None, error)

    def _places(self, raw_rows: "Iterator[_RawRow]") -> tuple[dict[str, int], int]:
        """Where each column stands, by header or profile, and how many fields a row has."""
        columns = self._profile.columns
        if not self._profile.file.header:
            return {name: place for place, name in enumerate(columns)}, len(columns)
        header = next(raw_rows, None)
        names = [] if header is None else [name.strip() for name in header.fields]
        places = {}
        for name, column in columns.items():
            title = column.name or name
            if names.count(title) != 1:
                raise SourceError(
                    f"{self._file}: the header has {names.count(title)} columns {title!r}, the"
                    f" profile needs one; the header is: {', '.join(names) or 'empty'}"
                )
            places[name] = names.index(title)
        return places, len(names)


class _RawRow(NamedTuple):
    """A row as the CSV reader sees it; `line` is where it begins, `problem` why it is none."""

    line: int
    text: str
    fields: list[str]
    problem: str | None


class _Read(NamedTuple):
    """A row that was read, or the error that says why it could not be."""

    raw: _RawRow
    row: Row | None
    error: RowError | None


def _raw_rows(table: schema.FileTable, file: Path, opened: BinaryIO) -> Iterator[_RawRow]:
    """The rows of the file, header included, blank lines left out."""
    binary = gzip.GzipFile(fileobj=opened) if file.suffix == ".gz" else opened
    encoding = "utf-8-sig" if table.encoding.lower() in ("utf-8", "utf8") else table.encoding
    # What is not in the encoding is carried along and becomes a fault of its own row.
    text = io.TextIOWrapper(binary, encoding, errors="surrogateescape", newline="")
    lines = _Lines(text)
    for _ in range(table.skip_lines):
        next(lines, None)
    lines.taken.clear()
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if table.quote else csv.QUOTE_NONE
    rows = csv.reader(
        lines,
        delimiter=table.delimiter,
        quotechar=table.quote or None,
        quoting=quoting,
        strict=True,
    )
    while True:
        first = lines.count + 1
        fields: list[str] | None = []
        problem = None
        try:
            fields = next(rows, None)
        except csv.Error as error:
            problem = f"not CSV: {error}"
        if fields is None:
            return
        raw = "".join(lines.taken).rstrip("\r\n")
        lines.taken.clear()
        if fields or problem:
            yield _RawRow(first, raw, fields, problem)


class _Lines:
    """Lines of a text, counted, and kept until the row that they make is complete."""

    def __init__(self, text: Iterable[str]) -> None:
        self._lines = iter(text)
        self.count = 0
        self.taken: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        self.taken.append(line)
        return line


def _in_order(profile: Profile, rows: Iterator[_Read], translator: Translator) -> Iterator[Item]:
    """The rows as items: day by day, each day sorted; without an order, as in the file."""
    if profile.order is None:
        yield from (_item(read, translator) for read in rows)
        return
    column, day, held = profile.order.day, "", list[_Read]()
    for read in rows:
        if read.row is None:
            yield _item(read, translator)
            continue
        row_day = read.row.days.get(column, day)
        if row_day < day:
            raise SourceError(
                f"line {read.raw.line} is of {row_day}, but {day} came before it; [order] needs a"
                f" file that is ascending by {column!r}: sort it first"
            )
        if row_day > day:
            yield from (_item(each, translator) for each in _sorted(held, profile))
            day, held = row_day, []
        held.append(read)
    yield from (_item(each, translator) for each in _sorted(held, profile))


def _sorted(held: list[_Read], profile: Profile) -> list[_Read]:
    """One day's rows by the order's keys; sorting is stable, so the last key is sorted first."""
    assert profile.order is not None, "asked for only where there is an order"
    for key in reversed(profile.order.keys):
        rank = _rank(key, profile.columns[key.column])
        held.sort(key=lambda read, rank=rank: rank(read.row), reverse=key.descending)  # type: ignore[misc]
    return held


def _rank(key: schema.OrderKey, column: schema.Column) -> Callable[[Row], Any]:
    """Where a row stands by one key: by the list in `first`, else by the value of its type."""
    name, first = key.column, key.first
    if first:
        places = {value: place for place, value in enumerate(first)}
        return lambda row: places.get(row.texts[name], len(places))
    if isinstance(column, schema.IntegerColumn):
        return lambda row: int(row.texts[name] or 0)
    if isinstance(column, schema.DecimalColumn):
        return lambda row: Decimal(row.figures.get(name, "0"))
    if isinstance(column, schema.DateColumn):
        return lambda row: row.moments.get(name, EARLIEST)
    return lambda row: row.texts[name]


def _item(read: _Read, translator: Translator) -> Item:
    raw, error = read.raw, read.error
    if read.row is not None:
        try:
            key, command, accounts = translator.translate(read.row)
            return Instruction(raw.line, raw.text, key, command, accounts)
        except RowError as found:
            error = found
    assert error is not None, "a row that was not read has its error"
    return Fault(raw.line, raw.text, error.code, str(error))
