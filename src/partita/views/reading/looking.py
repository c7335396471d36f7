"""Looking: rows of a view page by page, and answers that are all of one moment.

A question may take several looks, and the view may move on in between. So it is asked again until
the view stood still from its first look to its last; a view that never does is told by the lowest
sequence seen, up to which everything is in the answer.
"""

from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from partita.engine.ports import LedgerInfo, Loaded, Reader, Wants
from partita.engine.trailing.ports import AnyView
from partita.engine.trailing.reading import ViewReader
from partita.engine.trailing.scanning import Condition, Scan, Test

Answer = TypeVar("Answer")
_TRIES = 8
_PAGE = 1_000


class Shelf(Reader, Protocol):
    """A store, as far as answers out of views need to know what never changes of an account."""

    def load(self, ledger: LedgerInfo, wants: Wants) -> Loaded:
        """What is named, as of now."""
        ...


class Place(NamedTuple):
    """Whose views are read: a ledger in a store, and who reads its views."""

    shelf: Shelf
    ledger: LedgerInfo
    views: ViewReader


class Look:
    """One question to one view: its scans, and between which sequences they were made."""

    def __init__(self, place: Place, view: AnyView) -> None:
        """Nothing was looked at yet."""
        self._place, self._view = place, view
        self.sequences: set[int] = set()

    def rows(self, what: Scan, page: int = _PAGE) -> Iterator[Any]:
        """All rows of a scan from its place on, in its order; `limit` of the scan is not looked at.

        Rows are tuples in the order of the table's columns; only their table knows the types.
        """
        table = self._view.table(what.table)
        places = table.places(table.order_columns(what.order))
        while True:
            rows = self.some(msgspec.structs.replace(what, limit=page))
            yield from rows
            if len(rows) < page:
                return
            what = msgspec.structs.replace(what, after=tuple(rows[-1][at] for at in places))

    def some(self, what: Scan) -> list[Any]:
        """The first rows of a scan, so many as it says."""
        scanned = self._place.views.scan(self._view, what)
        self.sequences.add(scanned.sequence)
        return scanned.rows


class Seen(NamedTuple, Generic[Answer]):
    """An answer out of a view, and the sequence of the journal up to which everything is in it."""

    answer: Answer
    sequence: int


def seen(place: Place, view: AnyView, question: Callable[[Look], Answer]) -> Seen[Answer]:
    """The answer to a question, and as of which sequence it is."""
    tries = _TRIES
    while True:
        look, tries = Look(place, view), tries - 1
        answer = question(look)
        if len(look.sequences) <= 1 or not tries:
            return Seen(answer, min(look.sequences, default=0))


def near(column: str, prefix: str | None) -> tuple[Condition, ...]:
    """What holds for all accounts at or below a path, and for a few others: see `is_below`."""
    if prefix is None:
        return ()
    ends = f"{prefix};"  # `;` comes right after `:`
    return Condition(column, Test.AT_LEAST, prefix), Condition(column, Test.BELOW, ends)


def is_below(path: str, prefix: str | None) -> bool:
    """Whether a path is this one or below it, by whole segments.

    >>> is_below("fees:card", "fees"), is_below("fees-2", "fees")
    (True, False)
    """
    return prefix is None or path == prefix or path.startswith(f"{prefix}:")
