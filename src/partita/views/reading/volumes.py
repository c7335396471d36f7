"""Daily volumes and fees, and what one account did on each day, newest day first."""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from itertools import groupby, islice
from typing import NamedTuple

import msgspec

from partita.engine.as_of import Basis
from partita.engine.listing import AccountFilter
from partita.engine.trailing.scanning import Condition, Scan, Test
from partita.engine.trailing.tables import BY_KEY
from partita.kernel.account import Account
from partita.modules.chart.chart import Chart
from partita.modules.chart.in_force import in_force
from partita.modules.chart.pattern import Pattern
from partita.views.days import checked_day, day_after
from partita.views.moving import UNTYPED
from partita.views.reading.looking import Look, Place, Seen, seen
from partita.views.volumes import ACCOUNT_DAY, BY_RECORDED, VOLUME_DAY, VOLUMES

FEES = "fees"
"""The role in the chart of the accounts to which fees go."""
_PAGE = 1_000


class Grouping(Enum):
    """What the sums of a day are told apart by."""

    TYPE = "type"
    ASSET = "asset"


class Days(NamedTuple):
    """Which days: from one to another, both included, None being no bound; by which time."""

    first: str | None = None
    last: str | None = None
    basis: Basis = Basis.EFFECTIVE

    def checked(self) -> "Days":
        """The same, if these are days.

        Raises:
            ValueError: one is none.
        """
        for day in (self.first, self.last):
            if day is not None:
                checked_day(day)
        return self


class VolumeFilter(NamedTuple):
    """Which volumes: of which days, of one asset or type or of all, told apart by what."""

    days: Days = Days()
    asset: str | None = None
    type: str | None = None
    grouping: Grouping = Grouping.TYPE


class DayVolume(msgspec.Struct, frozen=True):
    """What was moved on a day in one asset: how often, how much, and what of it were fees.

    `volume` is the sum of debits, in minor units; `fees` is what went to the accounts for fees,
    less what was taken back. `type` is None for transactions without one, and for all together.
    """

    day: str
    asset: str
    type: str | None
    transactions: int
    volume: int
    fees: int

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands in the list."""
        return self.day, self.asset, self.type or UNTYPED


def volumes(
    place: Place, which: VolumeFilter, after: tuple[str, str, str] | None, limit: int
) -> Seen[list[DayVolume]]:
    """So many rows after a place in the list, and as of which sequence they are."""
    accounts = fee_accounts(place)

    def ask(look: Look) -> list[DayVolume]:
        found = list(islice(_grouped(look, which, after), limit))
        if not found:
            return []
        days = which.days._replace(first=found[-1].day, last=found[0].day)
        fees = _fees(look, accounts, days, which.grouping)
        return [msgspec.structs.replace(each, fees=fees.get(each.place, 0)) for each in found]

    return seen(place, VOLUMES, ask)


def _grouped(
    look: Look, which: VolumeFilter, after: tuple[str, str, str] | None
) -> Iterator[DayVolume]:
    """The rows without their fees."""
    is_by_type = which.grouping is Grouping.TYPE
    for (day, asset, type_), rows in groupby(
        _volume_rows(look, which, after),
        key=lambda row: (row[0], row[1], row[2] if is_by_type else UNTYPED),
    ):
        sums = [(transactions, volume) for *_place, transactions, volume in rows]
        counts = sum(each[0] for each in sums), sum(each[1] for each in sums)
        yield DayVolume(day, asset, type_ or None, *counts, 0)


def _volume_rows(
    look: Look, which: VolumeFilter, after: tuple[str, str, str] | None
) -> Iterator[tuple[str, str, str, int, int]]:
    """Day, asset, type, transactions, volume; the day is that of the basis."""
    is_recorded = which.days.basis is Basis.RECORDED
    wanted = (("asset", which.asset), ("type", which.type))
    scan = Scan(
        VOLUME_DAY,
        order=BY_RECORDED if is_recorded else BY_KEY,
        start=which.days.first,
        stop=_end(which.days),
        descending=True,
        # Behind all rows of that group: no day is before the empty one.
        after=None if after is None else (*after, ""),
        where=tuple(Condition(name, Test.EQUAL, text) for name, text in wanted if text is not None),
    )
    for effective, asset, type_, recorded, transactions, volume in look.rows(scan):
        yield (recorded if is_recorded else effective), asset, type_, transactions, volume


def _end(days: Days) -> str | None:
    return None if days.last is None else day_after(days.last)


def _fees(
    look: Look, accounts: Iterable[Account], days: Days, grouping: Grouping
) -> Mapping[tuple[str, str, str], int]:
    """What went to these accounts, less what was taken back, by place in the list."""
    fees: dict[tuple[str, str, str], int] = {}
    for account in accounts:
        for day, type_, _entries, debits, credits in _account_rows(look, account.path, days):
            name = day, account.asset, type_ if grouping is Grouping.TYPE else UNTYPED
            fees[name] = fees.get(name, 0) + credits - debits
    return fees


def fee_accounts(place: Place) -> list[Account]:
    """The accounts of the role `fees` by the chart in force now; asks the store."""
    chart = in_force(place.shelf, place.ledger).chart
    heads = {_head(pattern) for pattern in chart.patterns if FEES in pattern.roles}
    found = {each.number: each for head in heads for each in _accounts(place, head)}
    return [each for each in found.values() if _is_for_fees(chart, each.path)]


def _head(pattern: Pattern) -> str | None:
    """What all paths of a pattern begin with, by whole segments; None if with nothing."""
    texts = []
    for segment in pattern.segments:
        if segment.is_variable:
            break
        texts.append(segment.text)
    return ":".join(texts) or None


def _accounts(place: Place, prefix: str | None) -> Iterator[Account]:
    before, which = None, AccountFilter(path_prefix=prefix)
    while page := place.shelf.accounts(place.ledger, which, before, _PAGE):
        yield from (standing.account for standing in page)
        before = page[-1].account.number


def _is_for_fees(chart: Chart, path: str) -> bool:
    match = chart.match(path)
    return match is not None and FEES in match.pattern.roles


class AccountDay(msgspec.Struct, frozen=True):
    """What went through an account on a day: how many entries, how much on each side."""

    day: str
    entries: int
    debits: int
    credits: int


def account_days(
    place: Place, account: str, days: Days, before: str | None, limit: int
) -> Seen[list[AccountDay]]:
    """So many of the days on which an account, by its path, moved; those before a day."""

    def ask(look: Look) -> list[AccountDay]:
        rows = _account_rows(look, account, days, before)
        return list(islice(_summed_days(rows), limit))

    return seen(place, VOLUMES, ask)


def _summed_days(rows: Iterable[tuple[str, str, int, int, int]]) -> Iterator[AccountDay]:
    for day, group in groupby(rows, key=lambda row: row[0]):
        sums = [(entries, debits, credits) for _day, _type, entries, debits, credits in group]
        entries, debits, credits = (sum(column) for column in zip(*sums, strict=True))
        yield AccountDay(day, entries, debits, credits)


def _account_rows(
    look: Look, account: str, days: Days, before: str | None = None
) -> Iterator[tuple[str, str, int, int, int]]:
    """Day, type, entries, debits, credits of an account; the day is that of the basis."""
    is_recorded = days.basis is Basis.RECORDED
    scan = Scan(
        ACCOUNT_DAY,
        equal={"account": account},
        order=BY_RECORDED if is_recorded else BY_KEY,
        start=days.first,
        stop=_end(days),
        descending=True,
        after=None if before is None else (account, before, "", ""),
    )
    for _account, effective, type_, recorded, *sums in look.rows(scan):
        entries, debits, credits = sums
        yield (recorded if is_recorded else effective), type_, entries, debits, credits
