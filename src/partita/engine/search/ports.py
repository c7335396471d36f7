"""What finding needs of a store: the rows of the search view that hold mentions of some terms."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from partita.engine.ports import LedgerInfo
from partita.engine.search.terms import Span
from partita.engine.trailing.ports import AnyView, ViewKeeper


class Piece(NamedTuple):
    """A row that may mention terms of the `asked`-th span, in one stretch.

    `mentions` are sorted numbers if there are any; `places` is a set otherwise.
    """

    asked: int
    stretch: int
    mentions: bytes | None
    places: bytes | None


class SearchIndex(ViewKeeper, Protocol):
    """Whoever gives rows of the search view by what they mention, many at once."""

    def pieces(
        self, ledger: LedgerInfo, view: AnyView, spans: Sequence[Span], first: int, beyond: int
    ) -> list[Piece]:
        """Everything that may mention terms of the spans in stretches from `first`, below `beyond`.

        As of one moment. Mentions move from fresh to loose to bound to frequent rows: so whoever
        has read what is fresh before overlooks none on its way.
        """
        ...
