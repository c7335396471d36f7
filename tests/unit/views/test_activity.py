"""Activity: each account's entries, sums, first and last; and those that rest, longest first."""

import pytest

from partita.engine.listing import AccountFilter
from partita.kernel.account import AccountStatus, Side
from partita.kernel.moment import Moment
from partita.views.reading.activity import Activity, DormantFilter, Sign, activity, dormant
from tests.plugins.steering import NOON
from tests.unit.views import plain_views
from tests.unit.views.journals import DAY_MICROSECONDS, Journal, days, followed, lived, walked

ALL = 1_000_000
LATER = Moment(NOON + 1_000 * DAY_MICROSECONDS)


def expected_of(journal: Journal, path: str, asset: str) -> Activity:
    """What an account did, by its entries alone."""
    found = [fact for fact in plain_views.facts(journal.records) if fact.entry.account == path]
    if not found:
        return Activity(path, asset)
    first, last = (
        Sign(fact.record.sequence, fact.record.recorded_at, fact.record.event.effective_at)
        for fact in (found[0], found[-1])
    )
    debits, credits = (
        sum(fact.entry.amount for fact in found if fact.entry.direction is side) for side in Side
    )
    return Activity(path, asset, len(found), debits, credits, first, last)


@pytest.mark.parametrize("journal", [days, lived, walked])
def test_activity_is_what_the_entries_say(journal) -> None:
    found = followed(journal())
    standings = found.store.accounts(found.info, AccountFilter(), None, ALL)
    for standing in standings:
        told, sequence = activity(found.place, standing.account)
        assert told == expected_of(found, standing.account.path, standing.account.asset)
        assert sequence == found.records[-1].sequence
    assert len(standings) > 5


@pytest.mark.parametrize("journal", [days, lived])
@pytest.mark.parametrize("limit", [1, 4, ALL])
def test_the_dormant_are_those_without_entries_since(journal, limit: int) -> None:
    found = followed(journal())
    last: dict[str, Moment] = {
        s.account.path: s.account.opened_at
        for s in found.store.accounts(found.info, AccountFilter(), None, ALL)
        if s.status is not AccountStatus.CLOSED
    }
    for fact in plain_views.facts(found.records):
        if fact.entry.account in last:
            last[fact.entry.account] = fact.record.recorded_at
    moments = sorted(set(last.values()))
    for since in (moments[0], moments[len(moments) // 2], LATER):
        pages, after = [], None
        while page := dormant(found.place, DormantFilter(since), after, limit)[0]:
            pages += page
            after = page[-1].place
        resting = sorted((at, path) for path, at in last.items() if at < since)
        assert [each.place for each in pages] == resting
    assert len(resting) == len(last)


def test_dormant_accounts_are_chosen_by_asset_and_path() -> None:
    found = followed(walked())
    rows, _sequence = dormant(found.place, DormantFilter(LATER, "EUR"), None, ALL)
    assert {each.standing.account.asset for each in rows} == {"EUR"}
    found = followed(days())
    rows, _sequence = dormant(found.place, DormantFilter(LATER, None, "fees"), None, ALL)
    assert {each.activity.account for each in rows} == {"fees:card:USD", "fees:wire:USD"}
