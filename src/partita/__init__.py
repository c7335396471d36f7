"""Partita: a real-time wallet ledger. Double entry, event-sourced, tamper-evident."""

__version__ = "0.1.0"
