"""Scenarios: a made-up month of a business, told to a ledger through the engine as a program would.

`month` decides what people do, `running` does it and lets time pass, `reckoning` says what came of it
and whether everything ties.
"""
