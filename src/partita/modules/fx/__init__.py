"""Foreign exchange. `rates.py` has the rates: who says what an asset is worth, and of which day.

All figures are whole numbers and exact fractions; each place that rounds says so and says where
the rest goes.
"""
