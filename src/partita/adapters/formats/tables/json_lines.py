"""Tables as NDJSON: a JSON object on each line, in UTF-8, a line feed behind it.

The names are those of the columns, dots included. Amounts are strings, as in the HTTP interface,
since JSON's readers round numbers; documents stand as the JSON that they are. An empty table is an
empty file.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from partita.modules.exports.table import Column, Kind, Row, Value

_encode = msgspec.json.Encoder().encode_lines


def _amount(value: Value) -> Any:
    return None if value is None else str(value)


def _document(value: Value) -> Any:
    return None if value is None else msgspec.Raw(str(value).encode())


_CELLS: dict[Kind, Callable[[Value], Any]] = {Kind.AMOUNT: _amount, Kind.DOCUMENT: _document}


class JsonLines:
    """NDJSON."""

    def head(self, columns: Sequence[Column]) -> bytes:
        """Nothing: every line says its names."""
        del columns
        return b""

    def rows(self, columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
        """These rows."""
        names = [column.name for column in columns]
        special = [(c.name, _CELLS[c.kind]) for c in columns if c.kind in _CELLS]
        lines = []
        for row in rows:
            line: dict[str, Any] = dict(zip(names, row, strict=True))
            for name, cell in special:
                line[name] = cell(line[name])
            lines.append(line)
        return _encode(lines)
