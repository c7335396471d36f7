"""Revaluation: what open positions are worth at a day's rates; lines, sums and books tie."""

import pytest

from partita.engine.as_of import NOW, AsOf
from partita.kernel.asset import BUILT_IN
from partita.kernel.moment import Moment
from partita.modules.chart.ready import ready_chart
from partita.modules.fx.conversions import Convert
from partita.modules.fx.conversions import ReverseConversion as Reverse
from partita.modules.fx.policy import Policy
from partita.modules.fx.pricing import FixedSide
from partita.modules.fx.rates import MissingRate
from partita.modules.fx.reading import LedgerRates, policy_in_force
from partita.modules.fx.revaluation import Revaluation, positions, revalue
from tests.unit.modules.fx.desk import TODAY, House, publish, terms

SCALES = {asset.code: asset.scale for asset in BUILT_IN.values()}


def at(house: House, day: str = TODAY, as_of: AsOf = NOW) -> Revaluation:
    store, info = house.application.store, house.ledger.info
    found = positions(store, info, ready_chart(), "EUR", as_of)
    return revalue(found, "EUR", LedgerRates(store, info, "ecb"), day, SCALES)


def test_each_position_is_worth_what_the_days_rates_say(house: House) -> None:
    # 100.00 USD bought for 95.24 EUR are worth 96.26 now; 16,306 JPY sold for 100.00 are still that.
    house.done(Convert(terms("USD", "EUR", 10_000, day="2026-11-18")))
    house.done(Convert(terms("EUR", "JPY", 10_000)))
    found = at(house)
    assert [(line.asset, line.quantity, line.cost, line.worth) for line in found.lines] == [
        ("JPY", -16_306, -10_000, -10_000),
        ("USD", 10_000, 9_524, 9_626),
    ]
    assert (found.cost, found.worth, found.unrealised, found.realised) == (-476, -374, 102, 0)
    earlier = at(house, "2026-11-18")
    assert earlier.unrealised == -10_191 + 9_524 - found.cost  # 16,306 JPY at 160 cost 101.91


def test_what_is_realised_moves_from_one_column_to_the_other(house: House) -> None:
    house.done(Convert(terms("USD", "EUR", 10_000, day="2026-11-18")))
    before = at(house)
    house.done(Convert(terms("EUR", "USD", 10_000, side=FixedSide.TARGET)))
    after = at(house)
    assert (before.unrealised, before.realised) == (102, 0)
    assert (after.unrealised, after.realised, after.lines) == (0, 102, ())


def test_a_reversal_after_a_sale_leaves_nothing_unaccounted(house: House) -> None:
    first, _ = house.done(Convert(terms("USD", "EUR", 10_000, day="2026-11-18")))
    house.done(Convert(terms("USD", "EUR", 10_000)))
    house.done(Convert(terms("EUR", "USD", 10_000, side=FixedSide.TARGET)))
    house.done(Reverse(first.id))
    # Bought for 96.26 and sold for 96.26, once the first purchase never was: nothing gained in all.
    left = at(house)
    assert left.unrealised + left.realised == 0
    assert [line.quantity for line in left.lines] == [0]
    house.done(Convert(terms("USD", "EUR", 1_000)))
    settled = at(house)
    assert settled.realised + settled.unrealised == 0
    assert settled.lines[0].cost == settled.lines[0].worth


def test_the_past_is_valued_as_it_was(house: House) -> None:
    yesterday = Moment.parse("2026-11-19T12:00:00Z")
    house.done(Convert(terms("USD", "EUR", 10_000, day="2026-11-19"), effective_at=yesterday))
    house.done(Convert(terms("USD", "EUR", 5_000)))
    assert at(house, "2026-11-19", AsOf(yesterday)).lines[0].quantity == 10_000
    assert at(house).lines[0].quantity == 15_000
    assert at(house, as_of=AsOf(Moment(yesterday - 1))).lines == ()


def test_a_position_without_a_rate_is_refused_with_the_last_day_named(house: House) -> None:
    house.done(Convert(terms("EUR", "JPY", 10_000)))
    with pytest.raises(MissingRate, match="2026-11-18") as gone:
        at(house, "2026-11-19")
    assert (gone.value.pair, gone.value.last) == ("JPY/EUR", "2026-11-18")


def test_rates_far_back_are_found(house: House) -> None:
    publish(house.ledger, {"1999-01-04": {"EUR/CYP": "0.58231"}})
    rates = LedgerRates(house.application.store, house.ledger.info, "ecb")
    with pytest.raises(MissingRate) as gone:
        rates.rate(TODAY, "EUR", "CYP")
    assert gone.value.last == "1999-01-04"
    assert rates.told("1999-01-04", "EUR", "CYP").published == "1999-01-04"


def test_a_fixed_rate_says_that_it_is_fixed(house: House) -> None:
    publish(house.ledger, {"always": {"EUR/BGN": "1.95583"}})
    rates = LedgerRates(house.application.store, house.ledger.info, "ecb")
    assert rates.told("1980-01-01", "EUR", "BGN").published == "always"
    assert rates.rate(TODAY, "BGN", "USD") == rates.told(TODAY, "BGN", "USD").exact


def test_the_policy_in_force_is_read_as_it_was_set(house: House) -> None:
    store, info = house.application.store, house.ledger.info
    assert policy_in_force(store, info) == Policy(base="EUR", provider="ecb")
    plain = house.application.open_ledger("plain").info
    assert policy_in_force(store, plain) == Policy()
