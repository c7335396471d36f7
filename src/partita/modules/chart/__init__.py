"""The chart of accounts: which accounts a ledger may have, what they are, and where business puts money.

    document ─► reading ─► Chart ─► match(path), opening(path), place(role, customer=…, asset=…)

A chart is a document (`document.py`): a tree of patterns such as
`customers:{customer}:wallets:{wallet}:{asset}`. Reading it (`reading.py`) makes patterns
(`pattern.py`) of it, or says at which places it is wrong. Business never spells paths: it names a
role (`roles.py`), and the chart says where that is. Four charts come ready made (`ready.py`).
"""
