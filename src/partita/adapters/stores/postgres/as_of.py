"""Answers about the past, out of PostgreSQL: what is fixed first is the sequence, then all is still.

Entries at or before a sequence never change. So once a question names one, it may be asked in
several queries, and writers and the builder of blocks may go on meanwhile.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, LiteralString

from partita.adapters.stores.postgres import rows
from partita.adapters.stores.postgres.connecting import Connection
from partita.adapters.stores.postgres.geometry import Geometry
from partita.adapters.stores.postgres.named_queries import NamedQueries
from partita.engine.as_of import PastTotals
from partita.kernel.account import Totals
from partita.kernel.book import Standing
from partita.kernel.moment import LATEST, Moment

QUERIES = NamedQueries(Path(__file__).parent / "sql" / "as_of.sql")
_BEYOND_TIME = "infinity"


class Past:
    """Questions about one ledger's past, on one connection."""

    def __init__(self, connection: Connection, ledger_id: int, geometry: Geometry) -> None:
        """Ask on this connection, which is idle."""
        self._connection = connection
        self._values: dict[str, Any] = {"ledger_id": ledger_id, **geometry.values()}

    def entries_at(self, numbers: Sequence[int], sequence: int) -> dict[int, PastTotals]:
        """Each account's last entry at or before a sequence, where it has one."""
        values = {"numbers": list(set(numbers)), "sequence": sequence}
        found = self._ask(QUERIES.entries_at, values)
        return {row[0]: PastTotals(rows.totals(row[3:7]), row[1], row[2]) for row in found}

    def posted_before(
        self, numbers: Sequence[int], moments: Sequence[Moment], sequence: int
    ) -> dict[int, list[Totals]]:
        """For each account: posted totals, effective before each of some rising moments."""
        values = {"numbers": list(set(numbers)), "moments": _times(moments), "sequence": sequence}
        found = self._ask(QUERIES.posted_before, values)
        sums = _Sums(numbers, len(moments))
        for number, place, is_lasting, debits, credits in found:
            sums.add(number, place - 1, (int(debits), int(credits)), is_lasting=is_lasting)
        return sums.totals()

    def recorded_before(self, number: int, moments: Sequence[Moment]) -> list[Totals]:
        """One account's posted totals before each of some rising moments of recorded time."""
        values = {"number": number, "moments": _times(moments)}
        found = {row[0]: row for row in self._ask(QUERIES.recorded_before, values)}
        places = range(1, len(moments) + 1)
        return [rows.totals(found[p][1:3]) if p in found else Totals() for p in places]

    def accounts_by_path(self, after: str, sequence: int, limit: int) -> list[Standing]:
        """Accounts with a path above `after` that were opened by then, without their totals."""
        values = {"after": after, "sequence": sequence, "limit": limit}
        return [
            rows.standing((*row, 0, 0, 0, 0, 0))
            for row in self._ask(QUERIES.accounts_by_path, values)
        ]

    def _ask(self, query: LiteralString, values: dict[str, Any]) -> list[rows.Row]:
        """One round trip, under plans that do not depend on statistics."""
        with self._connection.pipeline():
            self._connection.execute("begin read only")
            self._connection.execute(QUERIES.steady_plans)
            answer = self._connection.execute(query, {**self._values, **values}, prepare=True)
            self._connection.execute("commit")
        return list(answer.fetchall())


class _Sums:
    """Adds up the parts that the database found: at one moment, or from it on."""

    def __init__(self, numbers: Sequence[int], moments: int) -> None:
        self._at = {number: [(0, 0)] * moments for number in numbers}
        self._since = {number: [(0, 0)] * moments for number in numbers}

    def add(self, number: int, place: int, part: tuple[int, int], *, is_lasting: bool) -> None:
        kept = (self._since if is_lasting else self._at)[number]
        kept[place] = (kept[place][0] + part[0], kept[place][1] + part[1])

    def totals(self) -> dict[int, list[Totals]]:
        return {number: self._rising(number) for number in self._at}

    def _rising(self, number: int) -> list[Totals]:
        debits = credits = 0
        found = []
        for at, since in zip(self._at[number], self._since[number], strict=True):
            debits, credits = debits + since[0], credits + since[1]
            found.append(Totals(at[0] + debits, at[1] + credits))
        return found


def _times(moments: Sequence[Moment]) -> list[str]:
    """Rising moments as text; what is beyond the calendar comes after every entry, its end included."""
    assert all(a <= b for a, b in pairwise(moments)), "the queries search among rising moments"
    return [_BEYOND_TIME if moment > LATEST else moment.text() for moment in moments]
