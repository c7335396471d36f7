"""A list written to a file at once, by whoever asks: no job, no journal, nothing to come back to.

The file gets its name only once it is whole.
"""

from collections.abc import Callable
from pathlib import Path

from partita.modules.exports.folder import Progress
from partita.modules.exports.lists import OpenedList
from partita.modules.exports.pace import noted, pace
from partita.modules.exports.table import Format, Formats

Advance = Callable[[int, int], None]
"""Told how many rows are done, and of how many; 0 where that is not known."""


def _untold(_done: int, _total: int) -> None:
    """Nobody wants to know."""


def write_list(
    opened: OpenedList, formats: Formats, kept: Format, file: Path, advance: Advance = _untold
) -> int:
    """Write all of a list to a file; how many rows it has.

    Raises:
        ListRefused: it cannot be read as it was asked for.
        FormatUnavailable: what the format needs is not installed.
        FormatRefused: the format has no place for a value.
    """
    formats.check(kept)
    draft = file.with_name(f".{file.name}.draft")
    writer = formats.writer(kept, draft)
    notes, cursor = Progress(), None
    try:
        writer.open(opened.columns)
        while True:
            page = opened.page(cursor)
            writer.write(page.rows)
            notes, cursor = noted(notes, page), page.next_cursor
            advance(notes.rows, pace(notes).total or 0)
            if cursor is None:
                break
        writer.finish()
    except BaseException:
        writer.abandon()
        draft.unlink(missing_ok=True)
        raise
    draft.replace(file)
    return notes.rows
