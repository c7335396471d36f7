"""Conversions in the ledger: one transaction over both assets, at a rate that somebody published."""

import msgspec
import pytest

from partita.kernel.account import FreezeFlow, Side
from partita.kernel.commands import FreezeAccount, PostTransaction
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code
from partita.modules.fx.conversions import (
    AcceptQuote,
    Convert,
    Expected,
)
from partita.modules.fx.conversions import ReverseConversion as Reverse
from partita.modules.fx.deal import Terms
from partita.modules.fx.policy import Policy, SetPolicy
from partita.modules.fx.pricing import FixedSide, RoundingRule
from partita.modules.fx.quotes import CreateQuote, ExpireQuote, read_quote
from partita.modules.wallets.acts import CloseWallet, CreateWallet, FreezeWallet
from partita.modules.wallets.wallet import WalletKind, read_wallet
from partita.wiring import Application
from tests.plugins.steering import StandingClock, ask_one
from tests.unit.engine.bookkeeping import accepted
from tests.unit.modules.fx.desk import ALICE, FUNDS, TODAY, House, matter, open_house, terms

SECOND = 1_000_000


def test_a_conversion_moves_both_assets_in_one_transaction(house: House) -> None:
    wanted = Convert(terms("EUR", "USD", 10_000, fee=100, spread_bps=50), metadata={"why": "trip"})
    kept, done = house.done(wanted)
    # 99.00 EUR at 1.0389 is 102.85 USD: 102.34 for alice, 0.51 for the house.
    assert house.balance(ALICE["EUR"]) == FUNDS["EUR"] - 10_000
    assert house.balance(ALICE["USD"]) == FUNDS["USD"] + 10_234
    assert house.balance("fees:fx:EUR") == 100
    assert house.balance("treasury:USD") == 51
    assert house.balance("positions:USD") == -10_285
    assert house.balance("position_costs:USD:EUR") == 9_900
    assert house.told(done.transaction) == {
        "why": "trip",
        "partita.fx_conversion": kept.id,
        "partita.fx_provider": "ecb",
        "partita.fx_pair": "EUR/USD",
        "partita.fx_rate": "1.0389",
        "partita.fx_published": TODAY,
        "partita.fx_spread_bps": "50",
    }


def test_the_rest_of_rounding_is_a_posting_to_the_named_account(house: House) -> None:
    one = terms("EUR", "USD", 99, spread_bps=3_333, rule=RoundingRule.FLOOR)
    _, done = house.done(Convert(one))
    assert done.accounts["target_rounding"] == "rounding:USD"
    assert house.balance("rounding:USD") == 1
    assert house.balance("treasury:USD") == 34
    paying = terms("EUR", "USD", 10_000, side=FixedSide.TARGET, rule=RoundingRule.FLOOR)
    _, done = house.done(Convert(paying))
    assert done.deal.price.target_amount == 10_000
    assert house.balance("rounding:EUR") == done.deal.price.source_rounding


def test_what_is_bought_and_sold_again_is_gained_in_the_base_asset(house: House) -> None:
    # 100.00 USD come in at 1.05 (95.24 EUR) and leave at 1.0389 (96.26 EUR): 1.02 EUR gained.
    house.done(Convert(terms("USD", "EUR", 10_000, day="2026-11-18")))
    assert house.balance("positions:USD") == 10_000
    assert house.balance("position_costs:USD:EUR") == -9_524
    _, sold = house.done(Convert(terms("EUR", "USD", 10_000, side=FixedSide.TARGET)))
    assert sold.gained == 102
    assert house.balance("positions:USD") == house.balance("position_costs:USD:EUR") == 0
    assert house.balance("gains:EUR") == 102


def test_a_loss_is_below_zero(house: House) -> None:
    house.done(Convert(terms("USD", "EUR", 10_000)))
    back = terms("EUR", "USD", 5_000, side=FixedSide.TARGET, day="2026-11-18")
    _, sold = house.done(Convert(back))
    assert sold.gained == 4_762 - 4_813
    assert house.balance("gains:EUR") == sold.gained
    assert house.balance("position_costs:USD:EUR") == -4_813


def test_between_two_others_the_base_asset_says_what_it_was_worth(house: House) -> None:
    # 103.89 USD are 100.00 EUR are 16,306 JPY, at one day's rates.
    _, done = house.done(Convert(terms("USD", "JPY", 10_389)))
    assert done.deal.price.target_amount == 16_306
    assert done.deal.base_rate is not None
    assert done.deal.base_rate.text == "10000/10389"
    assert house.balance("position_costs:USD:EUR") == -10_000
    assert house.balance("position_costs:JPY:EUR") == 10_000
    assert house.balance("positions:JPY") == -16_306


def test_without_a_base_asset_positions_are_kept_and_not_valued(
    application: Application, clock: StandingClock
) -> None:
    ledger = application.open_ledger("plain")
    open_house(ledger, base=None)
    house = House(ledger, application, clock)
    house.done(Convert(terms("EUR", "USD", 10_000)))
    assert house.balance("positions:EUR") == 10_000
    assert house.balance("positions:USD") == -10_389
    assert house.balance("position_costs:USD:EUR") == 0


def test_a_day_without_rates_is_refused_with_the_last_one_named(house: House) -> None:
    for day, pair, last in [
        ("2026-11-21", "EUR/USD", TODAY),
        ("2027-06-01", "EUR/USD", TODAY),
        ("2026-11-19", "EUR/JPY", "2026-11-18"),
    ]:
        source, target = pair.split("/")
        said = house.refused(Convert(terms(source, target, 100, day=day)))
        assert said.code is Code.RATE_MISSING
        assert said.facts == {"pair": pair, "day": day, "provider": "ecb", "last_day": last}
        assert last in said.detail
    never = house.refused(Convert(terms("EUR", "USD", 100, day="2026-11-17")))
    assert "last_day" not in never.facts
    assert "no earlier day" in never.detail
    unknown = house.refused(Convert(terms("EUR", "USD", 100, provider="bank")))
    assert unknown.facts["provider"] == "bank"


def test_a_rate_that_moved_is_refused_and_one_that_moved_little_is_not(house: House) -> None:
    moved = Convert(terms("EUR", "USD", 100), Expected("1.05", 50))
    said = house.refused(moved)
    assert said.code is Code.RATE_MOVED
    assert said.facts == {"rate": "1.0389", "expected": "1.05", "published": TODAY}
    house.done(Convert(terms("EUR", "USD", 100), Expected("1.05", 107)))


def test_a_quote_locks_its_rate_until_it_expires(house: House) -> None:
    quote = matter(house.do(CreateQuote(terms("EUR", "USD", 10_000), 60)))
    assert (quote.kind, quote.status) == ("fx_quote", "open")
    assert read_quote(quote).expires_at == quote.wakes_at
    house.clock.moment = Moment(int(quote.wakes_at or 0) - SECOND)
    kept, done = house.done(AcceptQuote(quote.id))
    assert done.quote == quote.id
    assert house.told(done.transaction)["partita.fx_quote"] == quote.id
    assert house.balance(ALICE["USD"]) == FUNDS["USD"] + 10_389
    after = house.application.store.resource(house.ledger.info, "fx_quote", quote.id)
    assert isinstance(after, Matter)
    assert after.status == "accepted"
    assert kept.related == (done.transaction,)
    again = house.refused(AcceptQuote(quote.id))
    assert again.code is Code.INVALID_STATE
    assert again.facts["allowed_actions"] == ""


def test_a_quote_that_expired_is_refused_noted_or_not(house: House) -> None:
    quote = matter(house.do(CreateQuote(terms("EUR", "USD", 10_000), 60)))
    early = house.refused(ExpireQuote(quote.id))
    assert early.code is Code.INVALID_STATE
    assert early.facts == {"status": "open", "allowed_actions": "accept"}
    house.clock.moment = Moment(int(quote.wakes_at or 0))
    said = house.refused(AcceptQuote(quote.id))
    assert said.code is Code.QUOTE_EXPIRED
    due = house.application.store.matters_due(house.ledger.info, house.clock.now(), 10)
    assert [each.id for each in due] == [quote.id]
    assert matter(house.do(ExpireQuote(quote.id))).status == "expired"
    assert house.refused(AcceptQuote(quote.id)).code is Code.QUOTE_EXPIRED
    assert house.refused(ExpireQuote(quote.id)).code is Code.QUOTE_EXPIRED
    assert house.application.store.matters_due(house.ledger.info, house.clock.now(), 10) == []
    assert house.refused(AcceptQuote("fxq_nothing")).code is Code.QUOTE_NOT_FOUND


def test_a_quote_needs_the_money_only_when_it_is_accepted(house: House) -> None:
    quote = matter(house.do(CreateQuote(terms("EUR", "USD", FUNDS["EUR"] + 1))))
    assert house.refused(AcceptQuote(quote.id)).code is Code.INSUFFICIENT_FUNDS


def test_a_reversal_is_at_the_original_rate_and_leaves_nothing(house: House) -> None:
    before = {path: house.balance(path) for path in (*ALICE.values(), "treasury:USD")}
    kept, _ = house.done(Convert(terms("EUR", "USD", 10_000, spread_bps=50, day="2026-11-18")))
    after, done = house.done(Reverse(kept.id, "typing error"))
    assert (after.status, after.version) == ("reversed", 2)
    assert done.reversal is not None
    assert {path: house.balance(path) for path in before} == before
    for path in ("positions:USD", "position_costs:USD:EUR", "gains:EUR"):
        assert house.balance(path) == 0
    again = house.refused(Reverse(kept.id))
    assert again.code is Code.INVALID_STATE
    assert house.refused(Reverse("fxc_nothing")).code is Code.PAYMENT_NOT_FOUND


def test_what_was_spent_cannot_be_taken_back(house: House) -> None:
    kept, _ = house.done(Convert(terms("EUR", "USD", 100_000)))
    house.done(Convert(terms("USD", "JPY", FUNDS["USD"] + 1)))
    assert house.refused(Reverse(kept.id)).code is Code.INSUFFICIENT_FUNDS


def test_a_frozen_account_refuses_the_whole_exchange(house: House) -> None:
    ask_one(house.ledger, FreezeAccount(ALICE["USD"]))
    assert house.refused(Convert(terms("EUR", "USD", 100))).code is Code.ACCOUNT_FROZEN


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ({"amount": 0}, Code.AMOUNT_OUT_OF_RANGE),
        ({"fee": 100}, Code.AMOUNT_OUT_OF_RANGE),
        ({"spread_bps": 10_000}, Code.AMOUNT_OUT_OF_RANGE),
        ({"target_asset": "XYZ"}, Code.ASSET_NOT_FOUND),
        ({"target_asset": "JPY"}, Code.ASSET_MISMATCH),
        ({"source": "wal_01"}, Code.WALLET_NOT_FOUND),
        ({"destination": "nowhere"}, Code.ACCOUNT_NOT_FOUND),
    ],
)
def test_what_cannot_be_exchanged_is_refused(
    house: House, others: dict[str, object], code: Code
) -> None:
    given = terms("EUR", "USD", 100)
    fields = {name: getattr(given, name) for name in given.__struct_fields__}
    assert house.refused(Convert(type(given)(**fields | others))).code is code


def test_a_wallet_exchanges_between_its_own_assets(house: House) -> None:
    wallet = matter(house.do(CreateWallet(kind=WalletKind.PERSONAL, assets=("EUR", "USD"))))
    kept = read_wallet(wallet)
    assert kept is not None
    fund = Posting(ALICE["EUR"], Side.DEBIT, 10_000, "EUR")
    legs = (fund, Posting(kept.account("EUR"), Side.CREDIT, 10_000, "EUR"))
    accepted(ask_one(house.ledger, PostTransaction(legs)))
    within = Terms(source=wallet.id, source_asset="EUR", target_asset="USD", amount=10_000)
    made, done = house.done(Convert(within))
    assert (made.about, done.deal.places.wallets) == (wallet.id, (wallet.id,))
    assert house.balance(kept.account("USD")) == 10_389
    # What it does not hold it cannot pay; what it gets it holds from then on.
    yen = msgspec.structs.replace(within, source_asset="JPY", target_asset="EUR")
    said = house.refused(Convert(yen))
    assert (said.code, said.facts) == (Code.ASSET_NOT_IN_WALLET, {"assets": "EUR,USD"})
    some = msgspec.structs.replace(within, source_asset="USD", target_asset="JPY", amount=1_000)
    house.done(Convert(some))
    assert house.balance(kept.account("JPY")) == 1_570
    now = house.application.store.resource(house.ledger.info, "wallet", wallet.id)
    assert isinstance(now, Matter)
    held = read_wallet(now)
    assert held is not None
    assert held.assets == ("EUR", "USD", "JPY")
    frozen = FreezeWallet(wallet=wallet.id, flow=FreezeFlow.OUT, reason="lost card")
    house.do(frozen)
    back = Terms(source=wallet.id, source_asset="USD", target_asset="EUR", amount=1_000)
    assert house.refused(Convert(back)).code is Code.ACCOUNT_FROZEN
    assert house.refused(Reverse(made.id)).code is Code.ACCOUNT_FROZEN


def test_a_quote_is_of_the_wallet_and_of_no_closed_one(house: House) -> None:
    wallet = matter(house.do(CreateWallet(kind=WalletKind.PERSONAL, assets=("EUR", "USD"))))
    within = Terms(source=wallet.id, source_asset="EUR", target_asset="USD", amount=10_000)
    quote = matter(house.do(CreateQuote(within)))
    assert (quote.about, quote.related) == (wallet.id, (wallet.id,))
    house.do(CloseWallet(wallet=wallet.id, reason="moved"))
    assert house.refused(Convert(within)).code is Code.WALLET_CLOSED
    assert house.refused(AcceptQuote(quote.id)).code is Code.ACCOUNT_CLOSED


def test_a_quote_brings_no_asset_before_it_is_accepted(house: House) -> None:
    wallet = matter(house.do(CreateWallet(kind=WalletKind.PERSONAL, assets=("EUR",))))
    kept = read_wallet(wallet)
    assert kept is not None
    legs = (
        Posting(ALICE["EUR"], Side.DEBIT, 10_000, "EUR"),
        Posting(kept.account("EUR"), Side.CREDIT, 10_000, "EUR"),
    )
    accepted(ask_one(house.ledger, PostTransaction(legs)))
    within = Terms(source=wallet.id, source_asset="EUR", target_asset="USD", amount=10_000)
    quote = matter(house.do(CreateQuote(within)))
    store, info = house.application.store, house.ledger.info
    assert store.account(info, kept.account("USD")) is None
    house.done(AcceptQuote(quote.id))
    assert house.balance(kept.account("USD")) == 10_389


def test_one_key_exchanges_once(house: House) -> None:
    wanted = Convert(terms("EUR", "USD", 100))
    first, second = house.do(wanted, "once"), house.do(wanted, "once")
    assert matter(first).id == matter(second).id
    assert house.balance(ALICE["EUR"]) == FUNDS["EUR"] - 100


def test_the_base_asset_is_chosen_once(house: House) -> None:
    said = house.refused(SetPolicy(Policy(base="USD", provider="ecb")))
    assert said.code is Code.INVALID_STATE
    assert house.refused(SetPolicy(Policy(base="XYZ"))).code is Code.ASSET_NOT_FOUND
    assert matter(house.do(SetPolicy(Policy(base="EUR", spread_bps=100)))).version == 2
