"""What the command line says, and where: data on stdout, talk on stderr, colour only where wanted."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence


def say(text: str) -> None:
    """Talk to the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


def emit(value: object) -> None:
    """Print one JSON value on one line of stdout, at once."""
    print(json.dumps(value, ensure_ascii=False, separators=(",", ":")), flush=True)


def emit_list(values: Iterable[object]) -> None:
    """Print a JSON array, an item on each line, as the items come."""
    print("[", end="")
    mark = "\n"
    for value in values:
        print(mark + json.dumps(value, ensure_ascii=False, separators=(",", ":")), end="")
        mark = ",\n"
    print("\n]" if mark != "\n" else "]")


def is_coloured() -> bool:
    """Whether stdout is a terminal whose owner takes colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: str = "") -> None:
    """Print rows in aligned columns; never cut, so that pipes get everything.

    `right` names the columns to align on the right, separated by spaces.
    """
    on_right = [column in right.split() for column in columns]
    everything = [tuple(columns), *(tuple(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*everything, strict=True)]
    lines = _lines(everything, widths, on_right)
    head = next(lines)
    print(f"\x1b[1m{head}\x1b[0m" if is_coloured() else head)
    for line in lines:
        print(line)


def _lines(
    rows: Iterable[Sequence[str]], widths: Sequence[int], on_right: Sequence[bool]
) -> Iterator[str]:
    for row in rows:
        cells = [
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, on_right, strict=True)
        ]
        yield "  ".join(cells).rstrip()
