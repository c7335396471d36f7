"""Money is exchanged there and back a hundred thousand times: no drift, and every unit accounted for."""

import random
from collections import Counter
from fractions import Fraction

import pytest

from partita.adapters.stores.memory import MemoryStore
from partita.engine.as_of import NOW
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.engine.verification import verify_ledger
from partita.kernel.asset import BUILT_IN, Asset
from partita.modules.fx.conversions import Convert
from partita.modules.fx.pricing import FixedSide, Price, RoundingRule, Unpriceable, Wanted, price
from partita.modules.fx.valuing import Holding, Trade, traded
from partita.wiring import Application
from tests.plugins.steering import SeededEntropy, StandingClock, ask
from tests.unit.modules.fx.desk import TODAY, open_house, terms

TIMES = 100_000
EUR, USD, JPY = BUILT_IN["EUR"], BUILT_IN["USD"], BUILT_IN["JPY"]


class Books:
    """What stands in each account of each asset, in minor units, and what positions cost in euros."""

    def __init__(self, **customer: int) -> None:
        self.balances: Counter[tuple[str, str]] = Counter()
        self.holdings: dict[str, Holding] = {}
        self.gained = 0
        for asset, amount in customer.items():
            self.balances["customer", asset] = amount

    def exchange(self, wanted: Wanted, found: Price) -> None:
        """Post a conversion, and value the position that it changes."""
        source, target = wanted.source.code, wanted.target.code
        self.balances.update({
            ("customer", source): -found.source_amount,
            ("fees", source): found.fee,
            ("position", source): found.position_in,
            ("rounding", source): found.source_rounding,
        })  # fmt: skip
        self.balances.update({
            ("position", target): -found.position_out,
            ("customer", target): found.target_amount,
            ("treasury", target): found.spread,
            ("rounding", target): found.target_rounding,
        })  # fmt: skip
        if source == "EUR":
            self._value(target, Trade(-found.position_out, -found.position_in))
        else:
            self._value(source, Trade(found.position_in, found.position_out))

    def _value(self, asset: str, trade: Trade) -> None:
        result = traded(self.holdings.get(asset, Holding()), trade)
        self.holdings[asset] = result.after
        self.gained += result.gained

    def total(self, asset: str) -> int:
        return sum(amount for (_, code), amount in self.balances.items() if code == asset)


@pytest.mark.parametrize("rule", RoundingRule)
@pytest.mark.parametrize(("other", "rate"), [(USD, "1.0389"), (USD, "0.8252"), (JPY, "163.06")])
def test_all_of_it_there_and_back_at_one_rate(other: Asset, rate: str, rule: RoundingRule) -> None:
    books, there = Books(EUR=1_234_567, **{other.code: 0}), Fraction(rate)
    # One rate leads to the same figures again and again, so a thousand times show what more would.
    seen = set()
    for _ in range(1_000):
        for source, target, exact in ((EUR, other, there), (other, EUR, 1 / there)):
            amount = books.balances["customer", source.code]
            wanted = Wanted(
                source=source, target=target, side=FixedSide.SOURCE, amount=amount, rate=exact,
                rule=rule,
            )  # fmt: skip
            books.exchange(wanted, price(wanted))
        seen.add(books.balances["customer", "EUR"])
    assert books.total("EUR") == 1_234_567
    assert books.total(other.code) == 0
    if rule is RoundingRule.HALF_EVEN:
        # Rounded to the nearest, the first way back may lose what a coarser unit cannot hold; then nothing.
        assert len(seen) == 1
        assert abs(seen.pop() - 1_234_567) <= 1 + 1 / (there * 10 ** (other.scale - EUR.scale))
    else:
        lost = 1_234_567 - books.balances["customer", "EUR"]
        assert 0 <= lost <= 2_000


@pytest.mark.parametrize(
    "times",
    [pytest.param(5_000, id="5000"), pytest.param(TIMES, id="100000", marks=pytest.mark.slow)],
)
def test_there_and_back_at_moving_rates_with_fees_and_spreads(times: int) -> None:
    chance = random.Random("there and back")
    books, rate = Books(EUR=10**12, USD=10**12), Fraction("1.0389")
    exact_loss = Fraction(0)
    for _ in range(times):
        rate *= Fraction(chance.randint(9_990, 10_010), 10_000)
        rate = Fraction(round(rate * 10_000), 10_000)
        for source, target, exact in ((EUR, USD, rate), (USD, EUR, 1 / rate)):
            wanted = Wanted(
                source=source,
                target=target,
                side=chance.choice(list(FixedSide)),
                amount=chance.randint(10, 10**7),
                rate=exact,
                spread_bps=chance.choice((0, 0, 25, 150)),
                fee=chance.choice((0, 0, 3)),
                rule=chance.choice(list(RoundingRule)),
            )
            try:
                found = price(wanted)
            except Unpriceable:
                continue  # a few cents less a fee buy nothing: refused, so nothing is posted
            exact_loss += found.position_out - found.position_in * exact
            books.exchange(wanted, found)
            assert books.total("EUR") == books.total("USD") == 10**12
    # The positions' units are what went through them, and their cost is what stands opposite.
    dollars = books.holdings["USD"]
    assert dollars.quantity == books.balances["position", "USD"]
    assert dollars.cost == books.gained - books.balances["position", "EUR"]
    # Each conversion moved the positions by less than a unit from the exact rate, to either side:
    # what is left of a hundred thousand such roundings is far less than their number.
    assert abs(exact_loss) < 2 * times**0.5
    assert books.balances["rounding", "EUR"] >= 0
    assert books.balances["rounding", "USD"] >= 0


@pytest.mark.parametrize(
    "times",
    [pytest.param(400, id="400"), pytest.param(TIMES, id="100000", marks=pytest.mark.slow)],
)
@pytest.mark.timeout(1_800)
def test_there_and_back_through_the_ledger(memory_store: MemoryStore, times: int) -> None:
    clock = StandingClock(step_microseconds=1)
    application = Application(memory_store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    ledger, chance = application.open_ledger("main"), random.Random("through the ledger")
    open_house(ledger)
    before = balances(memory_store, ledger)
    settled = 0
    for _ in range(0, times, 100):
        wishes = [
            Convert(
                terms(
                    *pair,
                    chance.randint(100, 20_000),
                    side=chance.choice(list(FixedSide)),
                    rule=chance.choice(list(RoundingRule)),
                    spread_bps=chance.choice((0, 0, 25)),
                    day=chance.choice(("2026-11-18", TODAY)),
                )
            )
            for _ in range(50)
            for pair in (("EUR", "USD"), ("USD", "EUR"))
        ]
        outcomes = ask(ledger, *(wish(each) for each in wishes))
        settled += sum(isinstance(each, Accepted) for each in outcomes)
    after = balances(memory_store, ledger)
    assert settled > times * 0.9, "alice is not ruined by it"
    for asset in ("EUR", "USD"):
        assert sum(n for path, n in after.items() if path.endswith(asset)) == 0
        assert {p: n for p, n in after.items() if p == f"bank:{asset}"} == {
            f"bank:{asset}": before[f"bank:{asset}"]
        }
    # What the house paid for its dollars and has not gained is what the customer and the rest have.
    others = after["alice:EUR"] + after["bank:EUR"] + after["gains:EUR"]
    rest = after.get("treasury:EUR", 0) + after.get("rounding:EUR", 0)
    assert others + rest == -after["position_costs:USD:EUR"]
    assert verify_ledger(memory_store, ledger.info).ok
    application.close()


def balances(store: MemoryStore, ledger: Ledger) -> dict[str, int]:
    """Credits less debits of every account."""
    return {
        standing.account.path: totals.posted_credits - totals.posted_debits
        for standing, totals in store.trial_balance(ledger.info, NOW)
    }
