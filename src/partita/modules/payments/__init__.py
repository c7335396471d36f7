"""Payments: one lifecycle for everything that moves money, and the contract of the rails that carry it."""
