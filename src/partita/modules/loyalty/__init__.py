"""Loyalty: points and vouchers with an end, beside cash, and payments that draw on all of them.

Points are an asset in wallets of kind `loyalty`. When which of them end stands in lots (`lots.py`),
laid over the account's balance: whatever else moves points, the lots follow its running totals. The
`program` of an asset says what its points are worth; `draw` takes from sources in their order.
"""
