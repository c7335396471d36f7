"""Both stores answer every question to every trailing view alike, whatever the batches were."""

from collections.abc import Callable
from typing import Any

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.as_of import Basis
from partita.engine.listing import AccountFilter, ResourceFilter
from partita.engine.trailing.ports import Phase
from partita.engine.trailing.reading import ViewReader
from partita.engine.trailing.scanning import Scan
from partita.kernel.moment import Moment
from partita.modules.wallets.wallet import WALLET
from partita.views import TRAILING
from partita.views.reading.activity import DormantFilter, activity, dormant
from partita.views.reading.holds import Bucket, HoldFilter, hold_exposure
from partita.views.reading.looking import Place
from partita.views.reading.movers import MoverFilter, movers
from partita.views.reading.volumes import Days, Grouping, VolumeFilter, account_days, volumes
from partita.views.reading.wallets import (
    Owner,
    customer_balances,
    wallet_balances,
)
from tests.plugins.steering import NOON
from tests.unit.views.journals import Journal, days, lived, walked

JOURNALS = {"walked": walked, "lived": lived, "days": days}
EVERYTHING, BATCH_RECORDS = 1_000, 97
LATER = Moment(NOON + 10**15)


def projected(journal: Journal, keeper: Any) -> Place:
    """Where the journal's views are read after this keeper took them in, batch by batch."""
    info = keeper.create_ledger("main", NOON)
    for view in TRAILING:
        held = keeper.begin_generation(info, view, NOON)
        for begin in range(0, len(journal.records), BATCH_RECORDS):
            batch = journal.records[begin : begin + BATCH_RECORDS]
            changes, upto = list(view.project(batch)), batch[-1].sequence
            assert keeper.apply(info, view, changes, held=held, upto=upto, now=NOON)
            held = next(
                each for each in keeper.view_standings(info)
                if (each.view, each.phase) == (view.name, Phase.LIVE)
            )  # fmt: skip
    return Place(journal.store, journal.info, ViewReader(keeper, info))


def paged(page: Callable[[Any], Any], place_of: Callable[[Any], Any]) -> list[Any]:
    """All pages of a list, each with its sequence."""
    found, after = [], None
    while (rows := page(after)).answer:
        found.append(rows)
        after = place_of(rows.answer[-1])
    return found


def answers(place: Place) -> list[Any]:
    """Questions of every kind, in pages where they have any."""
    shelf, info = place.shelf, place.ledger
    accounts = [s.account for s in shelf.accounts(info, AccountFilter(), None, EVERYTHING)][:12]
    owners = {m.about for m in shelf.resources(info, ResourceFilter(WALLET), None, EVERYTHING)}
    found: list[Any] = [activity(place, account) for account in accounts]
    found += [account_days(place, account.path, Days(), None, 3) for account in accounts]
    for basis in Basis:
        for grouping in Grouping:
            which = VolumeFilter(Days(basis=basis), grouping=grouping)
            found += paged(lambda a, w=which: volumes(place, w, a, 40), lambda row: row.place)
    for asset in ("USD", "EUR"):
        span = MoverFilter(asset, "2026-03-01", "2026-12-15")
        found += paged(lambda a, w=span: movers(place, w, a, 9), lambda row: row.place)
        found += paged(
            lambda a, asset=asset: wallet_balances(place, Owner(asset=asset), a, 5),
            Owner(asset=asset).place_of,
        )
    found += paged(lambda a: dormant(place, DormantFilter(LATER), a, 7), lambda row: row.place)
    for owner in sorted(filter(None, owners)):
        found += [customer_balances(place, owner)]
        found += [wallet_balances(place, Owner(owner, asset="USD"), None, 5)]
    return [*found, *(hold_exposure(place, HoldFilter(), bucket) for bucket in Bucket)]


@pytest.fixture(params=JOURNALS)
def journal(request: pytest.FixtureRequest) -> Journal:
    """Each journal in turn."""
    return JOURNALS[request.param]()


def test_both_keep_the_same_rows_and_answer_alike(
    journal: Journal, postgres_store: PostgresStore
) -> None:
    memory = MemoryStore()
    expected, found = projected(journal, memory), projected(journal, postgres_store)
    for view in TRAILING:
        for table in view.tables:
            kept = [_rows(each, view, Scan(table.name)) for each in (expected, found)]
            assert kept[0] == kept[1], table.name
    assert answers(found) == answers(expected)
    assert len(answers(expected)) > 20


def _rows(place: Place, view: Any, what: Scan) -> list[Any]:
    table, rows = view.table(what.table), []
    places = table.places(table.key)
    while page := place.views.scan(view, _behind(what, rows, places)).rows:
        rows += page
    return rows


def _behind(what: Scan, rows: list[Any], places: tuple[int, ...]) -> Scan:
    after = tuple(rows[-1][at] for at in places) if rows else None
    return Scan(what.table, after=after, limit=EVERYTHING)
