"""Liabilities: what the ledger owes its customers in one asset, sealed so that each can check it.

    accounts ─► `proving` ─► tree (tiles) ─► `sealed` root, a document of the journal
                                   └─► `customer`: a file for each account, checked offline

The tree itself is `journal/sum_tree.py`; every byte is defined in `spec/liabilities.md`. It proves
that what is owed to whoever checks is in the total. It proves no solvency, and it is no zero
knowledge: a proof shows the sums of its siblings.
"""
