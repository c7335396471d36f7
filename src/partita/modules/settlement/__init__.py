"""Merchant settlement: what a merchant has sold becomes a batch, a reserve and a payout.

    wallet's register ─► statement (what accrued until the cut-off) ─► batch ─► payout ─► paid
                                                                         └─► reserve ─► released

A merchant's wallet gathers what was captured, less fees and refunds. At each cut-off of its plan
(`plan.py`) what is in it becomes payable: one transaction moves it to the merchant's payables, and a
part of it to a rolling reserve. A withdrawal pays the payables out; after so many days the reserve
goes back into the wallet, and so into a later batch. `process.py` does each when it is due; every
figure of a batch comes from the wallet's register, so a statement always ties to the postings.
"""
