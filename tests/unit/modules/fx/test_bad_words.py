"""Words that make no sense are refused by the rules themselves, whoever sends them, and stop nobody."""

import pytest

from partita.engine.business import Act
from partita.kernel.rejections import Code
from partita.modules.fx.conversions import AcceptQuote, Convert, Expected
from partita.modules.fx.conversions import ReverseConversion as Reverse
from partita.modules.fx.ledger_rates import DayOfRates, PublishRates
from partita.modules.fx.policy import Policy, SetPolicy
from partita.modules.fx.quotes import CreateQuote
from tests.unit.modules.fx.desk import TODAY, House, terms

NUL = "a\0b"
FINE = terms("EUR", "USD", 100)


def with_terms(**others: object) -> Convert:
    fields = {name: getattr(FINE, name) for name in FINE.__struct_fields__}
    return Convert(type(FINE)(**fields | others))


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (with_terms(day="yesterday"), Code.RATE_INVALID),
        (with_terms(day="0"), Code.RATE_INVALID),
        (with_terms(day=NUL), Code.RATE_INVALID),
        (with_terms(provider="A B"), Code.RATE_INVALID),
        (with_terms(provider=NUL), Code.RATE_INVALID),
        (with_terms(source=NUL), Code.ACCOUNT_NOT_FOUND),
        (with_terms(destination=f"wal_{NUL}"), Code.WALLET_NOT_FOUND),
        (with_terms(source_asset=NUL), Code.ASSET_NOT_FOUND),
        (with_terms(target_asset="EUR"), Code.AMOUNT_OUT_OF_RANGE),
        (with_terms(amount=-1), Code.AMOUNT_OUT_OF_RANGE),
        (with_terms(amount=10**40), Code.AMOUNT_OUT_OF_RANGE),
        (Convert(FINE, Expected("1/0")), Code.RATE_INVALID),
        (Convert(FINE, Expected("nothing")), Code.RATE_INVALID),
        (CreateQuote(FINE, 10**12), Code.INVALID_EXPIRY),
        (CreateQuote(FINE, -1), Code.INVALID_EXPIRY),
        (AcceptQuote("fxq_"), Code.QUOTE_NOT_FOUND),
        (Reverse("fxc_"), Code.PAYMENT_NOT_FOUND),
        (PublishRates("A B", (DayOfRates(TODAY, {"EUR/USD": "1"}),)), Code.RATE_INVALID),
        (PublishRates("bank", (DayOfRates("soon", {"EUR/USD": "1"}),)), Code.RATE_INVALID),
        (PublishRates("bank", (DayOfRates(TODAY, {"EUR/USD": "1/0"}),)), Code.RATE_INVALID),
        (PublishRates("bank", (DayOfRates(TODAY, {}),)), Code.RATE_INVALID),
        (PublishRates("bank", ()), Code.RATE_INVALID),
        (PublishRates("bank", (DayOfRates(TODAY, {"A/B": "1"}),) * 2), Code.RATE_INVALID),
        (SetPolicy(Policy("EUR", "A B")), Code.RATE_INVALID),
        (SetPolicy(Policy("EUR", "ecb", lifetime_seconds=10**12)), Code.RATE_INVALID),
    ],
)
def test_it_is_refused_and_the_ledger_goes_on(house: House, act: Act, code: Code) -> None:
    assert house.refused(act).code is code
    house.done(Convert(FINE))


def test_a_missing_day_far_back_is_found_across_a_fixed_figure(house: House) -> None:
    house.do(PublishRates("ecb", (DayOfRates("always", {"EUR/DKK": "7.46038"}),)))
    house.do(PublishRates("ecb", (DayOfRates("2020-01-02", {"EUR/CHF": "1.0865"}),)))
    asked = terms("EUR", "USD", 100, day="2026-11-21", provider="ecb")
    fields = {name: getattr(asked, name) for name in asked.__struct_fields__}
    swiss = type(asked)(**fields | {"source_asset": "DKK", "target_asset": "CHF"})
    said = house.refused(Convert(swiss))
    assert (said.code, said.facts["last_day"]) == (Code.RATE_MISSING, "2020-01-02")
