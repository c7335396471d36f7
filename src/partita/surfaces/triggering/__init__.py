"""Triggering: have an event of some type happen in a ledger where no money is real."""
