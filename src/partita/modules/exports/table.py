"""Tables: what every file format is given, columns with kinds and rows of exact values.

    list ─► rows ─► StreamedForm ─► bytes, page by page          CSV, NDJSON
                └─► TableWriter  ─► a file, whole at `finish`    Parquet, XLSX (and the others)

A format that cannot keep a value exactly keeps it as text; none rounds, cuts or guesses. Nothing
holds more than the rows of one `write` in memory.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import Protocol

import msgspec

from partita.engine.errors import PartitaError

AMOUNT_DIGITS = 38
"""The digits of the largest amount of the ledger, and of the widest decimal that Parquet readers
share."""


class Kind(Enum):
    """What a column holds. None stands in each of them for what is not there."""

    TEXT = "text"
    """A str."""
    AMOUNT = "amount"
    """An int of any size: whole minor units, exact."""
    MOMENT = "moment"
    """A str: RFC 3339 in UTC, `2026-11-20T10:00:00.000000Z`."""
    COUNT = "count"
    """An int of at most 64 bits: a version, a sequence, a scale."""
    FLAG = "flag"
    """A bool."""
    DOCUMENT = "document"
    """A str that is JSON: what has parts of its own, such as metadata."""


class Column(msgspec.Struct, frozen=True):
    """A column: its name, and what it holds."""

    name: str
    kind: Kind


Value = str | int | bool | None
Row = Sequence[Value]
"""A value for each column, in their order."""


class Format(Enum):
    """The formats a list can be exported to; the value is the file's suffix too."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """How it is called in `Accept` and `Content-Type`."""
        return MEDIA_TYPES[self]


MEDIA_TYPES: dict[Format, str] = {
    Format.CSV: "text/csv",
    Format.NDJSON: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""RFC 4180 and RFC 7111; NDJSON's own specification; IANA for the last two."""


class StreamedForm(Protocol):
    """A format whose bytes are final as soon as they are made: a file is head and then rows.

    The same rows give the same bytes, however they are cut into calls.
    """

    def head(self, columns: Sequence[Column]) -> bytes:
        """What stands before the first row."""
        ...

    def rows(self, columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
        """These rows."""
        ...


class TableWriter(Protocol):
    """Writes one table into one file: `open`, then `write` any number of times, then `finish`."""

    def open(self, columns: Sequence[Column]) -> None:
        """Begin.

        Raises:
            FormatUnavailable: what the format needs is not installed.
        """
        ...

    def write(self, rows: Iterable[Row]) -> None:
        """Go on with these rows.

        Raises:
            FormatRefused: the format has no place for a value; the message says which one.
        """
        ...

    def finish(self) -> None:
        """End: only now is the file whole."""
        ...

    def abandon(self) -> None:
        """Let go of everything, at any time; what was written is worth nothing."""
        ...


class Formats(Protocol):
    """Whoever knows the formats."""

    def check(self, wanted: Format) -> None:
        """Make sure that what a format needs is here.

        Raises:
            FormatUnavailable: it is not installed; the message names the extra.
        """
        ...

    def streamed(self, wanted: Format) -> StreamedForm | None:
        """The form of a format that can be streamed; None for one that needs a file."""
        ...

    def writer(self, wanted: Format, file: Path) -> TableWriter:
        """A writer of this format into a new file."""
        ...


class FormatRefused(PartitaError):
    """A format has no place for a value; the message says which one, and which format has."""
