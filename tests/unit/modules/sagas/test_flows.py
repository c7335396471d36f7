"""The flows as they are, with conversions, another ledger and a rail that misbehaves on demand.

The simulator's behaviour follows from the last two digits of an amount: 01 is rejected, 05 is silence.
"""

from collections.abc import Iterator

import pytest

from partita.engine.asking import ask
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.verification import verify_ledger
from partita.kernel.moment import Moment
from partita.modules.fx.ledger_rates import DayOfRates, PublishRates
from partita.modules.payments.acts import Advance, CreateDeposit
from partita.modules.payments.lifecycle import Verb
from partita.modules.sagas.deciding import CompensateSaga, StartSaga
from partita.modules.sagas.flows import FLOWS
from partita.modules.sagas.saga import Saga, SagaStatus, read
from partita.wiring import Application
from tests.plugins.steering import StandingClock, ask_one
from tests.properties.accountant import assert_sound
from tests.unit.engine.bookkeeping import accepted

ALICE = {code: f"customers:alice:wallets:main:{code}" for code in ("EUR", "USD")}
INN = "customers:inn:wallets:main:EUR"
PURSE = 1_000_000
RAIL = {"rail": "simulator", "beneficiary": "DE02120300000000202051"}
DAY = 86_400_000_000


class House:
    """Two ledgers with the simulator; Alice has money in both, in euros."""

    def __init__(self, application: Application, clock: StandingClock) -> None:
        self.application, self.clock = application, clock
        self.ledgers: dict[str, Ledger] = {
            "main": application.ledger("main"), "other": application.open_ledger("other"),
        }  # fmt: skip
        for ledger in self.ledgers.values():
            deposit = CreateDeposit(destination=ALICE["EUR"], amount=PURSE, asset="EUR")
            accepted(ask_one(ledger, deposit))
        rates = (DayOfRates("2026-11-20", {"EUR/USD": "1.25"}),)
        accepted(ask_one(self.ledgers["main"], PublishRates("manual", rates)))

    def start(self, flow: str, **arguments: str) -> str:
        outcome = ask(self.ledgers["main"], wish(StartSaga(flow, "main", arguments)))
        return accepted(outcome).event.matter.id  # type: ignore[union-attr]

    def saga(self, identifier: str) -> Saga:
        found = self.application.store.resource(self.ledgers["main"].info, "saga", identifier)
        return read(found)  # type: ignore[arg-type]

    def work(self, days: int = 4) -> None:
        """Let time pass, and all processes do what is due."""
        for seconds in (1, 5, 30, 120, 600, *[4 * 3_600] * (6 * days)):
            self.clock.moment = Moment(self.clock.moment + seconds * 1_000_000)
            for _ in range(4):
                for process in self.application.processes:
                    process.run_once(self.clock.now())

    def balance(self, path: str, ledger: str = "main") -> int:
        standing = self.application.store.account(self.ledgers[ledger].info, path)
        if standing is None:
            return 0
        return standing.totals.posted_credits - standing.totals.posted_debits

    def assert_whole(self) -> None:
        for ledger in self.ledgers.values():
            assert_sound(self.application.store, ledger.info)
            assert verify_ledger(self.application.store, ledger.info).ok


@pytest.fixture
def house(application: Application, clock: StandingClock) -> Iterator[House]:
    return House(application, clock)  # type: ignore[return-value]


def converted(house: House, amount: str) -> str:
    return house.start(
        "convert_and_withdraw", source=ALICE["EUR"], destination=ALICE["USD"], source_asset="EUR",
        target_asset="USD", amount=amount, **RAIL,
    )  # fmt: skip


def test_money_is_converted_and_goes_out(house: House) -> None:
    saga = converted(house, "8000")
    house.work()
    after = house.saga(saga)
    assert after.status is SagaStatus.COMPLETED, after
    assert after.steps[0].result["amount"] == "10000"
    assert house.balance(ALICE["EUR"]) == PURSE - 8_000
    assert house.balance(ALICE["USD"]) == 0
    assert house.balance("custody:simulator:USD") == 10_000
    house.assert_whole()


def test_what_the_rail_rejects_is_converted_back_at_the_original_rate(house: House) -> None:
    saga = converted(house, "8001")
    house.work()
    after = house.saga(saga)
    assert after.steps[0].result["amount"][-2:] == "01", "so the simulator rejects it"
    assert after.status is SagaStatus.COMPENSATED, after
    assert "withdrawal" in (after.problem or "")
    assert house.balance(ALICE["EUR"]) == PURSE
    assert house.balance(ALICE["USD"]) == 0
    house.assert_whole()


def across(house: House, amount: str) -> str:
    return house.start(
        "ledger_transfer_and_withdraw", source=ALICE["EUR"], destination_ledger="other",
        destination=ALICE["EUR"], asset="EUR", amount=amount, **RAIL,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "status", "left"),
    [("5000", SagaStatus.COMPLETED, PURSE - 5_000), ("5001", SagaStatus.COMPENSATED, PURSE)],
)
def test_money_goes_out_by_another_ledger_or_comes_back(
    house: House, amount: str, status: SagaStatus, left: int
) -> None:
    saga = across(house, amount)
    house.work()
    assert house.saga(saga).status is status, house.saga(saga)
    assert house.balance(ALICE["EUR"]) == left
    assert house.balance(ALICE["EUR"], "other") == PURSE
    due = house.balance("interledger:other:EUR"), house.balance("interledger:main:EUR", "other")
    assert due == (PURSE - left, left - PURSE)
    house.assert_whole()


def test_a_silent_rail_is_alarmed_and_waited_for(house: House) -> None:
    saga = across(house, "5005")
    house.work()
    assert house.saga(saga).status is SagaStatus.RUNNING
    info = house.ledgers["main"].info
    assert [each.id for each in house.application.sagas.overdue(info)] == [saga]
    withdrawal = house.saga(saga).scene.results["withdraw"]["id"]
    settling = Advance(payment=withdrawal, verb=Verb.SETTLE, reason="the bank's statement says so")
    accepted(ask_one(house.ledgers["other"], settling))
    house.work(days=1)
    assert house.saga(saga).status is SagaStatus.COMPLETED
    assert house.application.sagas.overdue(info) == []


def collected(house: House) -> str:
    return house.start(
        "collect_and_pay", payer=ALICE["EUR"], merchant=INN, asset="EUR", amount="700",
        rail="simulator", end_to_end_id="order-8812",
    )  # fmt: skip


@pytest.mark.parametrize("came", [True, False], ids=["it comes", "it never comes"])
def test_a_merchant_is_paid_once_the_deposit_is_there(house: House, came: bool) -> None:
    saga = collected(house)
    house.work(days=1)
    assert house.saga(saga).step.name == "collect"
    deposit = house.saga(saga).scene.results["collect"]["id"]
    verb = Verb.SETTLE if came else Verb.FAIL
    accepted(ask_one(house.ledgers["main"], Advance(payment=deposit, verb=verb)))
    house.work(days=1)
    ended = SagaStatus.COMPLETED if came else SagaStatus.COMPENSATED
    assert house.saga(saga).status is ended
    assert house.balance(INN) == (700 if came else 0)
    assert house.balance(ALICE["EUR"]) == PURSE
    house.assert_whole()


def test_a_payer_who_cannot_pay_keeps_what_came(house: House) -> None:
    saga = collected(house)
    house.work(days=1)
    deposit = house.saga(saga).scene.results["collect"]["id"]
    accepted(ask(house.ledgers["main"], wish(CompensateSaga(saga, "the order was cancelled"))))
    accepted(ask_one(house.ledgers["main"], Advance(payment=deposit, verb=Verb.SETTLE)))
    house.work(days=1)
    assert house.saga(saga).status is SagaStatus.COMPENSATED
    assert house.balance(ALICE["EUR"]) == PURSE + 700
    assert house.balance(INN) == 0


def test_every_flow_is_a_table_that_makes_sense() -> None:
    for name, flow in FLOWS.items():
        assert flow.name == name
        names = [step.name for step in flow.steps]
        assert len(set(names)) == len(names)
        assert all(step.deadline_seconds > 0 for step in flow.steps)
        assert len({each.name for each in flow.arguments}) == len(flow.arguments)
