"""Days of trade at random, and processes that are cut off anywhere: it always ties, and is done once."""

import random
from itertools import pairwise
from typing import Any

import pytest

from partita.engine.errors import StoreUnavailable
from partita.engine.ledger import Ledger
from partita.engine.verification import verify_ledger
from partita.kernel.moment import Moment
from partita.modules.payments.lifecycle import Verb
from partita.modules.payments.payment import Payment
from partita.modules.settlement.batch import Batch, BatchStatus, read_batch
from partita.modules.settlement.process import SettlementProcess
from partita.wiring import Application
from tests.plugins.steering import StandingClock
from tests.properties.accountant import assert_sound
from tests.unit.modules.settlement.market import DAY, HOUR, Market


@pytest.fixture
def market(application: Application, ledger: Ledger, clock: StandingClock) -> Market:
    assert ledger.info.name == "main"
    clock.moment = Moment.parse("2026-11-20T08:00:00Z")
    market = Market(application, clock)
    fee = {"to": "fees", "percentage": "1.5%", "fixed": "30"}
    market.rule(name="fee", asset="USD", fee=fee)
    market.rule(name="vat", priority=200, tax={"mode": "added", "of": "fees", "percentage": "8.1%",
                                               "from": "destination"})  # fmt: skip
    market.plan(
        cut_off="17:00", timezone="Europe/Zurich", reserve_basis_points=700, reserve_days=3,
        least_payout=500,
    )  # fmt: skip
    return market


def trade(market: Market, chance: random.Random, sales: list[Payment]) -> None:
    """One thing that happens in a shop."""
    kind = chance.choice(["sell", "sell", "sell", "parts", "refund", "dispute", "payout"])
    amount = chance.randrange(200, 50_000)
    if kind == "sell":
        sales.append(market.sell(amount))
    elif kind == "parts":
        sales.append(market.sell_in_parts(amount, chance.randrange(100, 900)))
    elif kind == "refund" and sales:
        act = market.payment(chance.choice(sales).id)
        if act.refundable > 1:
            market.attempt_refund(act, chance.randrange(1, act.refundable))
    elif kind == "dispute" and sales:
        act = market.payment(sales.pop(chance.randrange(len(sales))).id)
        if act.refundable:
            market.dispute(act)
    elif kind == "payout":
        pay_out(market, chance.choice([(Verb.SUBMIT, Verb.SETTLE), (Verb.CANCEL,)]))


def pay_out(market: Market, verbs: tuple[Verb, ...]) -> None:
    for batch in market.batches():
        if batch.status is BatchStatus.PAYING:
            for verb in verbs:
                market.step(batch.withdrawal or "", verb)
            return


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_sold_the_statements_tie_and_nothing_is_lost(market: Market, seed: int) -> None:
    chance, sales = random.Random(seed), list[Payment]()
    for _hour in range(60):
        trade(market, chance, sales)
        market.run(after=chance.randrange(1, 9) * HOUR)
    matters = market.matters()[::-1]
    assert len(matters) > 5
    batches = [read_batch(each.body) for each in matters]
    for matter, batch in zip(matters, batches, strict=True):
        statement = market.read.statement(matter.id)
        assert batch.figures.ties
        assert sum(line.net for line in statement.lines) == (
            batch.figures.closing - batch.figures.opening
        )
    for before, after in pairwise(batches):
        assert after.after_version == before.through_version
        assert after.figures.opening == before.figures.closing
    assert market.balance(batches[0].payables) == sum(
        b.net for b in batches if b.status in {BatchStatus.CLOSED, BatchStatus.FAILED,
                                               BatchStatus.PAYING}
    )  # fmt: skip
    assert market.balance(batches[0].reserve_account) == sum(
        b.reserve for b in batches if b.holds_reserve
    )
    assert_sound(market.store, market.info)
    assert verify_ledger(market.store, market.info).ok


class Cut:
    """A clerk whose process is killed around its n-th word: just before it, or just after."""

    def __init__(self, clerk: Any, words: int) -> None:
        self._clerk, self.left = clerk, words

    def write_one(self, act: Any, key: str) -> Any:
        self.left -= 1
        if self.left == 0:
            raise StoreUnavailable("killed before it was said")
        outcome = self._clerk.write_one(act, key)
        self.left -= 1
        if self.left == 0:
            raise StoreUnavailable("killed before it was heard")
        return outcome


def _ends(market: Market, words: int | None) -> tuple[list[Batch], int]:
    """How a day ends: killed around so many words, then taken up again by another process."""
    market.sell(10_000)
    market.clock.moment = Moment(market.clock.moment + 5 * DAY)
    killed = SettlementProcess(market.ledger, market.store)
    if words is not None:
        killed._clerk = Cut(killed._clerk, words)  # type: ignore[assignment]
        with pytest.raises(StoreUnavailable):
            killed.run_once(market.clock.moment)
    market.run()
    assert market.run() == 0, "nothing is left to do"
    market.run(after=DAY)
    return market.batches(), len(market.read.page("withdrawal"))


@pytest.mark.parametrize("words", range(1, 9))
def test_a_process_that_is_killed_anywhere_is_taken_up_by_another(
    market: Market, words: int
) -> None:
    batches, withdrawals = _ends(market, words)
    net = 10_000 - 180 - 15
    assert [(b.status, b.payable, b.attempts) for b in batches] == [
        (BatchStatus.PAYING, net, 1),
        (BatchStatus.PAYING, 700, 1),
    ]
    assert withdrawals == 2
    assert batches[0].released_by is not None
    assert_sound(market.store, market.info)
