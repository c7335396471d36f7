"""What can happen to quotes, conversions, kept rates and the policy of exchange."""

from partita.engine.event_types import Happenings
from partita.modules.fx import conversions, ledger_rates, policy, quotes

HAPPENINGS = (
    Happenings(
        quotes.KIND,
        quotes.Quote,
        {
            "opened": "A quote holds a rate until it ends.",
            "accepted": "A quote was taken: its conversion is settled.",
            "expired": "A quote came to its end, and was not taken.",
        },
    ),
    Happenings(
        conversions.KIND,
        conversions.Conversion,
        {
            "settled": "Money was exchanged, in one transaction over all assets.",
            "reversed": "A conversion was taken back at its original rate.",
        },
    ),
    Happenings(
        ledger_rates.KIND,
        ledger_rates.DayOfRates,
        {"published": "A provider's rates of one day are kept, new or corrected."},
    ),
    Happenings(
        ledger_rates.SOURCE_KIND,
        ledger_rates.Span,
        {"published": "The first or the last day of a provider's rates is another."},
    ),
    Happenings(
        policy.KIND,
        policy.Policy,
        {"set": "The policy of exchange was set: base asset, provider, rounding, spread."},
    ),
)
"""The facts of this module, by the kind of matter that they are about."""
