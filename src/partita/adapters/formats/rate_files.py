"""Files of exchange rates, as rows of day, pair and figure: the ECB's history, or plain CSV.

The European Central Bank publishes `eurofxref-hist.csv`: a day a line, newest first, a currency a
column, figures per euro, `N/A` where there is none, and a comma at each line's end.

    bytes, plain or gzip ─► text ─► rows ─► Rates
"""

import csv
import gzip
import zlib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from partita.modules.fx.rates import RateError, Rates, Row

ECB = "ecb"
"""How the European Central Bank is called as a provider of rates."""
_NONE = {"", "N/A"}


def read_rate_file(path: Path) -> Rates:
    """The table in a file of either form.

    Raises:
        RateError: the file cannot be read, or is of neither form.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise RateError(f"{path} cannot be read: {error}") from None
    return read_rates(text)


def read_rates(text: str) -> Rates:
    """The table in a text of either form.

    Raises:
        RateError: it is of neither.
    """
    if text.startswith("Date,"):
        return Rates(ecb_rows(text), ECB)
    return Rates(plain_rows(text), "file")


def ecb_rows(text: str) -> Iterator[Row]:
    """The rows of the European Central Bank's history file.

    Raises:
        RateError: it is no such file.
    """
    lines = csv.reader(StringIO(text))
    head = next(lines, [])
    if head[:1] != ["Date"]:
        raise RateError("not the ECB's file: its first line begins with Date")
    for number, line in enumerate(lines, 2):
        if len(line) != len(head):
            raise RateError(f"line {number} has {len(line)} fields, and the first {len(head)}")
        for code, figure in zip(head[1:], line[1:], strict=True):
            if figure not in _NONE:
                yield line[0], f"EUR/{code}", figure


def plain_rows(text: str) -> Iterator[Row]:
    """The rows of a CSV file with the columns `date`, `pair` and `rate`; a date may be `always`.

    Raises:
        RateError: it is no such file.
    """
    lines = csv.reader(StringIO(text))
    if next(lines, []) != ["date", "pair", "rate"]:
        raise RateError("not a file of rates: its first line is date,pair,rate")
    for number, line in enumerate(lines, 2):
        if len(line) != 3:
            raise RateError(f"line {number} has {len(line)} fields, not date, pair and rate")
        yield line[0], line[1], line[2]
