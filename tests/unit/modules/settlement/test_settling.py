"""Settlement from sales to payout: figures that an accountant can follow, and that tie to the postings."""

import pytest

from partita.engine.ledger import Ledger
from partita.engine.verification import verify_ledger
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.payments.lifecycle import Verb
from partita.modules.settlement.batch import TRANSITIONS, BatchStatus, BatchVerb
from partita.modules.settlement.commands import (
    CloseBatch,
    FailBatch,
    FollowBatch,
    PausePlan,
    PayBatch,
    ReleaseReserve,
    ResumePlan,
)
from partita.modules.settlement.plan import read_plan
from partita.modules.settlement.statement import Figures, LineKind
from partita.wiring import Application
from tests.plugins.steering import StandingClock
from tests.properties.accountant import assert_sound
from tests.unit.modules.settlement.market import DAY, Market

MORNING = "2026-11-20T08:00:00Z"  # a Friday


@pytest.fixture
def market(application: Application, ledger: Ledger, clock: StandingClock) -> Market:
    assert ledger.info.name == "main"
    clock.moment = Moment.parse(MORNING)
    return Market(application, clock)


def test_a_day_of_sales_becomes_a_batch_a_reserve_and_a_payout(market: Market) -> None:
    """Two sales, 1.5 % + 0.30 each, one refund; 10 % of sales are kept for 90 days."""
    market.rule(
        name="card-fee", asset="USD",
        fee={"to": "fees/card", "percentage": "1.5%", "fixed": "30", "cap": "500"},
    )  # fmt: skip
    market.plan(cut_off="17:00", reserve_basis_points=1_000, reserve_days=90)
    first = market.sell(10_000)
    market.sell(40_000)
    market.refund(first, 2_500)
    assert market.run() == 0, "before the cut-off nothing is due"
    market.at("2026-11-20T17:00:00Z")
    market.sell(7_777)
    assert market.run() == 2, "a batch, and its payout"
    (batch,) = market.batches()
    assert batch.figures == Figures(
        sales=50_000, refunds=-2_500, fees=-180 - 500, closing=46_820, lines=3
    )
    assert (batch.payable, batch.reserve, batch.net) == (46_820, 5_000, 41_820)
    assert batch.status is BatchStatus.PAYING
    assert market.payment(batch.withdrawal or "").amount == 41_820
    assert market.balance(batch.payables) == 41_820
    assert market.balance(batch.reserve_account) == 5_000
    paid = market.pay_out()
    assert (paid.status, market.balance(batch.payables)) == (BatchStatus.PAID, 0)
    market.at("2027-02-17T17:00:00Z")
    market.run()
    assert market.balance(batch.reserve_account) == 5_777, "the day before its day it is held"
    market.run(after=DAY)
    assert market.balance(batch.reserve_account) == 777, "that of the next day has a day to go"
    released = market.batches()[0]
    assert released.released_by is not None
    assert not released.holds_reserve
    assert_sound(market.store, market.info)
    assert verify_ledger(market.store, market.info).ok


def test_the_statement_of_a_batch_ties_line_by_line(market: Market) -> None:
    market.rule(name="fee", fee={"to": "fees", "percentage": "2%"})
    market.rule(name="vat", priority=200, tax={"mode": "included", "percentage": "7.7%"})
    market.rule(name="cashback", reward={"asset": "USD", "percentage": "1%", "to": "source"})
    market.plan()
    parts = market.sell_in_parts(10_000, 5_001)
    sold = market.sell(20_000)
    market.refund(parts, 1_000)
    market.dispute(sold)
    market.run(after=DAY)
    statement = market.read.statement(market.matters()[0].id)
    figures, lines = statement.batch.figures, statement.lines
    assert [(line.kind, line.gross, line.fees, line.taxes) for line in lines] == [
        (LineKind.SALE, 10_000, -200, -715),
        (LineKind.SALE, 5_001, -100, -358),
        (LineKind.SALE, 20_000, -400, -1_430),
        (LineKind.REFUND, -1_000, 0, 0),
        (LineKind.DISPUTE, -20_000, 0, 0),
    ]
    balance = figures.opening
    for line in lines:
        balance += line.net
        assert line.net == line.gross + line.fees + line.taxes + line.charges
        assert line.balance == balance
    assert figures.ties
    assert balance == figures.closing == statement.batch.payable


def test_the_next_batch_begins_where_the_last_one_ended(market: Market) -> None:
    market.plan()
    market.sell(1_000)
    market.run(after=DAY)
    market.sell(500)
    market.run(after=DAY)
    first, second = market.batches()
    assert second.after_version == first.through_version
    assert second.figures == Figures(opening=1_000, settled=-1_000, sales=500, closing=500, lines=2)
    assert (second.payable, second.number) == (500, 2)


def test_a_released_reserve_is_in_a_later_batch(market: Market) -> None:
    market.plan(reserve_basis_points=500, reserve_days=2)
    market.sell(10_000)
    market.run(after=DAY)
    for _day in range(3):
        market.run(after=DAY)
    figures = [batch.figures for batch in market.batches()]
    assert [(f.settled, f.reserve_released, f.closing) for f in figures] == [
        (0, 0, 10_000),
        (-10_000, 500, 500),
    ]
    assert market.batches()[-1].payable == 500


def test_too_little_is_carried_on(market: Market) -> None:
    market.plan(least_payout=1_000)
    market.sell(999)
    market.run(after=DAY)
    (carried,) = market.batches()
    assert (carried.status, carried.payable, carried.transaction) == (BatchStatus.CARRIED, 0, None)
    market.sell(1)
    market.run(after=DAY)
    second = market.batches()[-1]
    assert (second.payable, second.figures.opening, second.figures.sales) == (1_000, 999, 1)


def test_a_cut_off_at_which_nothing_is_there_passes(market: Market) -> None:
    plan = market.plan()
    market.run(after=3 * DAY)
    assert market.batches() == []
    kept = read_plan(market.read.find("settlement_plan", plan).body)
    assert kept.next_cut_off > market.clock.moment


def test_cut_offs_that_were_missed_are_made_up_one_by_one(market: Market) -> None:
    market.plan()
    for _day in range(3):
        market.sell(100)
        market.clock.moment = Moment(market.clock.moment + DAY)
    market.run()
    assert [(b.figures.sales, b.payable) for b in market.batches()] == [(100, 100)] * 3


def test_what_is_held_for_business_days_is_payable_later(market: Market) -> None:
    market.rule(name="later", hold_funds={"business_days": 3})
    market.plan()
    market.sell(1_000)
    market.run(after=DAY)
    (first,) = market.batches()
    assert (first.status, first.figures.closing, first.payable) == (BatchStatus.CARRIED, 1_000, 0)
    market.at("2026-11-25T12:00:00Z")  # after Monday, Tuesday and Wednesday have begun
    market.run()
    assert market.batches()[-1].payable == 1_000


def test_a_payout_waits_its_business_days(market: Market) -> None:
    market.plan(cut_off="17:00", payout_delay_days=2, holidays=("2026-11-24",))
    market.sell(1_000)
    market.at("2026-11-20T17:00:00Z")  # a Friday; Monday, then Wednesday, since Tuesday is closed
    market.run()
    assert market.batches()[0].status is BatchStatus.CLOSED
    market.at("2026-11-24T23:59:59Z")
    market.run()
    assert market.batches()[0].status is BatchStatus.CLOSED
    market.at("2026-11-25T00:00:00Z")
    market.run()
    assert market.batches()[0].status is BatchStatus.PAYING


def test_a_rail_carries_the_payout_by_itself(market: Market) -> None:
    market.plan(rail="book")
    market.sell(1_000)
    market.run(after=DAY)
    rails = market.application.rails_process("main")
    for _round in range(3):
        rails.run_once(market.clock.moment)
        market.run()
    (paid,) = market.batches()
    assert (paid.status, market.balance(paid.payables)) == (BatchStatus.PAID, 0)
    assert market.balance("custody:book:USD") == 10**9 - 1_000


@pytest.mark.parametrize("verbs", [(Verb.CANCEL,), (Verb.SUBMIT, Verb.FAIL)])
def test_a_payout_that_fails_is_payable_still_and_paid_again_on_demand(
    market: Market, verbs: tuple[Verb, ...]
) -> None:
    market.plan()
    market.sell(1_000)
    market.run(after=DAY)
    withdrawal = market.batches()[0].withdrawal or ""
    for verb in verbs:
        market.step(withdrawal, verb)
    market.run()
    (failed,) = market.batches()
    assert failed.status is BatchStatus.FAILED
    assert withdrawal in (failed.reason or "")
    assert market.balance(failed.payables) == 1_000
    market.process.pay(market.matters()[0], failed)
    again = market.batches()[0]
    assert (again.status, again.attempts) == (BatchStatus.PAYING, 2)
    assert again.withdrawal != withdrawal
    assert market.pay_out().status is BatchStatus.PAID


def test_a_payout_that_comes_back_days_later_makes_the_batch_a_failed_one(market: Market) -> None:
    market.plan()
    market.sell(1_000)
    market.run(after=DAY)
    paid = market.pay_out()
    assert paid.status is BatchStatus.PAID
    market.step(paid.withdrawal or "", Verb.RETURN)
    market.run()
    (failed,) = market.batches()
    assert (failed.status, market.balance(failed.payables)) == (BatchStatus.FAILED, 1_000)


def test_a_paused_plan_makes_no_batches(market: Market) -> None:
    plan = market.plan()
    market.sell(1_000)
    market.done(PausePlan(plan=plan, reason="a review"))
    assert market.run(after=2 * DAY) == 0
    assert market.refused(PausePlan(plan=plan)) is Code.INVALID_STATE
    market.done(ResumePlan(plan=plan))
    market.run(after=DAY)
    assert market.batches()[0].payable == 1_000


def test_a_run_that_is_cut_off_anywhere_is_taken_up_by_the_next(market: Market) -> None:
    """The keys follow from the work, so a second process does nothing twice."""
    market.plan(reserve_basis_points=1_000, reserve_days=1)
    market.sell(1_000)
    market.clock.moment = Moment(market.clock.moment + DAY)
    other = market.application.settlement_process("main")
    assert market.run() > 0
    assert other.run_once(market.clock.moment) == 0
    assert len(market.batches()) == 1
    assert market.run() == 0


def test_only_what_comes_next_can_be_closed(market: Market) -> None:
    plan = market.plan()
    market.sell(1_000)
    kept = read_plan(market.read.find("settlement_plan", plan).body)
    wrong = {"cut_off": kept.next_cut_off, "after_version": 0, "through_version": 1}
    figures = Figures(sales=1_000, closing=1_000, lines=1)
    early = CloseBatch(plan=plan, figures=figures, **wrong)  # type: ignore[arg-type]
    assert market.refused(early) is Code.INVALID_STATE
    untied = Figures(sales=999, closing=1_000, lines=1)
    for changes, code in (
        ({"after_version": 1}, Code.VERSION_CONFLICT),
        ({"cut_off": Moment(kept.next_cut_off + 1)}, Code.VERSION_CONFLICT),
        ({"figures": untied}, Code.UNBALANCED_TRANSACTION),
        ({"plan": "spl_none"}, Code.MATTER_NOT_FOUND),
    ):
        fields = {"plan": plan, "figures": figures, **wrong, **changes}
        assert market.refused(CloseBatch(**fields)) is code  # type: ignore[arg-type]


_ACTS = {
    BatchVerb.PAY: lambda batch, wdr: PayBatch(batch=batch, withdrawal=wdr),
    BatchVerb.SETTLE: lambda batch, wdr: FollowBatch(batch=batch),
    BatchVerb.FAIL: lambda batch, wdr: FailBatch(batch=batch, reason="no"),
}


@pytest.mark.parametrize("status", BatchStatus)
def test_what_the_table_does_not_allow_is_an_invalid_state(
    market: Market, status: BatchStatus
) -> None:
    market.plan(least_payout=2_000 if status is BatchStatus.CARRIED else 1, payout_delay_days=1)
    market.sell(1_000)
    market.run(after=DAY)
    matter = market.matters()[0]
    if status in {BatchStatus.PAYING, BatchStatus.PAID}:
        market.run(after=4 * DAY)
        if status is BatchStatus.PAID:
            market.pay_out()
    elif status is BatchStatus.FAILED:
        market.done(FailBatch(batch=matter.id, reason="no rail"))
    batch = market.batches()[0]
    assert batch.status is status
    for verb, make in _ACTS.items():
        if verb not in TRANSITIONS[status]:
            act = make(matter.id, batch.withdrawal or "wdr_none")
            assert market.refused(act) is Code.INVALID_STATE


def test_a_reserve_is_not_released_before_its_day_nor_twice(market: Market) -> None:
    market.plan(reserve_basis_points=1_000, reserve_days=2)
    market.sell(1_000)
    market.run(after=DAY)
    batch = market.matters()[0].id
    assert market.refused(ReleaseReserve(batch=batch)) is Code.INVALID_STATE
    market.run(after=3 * DAY)
    assert market.refused(ReleaseReserve(batch=batch)) is Code.INVALID_STATE
    assert market.refused(ReleaseReserve(batch="stl_none")) is Code.MATTER_NOT_FOUND


def test_what_has_accrued_is_shown_before_the_cut_off(market: Market) -> None:
    plan = market.plan()
    market.sell(1_000)
    accrued = market.read.accrued(plan)
    assert (accrued.figures.sales, accrued.figures.closing, len(accrued.lines)) == (1_000, 1_000, 1)
