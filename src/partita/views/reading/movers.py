"""Top movers: the accounts through which most went, on a day or over many.

Each day's accounts stand in the order of what they moved, so the busiest of many days are found
without reading all: the days are read from their busiest ends, whoever turns up is summed over all
days, and as soon as nobody still unseen could have moved as much, it is over (R. Fagin, A. Lotem,
M. Naor, "Optimal aggregation algorithms for middleware", 2003: the threshold algorithm).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from heapq import nsmallest
from typing import NamedTuple

import msgspec

from partita.engine.trailing.scanning import Scan
from partita.views.days import checked_day, day_after
from partita.views.movers import BY_MOVED, MOVER_DAY, MOVERS
from partita.views.reading.looking import Look, Place, Seen, is_below, near, seen

MOST_DAYS = 366
_FIRST_PAGE, _LARGEST_PAGE = 32, 1_000


class MoverFilter(NamedTuple):
    """Of which asset, from which day to which (both included), at or below which path."""

    asset: str
    first: str
    last: str
    prefix: str | None = None

    def checked(self) -> "MoverFilter":
        """The same, if its days are days, in their order, and not too many.

        Raises:
            ValueError: they are not.
        """
        if not 1 <= len(self.days) <= MOST_DAYS:
            raise ValueError(
                f"from {self.first} to {self.last} are {len(self.days)} days; 1 to {MOST_DAYS}"
                " can be asked for at once"
            )
        return self

    @property
    def days(self) -> list[str]:
        """Every day.

        Raises:
            ValueError: one is no day, written like 2026-11-20.
        """
        first, last = (date.fromisoformat(checked_day(day)) for day in (self.first, self.last))
        return [(first + timedelta(n)).isoformat() for n in range((last - first).days + 1)]


class Mover(msgspec.Struct, frozen=True):
    """What went through an account: how many entries, how much on each side, in minor units."""

    account: str
    entries: int
    debits: int
    credits: int

    @property
    def moved(self) -> int:
        """All that went through it, both ways."""
        return self.debits + self.credits

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in the list."""
        return -self.moved, self.account


def movers(
    place: Place, which: MoverFilter, after: tuple[int, str] | None, limit: int
) -> Seen[list[Mover]]:
    """So many of those that moved most, after a place in the list; and as of which sequence."""

    def ask(look: Look) -> list[Mover]:
        return _Search(look, which, after, limit).found()

    return seen(place, MOVERS, ask)


class _Search:
    """One look for the busiest: the days' lists as far as they were read, and who was met."""

    def __init__(
        self, look: Look, which: MoverFilter, after: tuple[int, str] | None, limit: int
    ) -> None:
        self._look, self._which, self._after, self._limit = look, which, after, limit
        self._lists = {day: self._list(day) for day in which.days}
        self._met: dict[str, Mover] = {}
        self._page = _FIRST_PAGE

    def found(self) -> list[Mover]:
        while True:
            unseen_at_most = sum([self._read_on(day) for day in list(self._lists)])
            best = nsmallest(self._limit, self._behind(), key=lambda mover: mover.place)
            if not self._lists:
                return best
            if len(best) == self._limit and best[-1].moved > unseen_at_most:
                return best
            self._page = min(self._page * 2, _LARGEST_PAGE)

    def _behind(self) -> Iterator[Mover]:
        after = self._after
        return (each for each in self._met.values() if after is None or each.place > after)

    def _list(self, day: str) -> Iterator[tuple[str, int]]:
        """Accounts of a day and what they moved, the busiest first; read as far as is asked."""
        which = self._which
        scan = Scan(
            MOVER_DAY, equal={"asset": which.asset, "day": day}, order=BY_MOVED,
            descending=True, where=near("account", which.prefix),
        )  # fmt: skip
        size = _FIRST_PAGE
        return ((row[1], row[6]) for row in self._look.rows(scan, size))

    def _read_on(self, day: str) -> int:
        """Read a page more of a day; what whoever is behind can have moved on it at most."""
        least = 0
        for _n in range(self._page):
            entry = next(self._lists[day], None)
            if entry is None:
                del self._lists[day]
                return 0
            account, least = entry
            if account not in self._met and is_below(account, self._which.prefix):
                self._met[account] = self._summed(account)
        return least

    def _summed(self, account: str) -> Mover:
        which = self._which
        scan = Scan(
            MOVER_DAY, equal={"asset": which.asset, "account": account},
            start=which.first, stop=day_after(which.last),
        )  # fmt: skip
        rows = [row[3:6] for row in self._look.rows(scan)]
        entries, debits, credits = (sum(column) for column in zip(*rows, strict=True))
        return Mover(account, entries, debits, credits)
