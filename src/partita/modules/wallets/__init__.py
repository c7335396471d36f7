"""Customers and wallets: who holds money here, where, and whether it may move now.

A wallet (`wallet.py`) is a matter with one kernel account for each of its assets. What stops it stops
its accounts in the same commit (`stopping.py`), so no payment passes by a freeze. A customer
(`customer.py`) is a token that wallets belong to; names and addresses are kept elsewhere.
"""
