"""What goes on by itself: quotes expire; and what takes long can be cut off: tables of rates."""

import pytest

from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.fx.ledger_rates import MOST_DAYS, PublishRates, check_rates
from partita.modules.fx.publishing import publish_table
from partita.modules.fx.quotes import QUOTES, CreateQuote
from partita.modules.fx.rates import MissingRate, RateError, Rates
from partita.modules.fx.reading import LedgerRates
from partita.modules.wallets.expiring import ExpiryProcess
from tests.unit.modules.fx.desk import TODAY, House, matter, terms

MINUTE = 60_000_000


def process(house: House) -> ExpiryProcess:
    store = house.application.store
    return ExpiryProcess(QUOTES, store.ledgers, house.application.ledger, store)


def test_quotes_whose_time_is_over_are_ended_and_others_are_not(house: House) -> None:
    wanted = terms("EUR", "USD", 10_000)
    short = [matter(house.do(CreateQuote(wanted, 60))).id for _ in range(3)]
    long = matter(house.do(CreateQuote(wanted, 600))).id
    assert process(house).run_once(house.clock.now()) == 0
    house.clock.moment = Moment(house.clock.moment + 2 * MINUTE)
    assert process(house).run_once(house.clock.now()) == 3
    assert process(house).run_once(house.clock.now()) == 0
    store, info = house.application.store, house.ledger.info
    found = [store.resource(info, "fx_quote", each) for each in (*short, long)]
    statuses = [each.status for each in found if isinstance(each, Matter)]
    assert statuses == ["expired"] * 3 + ["open"]


def test_a_process_ahead_of_the_ledgers_clock_ends_nothing_early(house: House) -> None:
    quote = matter(house.do(CreateQuote(terms("EUR", "USD", 10_000), 60)))
    assert process(house).run_once(Moment(int(quote.wakes_at or 0))) == 0
    house.clock.moment = Moment(int(quote.wakes_at or 0))
    assert process(house).run_once(house.clock.now()) == 1


def table(days: int) -> Rates:
    rows = [(f"{2000 + n // 365}-01-01", "EUR/USD", "1") for n in range(0, days * 365, 365)]
    return Rates([*rows, ("always", "EUR/BGN", "1.95583")], "bank")


def test_a_table_is_published_by_commands_and_goes_on_where_it_stopped(house: House) -> None:
    rates = table(MOST_DAYS + 10)
    seen: list[tuple[int, int]] = []

    class CutOff(Exception):
        """The machine went away."""

    def cut(done: int, total: int) -> None:
        seen.append((done, total))
        raise CutOff

    with pytest.raises(CutOff):
        publish_table(house.ledger, rates, cut)
    assert seen == [(MOST_DAYS, MOST_DAYS + 10)]
    report = publish_table(house.ledger, rates, lambda _done, _total: None)
    assert (report.days, report.figures) == (MOST_DAYS + 11, MOST_DAYS + 11)
    assert report.replayed_days == MOST_DAYS
    kept = LedgerRates(house.application.store, house.ledger.info, "bank")
    assert kept.rate(rates.days[-1], "USD", "BGN") == kept.rate(TODAY, "EUR", "BGN")
    with pytest.raises(MissingRate) as gone:
        kept.rate("2026-11-20", "EUR", "USD")
    assert gone.value.last == "2026-01-01"


def test_a_corrected_figure_is_a_new_version_and_the_rest_stays(house: House) -> None:
    publish_table(house.ledger, Rates([(TODAY, "EUR/USD", "2")], "ecb"), lambda _d, _t: None)
    kept = LedgerRates(house.application.store, house.ledger.info, "ecb")
    assert kept.rate(TODAY, "EUR", "USD") == 2
    assert kept.told(TODAY, "EUR", "JPY").text == "163.06"


def test_what_cannot_be_published_is_refused() -> None:
    with pytest.raises(RateError, match="1 to 250 days"):
        check_rates(PublishRates("bank", ()))
