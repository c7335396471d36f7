"""THE RULES: what a ledger is and what it refuses. Pure: no I/O, no clock, no randomness."""
