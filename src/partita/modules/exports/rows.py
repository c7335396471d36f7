"""Rows on their way to a format that is whole only at its end: a line of JSON each, exact.

Such a format cannot go on where it stopped; its rows can. So they wait in this form, and the file is
made of them in one go.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

import msgspec

from partita.modules.exports.table import Column, Kind, Row, StreamedForm, Value

_encode = msgspec.json.Encoder().encode_lines
_decode = msgspec.json.Decoder(list[str | int | bool | None]).decode


class WaitingRows:
    """The form that rows wait in."""

    def head(self, columns: Sequence[Column]) -> bytes:
        """Nothing stands before them."""
        del columns
        return b""

    def rows(self, columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
        """These rows; amounts as strings, since they may be longer than JSON's readers take."""
        amounts = [place for place, column in enumerate(columns) if column.kind is Kind.AMOUNT]
        lines = []
        for row in rows:
            line: list[Value] = list(row)
            for place in amounts:
                value = line[place]
                line[place] = None if value is None else str(value)
            lines.append(line)
        return _encode(lines)


WAITING: StreamedForm = WaitingRows()


def waiting_rows(file: BinaryIO, columns: Sequence[Column]) -> Iterator[Row]:
    """The rows that wait in a file, one at a time."""
    amounts = [place for place, column in enumerate(columns) if column.kind is Kind.AMOUNT]
    for text in file:
        line: list[Value] = _decode(text)
        for place in amounts:
            value = line[place]
            line[place] = None if value is None else int(value)
        yield line
