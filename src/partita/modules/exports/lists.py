"""Lists as exports see them: opened by name and filters, read page by page, each where the last ended.

Who knows the lists stands above this module (they are what the faces show), so it is a port: the
faces give a reader to the application when they begin.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from partita.engine.errors import PartitaError
from partita.modules.exports.table import Column, Row


class ListWish(msgspec.Struct, frozen=True, kw_only=True):
    """Which list, of what: its address (`transactions`), its filters, and as whom it is read.

    `each` asks for a row for each of those within an item (`postings`). `reach` is the ledger that
    the reader sees, `*` for all.
    """

    list: str
    filters: dict[str, str] = {}
    each: str | None = None
    reach: str = "*"


class ListPage(NamedTuple):
    """The rows of one page, and the cursor of the next; None behind the last.

    `place` is where that cursor stands in the list's order, if that is a number.
    """

    rows: list[Row]
    next_cursor: str | None
    place: int | None = None


class KnownList(NamedTuple):
    """A list that there is: its filters, what stands within its items, and the columns of its rows.

    In its name stands `{id}` and the like where the id of a thing is to stand.
    """

    name: str
    filters: Sequence[str]
    parts: Sequence[str]
    columns: Sequence[Column]


class OpenedList(Protocol):
    """A list under its filters."""

    @property
    def columns(self) -> Sequence[Column]:
        """What its rows hold."""
        ...

    def page(self, cursor: str | None) -> ListPage:
        """The rows behind a cursor; None is the beginning.

        Raises:
            PartitaError: it cannot be read now, or at all (`ListRefused`).
        """
        ...


class Lists(Protocol):
    """Whoever can read any list to its end. One thread at a time."""

    def known(self) -> list["KnownList"]:
        """All lists, by name."""
        ...

    def open(self, ledger: str, wish: ListWish) -> OpenedList:
        """A list of a ledger.

        Raises:
            ListRefused: there is none, or it has no such filters.
        """
        ...

    def close(self) -> None:
        """Let go of whatever reads."""
        ...


class ListRefused(PartitaError):
    """A list cannot be read as it was asked for; the message says how to ask."""


class NoLists:
    """Stands where no face has begun: nothing can be read yet."""

    def known(self) -> list["KnownList"]:
        """None."""
        return []

    def open(self, ledger: str, wish: ListWish) -> OpenedList:
        """Refuse."""
        raise ListRefused(
            f"nobody here reads the list {wish.list!r} of {ledger!r}: no face is open"
        )

    def close(self) -> None:
        """There is nothing to let go of."""
