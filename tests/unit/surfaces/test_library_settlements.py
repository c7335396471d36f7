"""Settlement in the library: the same plans, batches and statements, by methods."""

import pytest

from partita.engine.ledger import Ledger
from partita.kernel.moment import Moment
from partita.modules.settlement.batch import BatchStatus
from partita.modules.settlement.plan import Terms
from partita.surfaces.library import LibraryLedger
from partita.wiring import Application
from tests.plugins.steering import StandingClock
from tests.unit.modules.settlement.market import DAY, Market


@pytest.fixture
def market(application: Application, ledger: Ledger, clock: StandingClock) -> Market:
    assert ledger.info.name == "main"
    return Market(application, clock)


async def test_from_a_plan_to_a_statement(market: Market) -> None:
    books = LibraryLedger(market.application, market.ledger)
    plan = await books.set_settlement_plan(market.till, "USD", Terms())
    assert [each.id for each in await books.settlement_plans(market.till)] == [plan.id]
    market.sell(1_000)
    assert (await books.settlement_accrued(plan.id)).figures.sales == 1_000
    market.clock.moment = Moment(market.clock.moment + DAY)
    assert await books.run_settlement() == 2
    (batch,) = await books.settlements(plan=plan.id, status=BatchStatus.PAYING)
    statement = await books.settlement_statement(batch.id)
    assert [line.net for line in statement.lines] == [1_000]
    assert (await books.pay_settlement(batch.id)).version == batch.version, "it is being paid"
    assert (await books.pause_settlement_plan(plan.id, reason="a review")).status == "paused"
    assert (await books.resume_settlement_plan(plan.id)).status == "active"
    with pytest.raises(ValueError, match="Europe/Zurich"):
        await books.set_settlement_plan(market.till, "USD", Terms(timezone="Mars/Base"))
