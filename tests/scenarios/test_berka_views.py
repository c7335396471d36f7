"""Trailing views of a real bank's year: what its file says, and the same again when rebuilt."""

import csv
import gzip
from collections import defaultdict
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from examples.berka import story
from partita.engine.as_of import Basis
from partita.engine.trailing.ports import AnyView
from partita.engine.trailing.rebuilding import ViewRebuilder
from partita.engine.trailing.scanning import Scan
from partita.views import TRAILING
from partita.views.reading.looking import Look, Place
from partita.views.reading.movers import MoverFilter, movers
from partita.views.reading.volumes import Days, Grouping, VolumeFilter, volumes
from partita.views.volumes import ACCOUNT_DAY, VOLUMES
from partita.wiring import Application, FullStore
from tests.plugins.steering import SeededEntropy, StandingClock
from tests.unit.views.journals import Journal, followed, journal_of

SAMPLE_ROWS = 3_000
AccountDays = dict[tuple[str, str], list[int]]


@pytest.fixture
def files() -> story.Files:
    """The published files; without them there is nothing to test."""
    try:
        return story.find_files()
    except story.MissingInputError as missing:
        pytest.skip(str(missing))


def first_rows(files: story.Files, folder: Path, count: int) -> story.Files:
    """The same with only the beginning of the file, which is in the order of days."""
    sample = folder / "trans_1993.asc.gz"
    with gzip.open(files.transactions, "rb") as opened:
        sample.write_bytes(gzip.compress(b"".join(islice(opened, count + 1)), 1))
    return files._replace(transactions=sample)


def account_days(files: story.Files) -> AccountDays:
    """What went through each customer's account on each day, by the rows of the file."""
    found: AccountDays = defaultdict(lambda: [0, 0, 0])
    with gzip.open(files.transactions, "rt", newline="") as opened:
        for row in csv.DictReader(opened, delimiter=";"):
            date, amount = row["date"], round(float(row["amount"]) * 100)
            sums = found[f"customers:{row['account_id']}", f"19{date[:2]}-{date[2:4]}-{date[4:]}"]
            sums[0] += 1
            sums[2 if row["type"] == "PRIJEM" else 1] += amount
    return found


def imported(store: FullStore, files: story.Files, folder: Path) -> Journal:
    """The file in the ledger, and all views as far as that."""
    application = Application(
        store, pepper=b"p" * 32, clock=StandingClock(step_microseconds=1), entropy=SeededEntropy()
    )
    ledger = application.open_ledger("main")
    report = story.Bank(application, files).import_file(folder, lambda _: None)
    assert report.counts.posted > 0
    ledger.close()
    return followed(journal_of(store, ledger.info))


def rows(place: Place, view: AnyView, table: str) -> list[Any]:
    """All rows of a table, in the order of their keys."""
    return list(Look(place, view).rows(Scan(table)))


def judged(found: Journal, expected: AccountDays) -> None:
    """Compare the views with the file, rebuild them, and compare again."""
    place = found.place
    days: AccountDays = defaultdict(lambda: [0, 0, 0])
    for account, day, _type, _recorded, *sums in rows(place, VOLUMES, ACCOUNT_DAY):
        if account.startswith("customers:"):
            days[account, day] = [a + b for a, b in zip(days[account, day], sums, strict=True)]
    assert days == expected
    moved: dict[str, int] = defaultdict(int)
    for (account, _day), (_entries, debits, credits) in expected.items():
        moved[account] += debits + credits
    year = MoverFilter("CZK", "1993-01-01", "1993-12-31", "customers")
    busiest = sorted(moved, key=lambda account: (-moved[account], account))[:10]
    assert [each.account for each in movers(place, year, None, 10).answer] == busiest
    which = VolumeFilter(Days(basis=Basis.EFFECTIVE), grouping=Grouping.ASSET)
    told = {each.day: each.transactions for each in volumes(place, which, None, 1_000).answer}
    by_day: dict[str, int] = defaultdict(int)
    for (_account, day), (entries, *_sums) in expected.items():
        by_day[day] += entries
    assert told == by_day
    rebuilt(found)


def rebuilt(found: Journal) -> None:
    """Every view anew beside the live one: no row differs, and none is another afterwards."""
    before = {t.name: rows(found.place, v, t.name) for v in TRAILING for t in v.tables}
    for view in TRAILING:
        rebuilder = ViewRebuilder(found.store, found.store, StandingClock(), found.info)
        report = rebuilder.rebuild(view, lambda _done, _all: None)
        assert report.differences == 0, report
        assert report.rows == sum(len(before[table.name]) for table in view.tables)
        assert {t.name: rows(found.place, view, t.name) for t in view.tables} == {
            t.name: before[t.name] for t in view.tables
        }


def test_views_of_some_weeks_are_what_the_file_says(
    store: FullStore, files: story.Files, tmp_path: Path
) -> None:
    files = first_rows(files, tmp_path, SAMPLE_ROWS)
    expected = account_days(files)
    assert sum(entries for entries, *_sums in expected.values()) == SAMPLE_ROWS
    judged(imported(store, files, tmp_path), expected)


@pytest.mark.slow
def test_views_of_the_whole_year_are_what_the_file_says(
    postgres_store: FullStore, files: story.Files, tmp_path: Path
) -> None:
    judged(imported(postgres_store, files, tmp_path), account_days(files))
