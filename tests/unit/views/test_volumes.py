"""Volumes: what each day moved, by the records themselves; fees by the chart."""

from itertools import groupby

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.as_of import Basis
from partita.engine.trailing.reading import ViewReader
from partita.views.reading.volumes import (
    Days,
    Grouping,
    VolumeFilter,
    account_days,
    fee_accounts,
    volumes,
)
from tests.unit.views import plain_views
from tests.unit.views.journals import CUSTOMERS, FEES, Journal, days, followed, lived, walked

ALL = 1_000_000


@pytest.mark.parametrize("basis", Basis)
@pytest.mark.parametrize("journal", [days, lived, walked])
def test_volumes_are_what_the_records_say(journal, basis: Basis) -> None:
    found = followed(journal())
    fees = {account.path for account in fee_accounts(found.place)}
    rows, sequence = volumes(found.place, VolumeFilter(Days(basis=basis)), None, ALL)
    expected = plain_views.volumes(found.records, is_recorded=basis is Basis.RECORDED, fees=fees)
    assert {(r.day, r.asset, r.type): (r.transactions, r.volume, r.fees) for r in rows} == expected
    assert sequence == found.records[-1].sequence
    assert [row.place for row in rows] == sorted((row.place for row in rows), reverse=True)


def test_fees_are_those_of_the_charts_accounts() -> None:
    found = followed(days())
    assert {account.path for account in fee_accounts(found.place)} == set(FEES)
    rows, _sequence = volumes(found.place, VolumeFilter(), None, ALL)
    net = plain_views.net(found.records)
    assert sum(row.fees for row in rows) == sum(net[path] for path in FEES) != 0
    assert net["fees-old"] != 0


@pytest.mark.parametrize("grouping", Grouping)
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_make_the_whole(limit: int, grouping: Grouping) -> None:
    found = followed(days())
    which = VolumeFilter(Days(basis=Basis.EFFECTIVE), grouping=grouping)
    whole, _sequence = volumes(found.place, which, None, ALL)
    pages, after = [], None
    while page := volumes(found.place, which, after, limit)[0]:
        pages += page
        after = page[-1].place
    assert pages == whole
    assert len({row.place for row in whole}) == len(whole) > 10


def test_filters_leave_out_the_rest() -> None:
    found = followed(days())
    whole, _sequence = volumes(found.place, VolumeFilter(), None, ALL)
    some_days = sorted({row.day for row in whole})
    first, last = some_days[2], some_days[-3]
    which = VolumeFilter(Days(first, last), "USD", "card")
    rows, _sequence = volumes(found.place, which, None, ALL)
    assert rows == [r for r in whole if first <= r.day <= last and r.type == "card"]
    assert rows
    assert volumes(found.place, VolumeFilter(asset="EUR"), None, ALL)[0] == []


def test_types_are_summed_where_only_assets_are_told_apart() -> None:
    found = followed(lived())
    by_type, _ = volumes(found.place, VolumeFilter(), None, ALL)
    by_asset, _ = volumes(found.place, VolumeFilter(grouping=Grouping.ASSET), None, ALL)
    expected = [
        (day, asset, sum(r.transactions for r in rows), sum(r.volume for r in rows),
         sum(r.fees for r in rows))
        for (day, asset), group in groupby(by_type, key=lambda row: (row.day, row.asset))
        if (rows := list(group))
    ]  # fmt: skip
    assert [(r.day, r.asset, r.transactions, r.volume, r.fees) for r in by_asset] == expected
    assert all(row.type is None for row in by_asset)


def test_an_accounts_days_are_those_of_its_entries() -> None:
    found = followed(days())
    for path in (CUSTOMERS[0], "custody:bank:USD", FEES[0]):
        whole, _sequence = account_days(found.place, path, Days(), None, ALL)
        for day in whole:
            sums = plain_views.moved(found.records, "USD", day.day, day.day)[path]
            assert [day.entries, day.debits, day.credits] == sums
        assert sum(day.entries for day in whole) == sum(
            fact.entry.account == path and fact.entry.amount > 0
            for fact in plain_views.facts(found.records)
        )
        pages, before = [], None
        while page := account_days(found.place, path, Days(), before, 2)[0]:
            pages += page
            before = page[-1].day
        assert pages == whole


def test_nothing_is_said_before_anything_was_projected() -> None:
    fresh: Journal = days()
    place = fresh.place._replace(views=ViewReader(MemoryStore(), fresh.info))
    assert volumes(place, VolumeFilter(), None, 5) == ([], 0)
