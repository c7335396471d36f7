"""Foreign exchange: rates, quotes, conversions, positions and what they are worth.

    rates, ledger_rates   who says what an asset is worth, and of which day
    policy                the base asset, and what holds where a request says nothing
    places, pricing       between which accounts, and where every unit goes
    deal                  all of that, agreed;  quotes hold it, conversions carry it out
    posting, valuing      as postings; what the positions cost and what was gained

All figures are whole numbers and exact fractions; each place that rounds says so and says where the
rest goes. What happens to money happens in one transaction of the kernel.
"""
