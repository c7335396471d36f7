"""How each command of foreign exchange is decided."""

from partita.engine.business import Deciders
from partita.modules.fx import conversions, ledger_rates, policy, quotes

DECIDERS: Deciders = {
    policy.SetPolicy: policy.set_policy,
    ledger_rates.PublishRates: ledger_rates.publish,
    quotes.CreateQuote: quotes.create_quote,
    quotes.ExpireQuote: quotes.expire_quote,
    conversions.AcceptQuote: conversions.accept_quote,
    conversions.Convert: conversions.convert,
    conversions.ReverseConversion: conversions.reverse_conversion,
}
