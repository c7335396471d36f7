"""The witness: a program of its own that remembers how large logs were, and vouches for growth alone.

It needs no database and never sees a record. Run it where whoever runs the ledger cannot reach: at
an auditor's, a bank's, on another host under another administrator.
"""
