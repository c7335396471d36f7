"""The errors file: each row that did not come in, with its line, a code and the reason, as CSV.

Rows are kept as they were read. A spreadsheet may take one that begins with `=` for a formula:
open the file as text.
"""

import csv
import io
import os
from pathlib import Path
from typing import NamedTuple

HEADER = ("line", "code", "detail", "row")


class ErrorRow(NamedTuple):
    """A row that did not come in: where it begins, a stable code, the reason, its text."""

    line: int
    code: str
    detail: str
    raw: str


def trim(file: Path, size_bytes: int) -> None:
    """Drop what stands behind `size_bytes`; at 0 the file goes, so no file means no errors."""
    if not size_bytes:
        file.unlink(missing_ok=True)
    elif file.exists() and file.stat().st_size > size_bytes:
        os.truncate(file, size_bytes)


def append(file: Path, size_bytes: int, rows: list[ErrorRow]) -> int:
    """Write rows durably behind the first `size_bytes`; the new size comes back."""
    if not rows:
        return size_bytes
    trim(file, size_bytes)
    with file.open("ab") as out:
        out.write(_encoded(rows, with_header=out.tell() == 0))
        out.flush()
        os.fsync(out.fileno())
        return out.tell()


def _encoded(rows: list[ErrorRow], *, with_header: bool) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if with_header:
        writer.writerow(HEADER)
    writer.writerows(rows)
    # Bytes that were no text in the source's encoding leave as they came.
    return text.getvalue().encode("utf-8", "surrogateescape")
