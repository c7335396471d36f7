"""Sinks: brokers and files that get every event of a ledger, in order, at least once."""
