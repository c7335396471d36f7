"""Hold exposure: what open holds set aside, by the hour and by the day, and in all."""

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.kernel.account import AccountType
from partita.kernel.commands import ExtendHold, OpenAccount, PlaceHold
from partita.kernel.holds import Hold
from partita.kernel.moment import Moment
from partita.views.reading.holds import Bucket, Exposure, HoldFilter, hold_exposure
from partita.wiring import Application
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask_one
from tests.unit.views import plain_views
from tests.unit.views.journals import DAY_MICROSECONDS, followed, journal_of, lived, walked

HOUR_MICROSECONDS = DAY_MICROSECONDS // 24


def expected(holds: list[Hold], bucket: Bucket) -> list[Exposure]:
    """Open holds, summed the slow way."""
    sums: dict[tuple[str, str], list[int]] = {}
    for hold in holds:
        text = "never" if hold.expires_at is None else hold.expires_at.text()
        time = text[:13] if bucket is Bucket.HOUR else text[:10]
        held = sums.setdefault((hold.asset, time), [0, 0])
        held[0] += 1
        held[1] += hold.remaining
    return [
        Exposure(asset, None if time == "never" else time, *held)
        for (asset, time), held in sorted(sums.items())
    ]


@pytest.mark.parametrize("bucket", Bucket)
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_exposure_is_what_open_holds_say(seed: int, bucket: Bucket) -> None:
    found = followed(walked(seed))
    holds = list(plain_views.open_holds(found.records).values())
    told, sequence = hold_exposure(found.place, HoldFilter(), bucket)
    assert list(told.buckets) == expected(holds, bucket)
    assert sum(each.remaining for each in told.totals) == sum(hold.remaining for hold in holds) > 0
    assert sum(each.holds for each in told.totals) == len(holds)
    assert sequence == found.records[-1].sequence
    for account in {hold.account for hold in holds}:
        own = [hold for hold in holds if hold.account == account]
        told, _sequence = hold_exposure(found.place, HoldFilter(account=account), bucket)
        assert list(told.buckets) == expected(own, bucket)
    told, _sequence = hold_exposure(found.place, HoldFilter("EUR"), bucket)
    assert list(told.buckets) == expected([h for h in holds if h.asset == "EUR"], bucket)


def test_what_is_over_is_exposed_no_more() -> None:
    found = followed(lived())
    assert plain_views.open_holds(found.records) == {}
    told, _sequence = hold_exposure(found.place, HoldFilter(), Bucket.DAY)
    assert (told.buckets, told.totals) == ((), ())


def test_an_hour_is_that_of_utc_and_never_comes_last() -> None:
    application = Application(
        MemoryStore(), pepper=b"p" * 32, clock=StandingClock(), entropy=SeededEntropy()
    )
    ledger = application.open_ledger("main")
    ask_one(ledger, OpenAccount("a", "USD", AccountType.EQUITY))
    hours = [Moment(NOON + n * HOUR_MICROSECONDS) for n in (1, 1, 13, 2)]
    for expires_at in (*hours, None):
        outcome = ask_one(ledger, PlaceHold("a", 5, "USD", expires_at=expires_at))
    ask_one(ledger, ExtendHold(outcome.record.event.id, Moment(NOON + 5 * DAY_MICROSECONDS)))
    ask_one(ledger, PlaceHold("a", 1, "USD", expires_at=None))
    found = followed(journal_of(application.store, ledger.info))
    told, _sequence = hold_exposure(found.place, HoldFilter(), Bucket.HOUR)
    assert [(each.expires_in, each.holds, each.remaining) for each in told.buckets] == [
        ("2026-11-20T13", 2, 10), ("2026-11-20T14", 1, 5), ("2026-11-21T01", 1, 5),
        ("2026-11-25T12", 1, 5), (None, 1, 1),
    ]  # fmt: skip
    told, _sequence = hold_exposure(found.place, HoldFilter(), Bucket.DAY)
    assert [(each.expires_in, each.holds) for each in told.buckets] == [
        ("2026-11-20", 3), ("2026-11-21", 1), ("2026-11-25", 1), (None, 1),
    ]  # fmt: skip
    ledger.close()
