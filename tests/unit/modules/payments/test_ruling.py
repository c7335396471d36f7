"""Rules at work in payments of wallets: a move without an account is a failure of that rule alone."""

import pytest

from partita.engine.ledger import Ledger
from partita.kernel.events import MatterChanged
from partita.kernel.rejections import Code
from partita.modules.payments.acts import CreatePayment
from partita.modules.payments.lifecycle import Verb
from partita.wiring import Application
from tests.plugins.steering import StandingClock
from tests.unit.modules.settlement.market import Market

FEE = {"to": "fees/card", "percentage": "1.5%", "fixed": "30"}
POINTS = {"asset": "EUR", "percentage": "5%", "cap_per_month": "2000"}


@pytest.fixture
def market(application: Application, ledger: Ledger, clock: StandingClock) -> Market:
    assert ledger.info.name == "main"
    return Market(application, clock)


def rules_said(market: Market, payment: str) -> str:
    """What the newest record of a payment says of rules."""
    record = market.store.records_about(market.info, payment, 0, 99)[-1]
    assert isinstance(record.event, MatterChanged)
    return record.event.facts.get("rules", "")


def test_a_reward_that_a_wallet_has_no_place_for_is_skipped_if_it_says_so(market: Market) -> None:
    market.rule(name="cashback", on_failure="skip", reward=POINTS)
    market.rule(name="fee", asset="USD", fee=FEE)
    sold = market.sell(10_000)
    assert [charge.rule for charge in sold.charges] == ["fee"]
    said = rules_said(market, sold.id)
    assert said.startswith("cashback@1 skipped (the wallet ")
    assert said.endswith("has no EUR), fee@1 applied")
    assert market.read.page("rule_usage") == [], "what was skipped is not counted"


def test_else_it_fails_the_payment_by_its_name(market: Market) -> None:
    market.rule(name="cashback", reward=POINTS)
    market.rule(name="fee", asset="USD", fee=FEE)
    act = CreatePayment(
        source=market.purse, destination=market.till, amount=100, asset="USD", begin=Verb.PAY
    )
    assert market.refused(act) is Code.RULE_FAILED
    assert market.balance("fees:card:USD") == 0


def test_a_rule_in_shadow_says_with_the_payment_what_it_would_have_done(market: Market) -> None:
    market.shadow(name="fee", asset="USD", fee=FEE)
    sold = market.sell(10_000)
    assert sold.charges == ()
    assert rules_said(market, sold.id) == "fee@1 shadowed (180 USD)"
