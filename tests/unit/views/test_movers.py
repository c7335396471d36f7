"""Movers: the busiest accounts of a day and of many, found without reading all, and rightly so."""

import random

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.trailing.changes import Add
from partita.engine.trailing.reading import ViewReader
from partita.views.movers import MOVER_DAY, MOVERS
from partita.views.reading.looking import Place
from partita.views.reading.movers import MoverFilter, movers
from tests.plugins.steering import NOON
from tests.unit.views import plain_views
from tests.unit.views.journals import days, followed, lived, walked

ALL = 1_000_000


@pytest.mark.parametrize("journal", [days, lived, walked])
def test_movers_are_what_the_records_say(journal) -> None:
    found = followed(journal())
    some_days = sorted({fact.effective_day for fact in plain_views.facts(found.records)})
    spans = [(day, day) for day in some_days[:5]] + [(some_days[0], some_days[-1])]
    for asset in {fact.entry.asset for fact in plain_views.facts(found.records)}:
        for first, last in spans:
            rows, _sequence = movers(found.place, MoverFilter(asset, first, last), None, ALL)
            expected = plain_views.moved(found.records, asset, first, last)
            assert {r.account: [r.entries, r.debits, r.credits] for r in rows} == expected
            assert [r.place for r in rows] == sorted(r.place for r in rows)


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_make_the_whole(limit: int) -> None:
    found = followed(days())
    which = MoverFilter("USD", "2026-10-01", "2026-12-31", "customers")
    whole, _sequence = movers(found.place, which, None, ALL)
    pages, after = [], None
    while page := movers(found.place, which, after, limit)[0]:
        pages += page
        after = page[-1].place
    assert pages == whole
    assert len(whole) == 12
    assert all(row.account.startswith("customers:") for row in whole)


def test_a_path_has_only_what_is_below_it() -> None:
    found = followed(days())
    which = MoverFilter("USD", "2026-10-01", "2026-12-31", "fees")
    rows, _sequence = movers(found.place, which, None, ALL)
    assert {row.account for row in rows} == {"fees:card:USD", "fees:wire:USD"}
    which = which._replace(prefix="fees-old")
    assert [row.account for row in movers(found.place, which, None, ALL)[0]] == ["fees-old"]


@pytest.mark.parametrize("seed", range(20))
def test_the_busiest_of_many_days_are_found_from_their_busiest_ends(seed: int) -> None:
    """Many accounts, few of them busy, some on one day only; ties everywhere."""
    chance, store = random.Random(seed), MemoryStore()
    info = store.create_ledger("main", NOON)
    held = store.begin_generation(info, MOVERS, NOON)
    dates = [f"2026-11-{n:02}" for n in range(1, 8)]
    moved: dict[str, int] = {}
    changes = []
    for n in range(150):
        for day in chance.sample(dates, chance.randrange(1, 4)):
            amount = chance.choice((1, 1, 2, 5, 5, 50, chance.randrange(1, 400)))
            moved[f"a{n}"] = moved.get(f"a{n}", 0) + amount
            changes.append(Add(MOVER_DAY, ("USD", f"a{n}", day), (1, amount, 0, amount)))
    assert store.apply(info, MOVERS, changes, held=held, upto=9, now=NOON)
    place = Place(store, info, ViewReader(store, info))
    expected = sorted((-amount, account) for account, amount in moved.items())
    which, after = MoverFilter("USD", dates[0], dates[-1]), None
    for start in range(0, 30, 10):
        page, sequence = movers(place, which, after, 10)
        assert [row.place for row in page] == expected[start : start + 10]
        assert sequence == 9
        after = page[-1].place


def kept(moved: dict[tuple[str, str], int]) -> Place:
    """A view in which accounts moved so much, by account and day."""
    store = MemoryStore()
    info = store.create_ledger("main", NOON)
    held = store.begin_generation(info, MOVERS, NOON)
    changes = [
        Add(MOVER_DAY, ("USD", account, day), (1, amount, 0, amount))
        for (account, day), amount in moved.items()
    ]
    assert store.apply(info, MOVERS, changes, held=held, upto=1, now=NOON)
    return Place(store, info, ViewReader(store, info))


def test_who_is_busiest_on_no_day_may_be_so_over_all() -> None:
    """Behind many accounts on each day, far beyond what is read of a day at first."""
    dates = [f"2026-11-{n:02}" for n in range(1, 8)]
    moved = {(f"{day}-{n}", day): 100 for day in dates for n in range(200)}
    moved |= {("steady", day): 99 for day in dates}
    which = MoverFilter("USD", dates[0], dates[-1])
    (busiest,) = movers(kept(moved), which, None, 1).answer
    assert (busiest.account, busiest.moved) == ("steady", 99 * 7)


def test_of_equals_the_first_by_name_comes_first() -> None:
    moved = {(f"a{n:03}", "2026-11-01"): 5 for n in range(200)}
    which = MoverFilter("USD", "2026-11-01", "2026-11-01")
    found = movers(kept(moved), which, None, 2).answer
    assert [each.account for each in found] == ["a000", "a001"]
