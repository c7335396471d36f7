"""Rows of the search view by what they mention, in memory."""

from collections.abc import Iterator, Sequence
from typing import Any

from partita.adapters.stores.memory.views import MemoryViews
from partita.engine.ports import LedgerInfo
from partita.engine.search.ports import Piece
from partita.engine.search.tending import bound_bucket, loose_bucket
from partita.engine.search.terms import Span
from partita.engine.trailing.ports import AnyView


class MemorySearch(MemoryViews):
    """The search index' side of the store."""

    def pieces(
        self, ledger: LedgerInfo, view: AnyView, spans: Sequence[Span], first: int, beyond: int
    ) -> list[Piece]:
        """Everything that may mention terms of the spans in some stretches."""
        with self._views_lock:
            kept = self._views.get((ledger.number, view.name))
            if not kept:
                return []
            tables: Any = kept[0].tables
            return [
                piece
                for asked, span in enumerate(spans)
                for piece in _pieces(tables, asked, span)
                if first <= piece.stretch < beyond
            ]


def _pieces(tables: Any, asked: int, span: Span) -> Iterator[Piece]:
    for bucket, stretch, _upto, mentions in tables["loose"].values():
        if bucket == loose_bucket(span.low):
            yield Piece(asked, stretch, mentions, None)
    for bucket, stretch, mentions in tables["bound"].values():
        if bucket == bound_bucket(span.low):
            yield Piece(asked, stretch, mentions, None)
    for term, stretch, places in tables["frequent"].values():
        if span.low <= term < span.high:
            yield Piece(asked, stretch, None, places)
