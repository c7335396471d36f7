"""Answers about the past, out of PostgreSQL: each is one round trip and sees one moment."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, LiteralString

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.connecting import Connection
from partita.adapters.stores.postgres.geometry import Geometry
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.engine.as_of import AsOf, PastTotals
from partita.kernel.account import Totals
from partita.kernel.book import Standing
from partita.kernel.moment import LATEST, Moment

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "as_of.sql")
_BEYOND, _BEYOND_TIME = 1 << 62, "infinity"
"""After every sequence, and after every moment."""


class Past:
    """Questions about one ledger's past, on one connection."""

    def __init__(self, connection: Connection, ledger_id: int, geometry: Geometry) -> None:
        """Ask on this connection, which is idle."""
        self._connection = connection
        self._values: dict[str, Any] = {"ledger_id": ledger_id, **geometry.values()}

    def totals(self, numbers: Sequence[int], as_of: AsOf) -> dict[int, PastTotals]:
        """Totals on both axes, of accounts that had an entry that was known."""
        known = _BEYOND if as_of.sequence is None else as_of.sequence
        values = {"numbers": list(set(numbers)), "sequence": known}
        effective = as_of.effective_at
        if effective is None:
            (found,) = self._ask((QUERIES.entries_at, {**values, "recorded_by": _BEYOND_TIME}))
            return _entries(found)
        moments = (Moment(effective + 1),)
        found, then, parts = self._ask(
            (QUERIES.entries_at, {**values, "recorded_by": _BEYOND_TIME}),
            (QUERIES.entries_at, {**values, "recorded_by": effective.text()}),
            (QUERIES.posted_before, {**values, "moments": _times(moments)}),
        )
        posted, pending = _sums(parts, len(moments)), _entries(then)
        return {
            number: _counting(last, posted.get(number), pending.get(number, PastTotals()))
            for number, last in _entries(found).items()
        }

    def posted_before(
        self, number: int, moments: Sequence[Moment], sequence: int | None
    ) -> list[Totals]:
        """One account's posted totals, effective before each of some rising moments."""
        known = _BEYOND if sequence is None else sequence
        values = {"numbers": [number], "moments": _times(moments), "sequence": known}
        (parts,) = self._ask((QUERIES.posted_before, values))
        return _sums(parts, len(moments)).get(number, [Totals()] * len(moments))

    def recorded_before(self, number: int, moments: Sequence[Moment]) -> list[Totals]:
        """One account's posted totals before each of some rising moments of recorded time."""
        values = {"number": number, "moments": _times(moments)}
        (rows_found,) = self._ask((QUERIES.recorded_before, values))
        found = {row[0]: row for row in rows_found}
        places = range(1, len(moments) + 1)
        return [rows.totals(found[p][1:3]) if p in found else Totals() for p in places]

    def accounts_by_path(self, after: str, sequence: int, limit: int) -> list[Standing]:
        """Accounts with a path above `after` that were opened by then, without their totals."""
        values = {"after": after, "sequence": sequence, "limit": limit}
        (found,) = self._ask((QUERIES.accounts_by_path, values))
        return [rows.standing((*row, 0, 0, 0, 0, 0)) for row in found]

    def _ask(self, *questions: tuple[LiteralString, dict[str, Any]]) -> list[list[rows.Row]]:
        """All in one round trip, of one moment, under plans that do not depend on statistics."""
        with self._connection.pipeline():
            run = self._connection.execute
            run("begin isolation level repeatable read read only")
            run(QUERIES.steady_plans)
            answers = [run(query, {**self._values, **given}) for query, given in questions]
            run("commit")
        return [list(answer.fetchall()) for answer in answers]


def _entries(found: Iterable[rows.Row]) -> dict[int, PastTotals]:
    return {row[0]: PastTotals(rows.totals(row[3:7]), row[1], row[2]) for row in found}


def _counting(last: PastTotals, posted: list[Totals] | None, pending: PastTotals) -> PastTotals:
    """Posted figures by effective time, pending ones as they stood at the earlier of the two."""
    debits, credits = (posted[0].posted_debits, posted[0].posted_credits) if posted else (0, 0)
    held = pending.totals
    totals = Totals(debits, credits, held.pending_debits, held.pending_credits)
    return PastTotals(totals, last.version, last.sequence)


def _sums(parts: Iterable[rows.Row], moments: int) -> dict[int, list[Totals]]:
    """Adds up the parts that the database found for each account: at a moment, or from it on."""
    at: dict[int, list[list[int]]] = {}
    since: dict[int, list[list[int]]] = {}
    for number, place, is_lasting, debits, credits in parts:
        if number not in at:
            at[number], since[number] = ([[0, 0] for _ in range(moments)] for _ in range(2))
        (since if is_lasting else at)[number][place - 1] = [int(debits), int(credits)]
    return {
        number: [
            Totals(now[0] + debits, now[1] + credits)
            for now, (debits, credits) in zip(
                at[number], accumulate(since[number], _add), strict=True
            )
        ]
        for number in at
    }


def _add(one: list[int], other: list[int]) -> list[int]:
    return [one[0] + other[0], one[1] + other[1]]


def _times(moments: Sequence[Moment]) -> list[str]:
    """Rising moments as text; what is beyond the calendar comes after every entry, its end included."""
    assert all(a <= b for a, b in pairwise(moments)), "the queries search among rising moments"
    return [_BEYOND_TIME if moment > LATEST else moment.text() for moment in moments]
