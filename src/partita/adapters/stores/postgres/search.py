"""Rows of the search view by what they mention: all that a question needs in one round trip."""

from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.adapters.stores.postgres.view_tables import Place
from partita.adapters.stores.postgres.views import PostgresViews
from partita.engine.errors import SearchTooSlow, StoreUnavailable
from partita.engine.ports import LedgerInfo
from partita.engine.search.ports import Piece
from partita.engine.search.tending import bound_bucket, loose_bucket
from partita.engine.search.terms import Span
from partita.engine.trailing.ports import AnyView

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "search.sql")


class PostgresSearch(PostgresViews):
    """The search index' side of the store."""

    def pieces(
        self, ledger: LedgerInfo, view: AnyView, spans: Sequence[Span], first: int, beyond: int
    ) -> list[Piece]:
        """Everything that may mention terms of the spans in some stretches.

        Raises:
            SearchTooSlow: it took longer than readers may.
        """
        live = self._live.get((ledger.number, view.name))
        if live is None or not spans:
            return []
        place = Place(ledger.number, live.generation)
        names = {
            name: sql.Identifier(place.table_name(view, view.table(name)))
            for name in ("loose", "bound", "frequent")
        }
        values = {
            "loose": [loose_bucket(span.low) for span in spans],
            "bound": [bound_bucket(span.low) for span in spans],
            "lows": [span.low for span in spans],
            "highs": [span.high for span in spans],
            "first": first,
            "beyond": beyond,
        }
        try:
            found = self._asked_once(sql.SQL(QUERIES.pieces).format(**names), values)
        except psycopg.errors.UndefinedTable as error:
            # The generation went between two questions; whoever asks once more finds the next.
            self._live.pop((ledger.number, view.name), None)
            raise StoreUnavailable(f"the view {view.name!r} was exchanged meanwhile") from error
        except StoreUnavailable as error:
            if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                raise SearchTooSlow("the search took longer than it may; narrow it") from error
            raise
        return [Piece(number - 1, stretch, some, places) for number, stretch, some, places in found]
