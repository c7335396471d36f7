"""How far a long job is, how fast it goes and how long it still takes, as far as that can be said."""

from typing import NamedTuple

from msgspec.structs import replace

from partita.modules.exports.folder import Progress
from partita.modules.exports.lists import ListPage

_MICROSECONDS = 1_000_000


class Pace(NamedTuple):
    """`done` of `total` rows; None where it is not known. `eta_seconds` is the time still to go.

    A total that `is_estimate` was reckoned from how far the cursor has come.
    """

    done: int
    total: int | None
    is_estimate: bool
    rows_per_second: int | None
    eta_seconds: int | None


def noted(progress: Progress, page: ListPage) -> Progress:
    """How far a job is with one more page."""
    is_first = progress.cursor is None
    return replace(
        progress,
        rows=progress.rows + len(page.rows),
        cursor=page.next_cursor,
        is_read=page.next_cursor is None,
        first_place=page.place if is_first else progress.first_place,
        first_rows=len(page.rows) if is_first else progress.first_rows,
        place=page.place,
    )


def pace(progress: Progress) -> Pace:
    """The pace that a job's notes show.

    >>> pace(Progress(rows=10, first_rows=5, first_place=95, place=90)).total
    100
    """
    total = progress.rows if progress.is_read else _guess(progress)
    took = progress.noted_at - progress.begun_at
    rate = progress.rows * _MICROSECONDS // took if took > 0 and progress.rows else None
    left = None if total is None else max(0, total - progress.rows)
    eta = -(-left // rate) if left is not None and rate else None
    return Pace(progress.rows, total, not progress.is_read, rate, eta)


def _guess(progress: Progress) -> int | None:
    """How many rows there may be, where places fall towards 0: as dense ahead as behind."""
    first, here = progress.first_place, progress.place
    if first is None or here is None or here >= first:
        return None
    rows = progress.rows - progress.first_rows
    return progress.rows + rows * here // (first - here)
