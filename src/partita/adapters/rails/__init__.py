"""Rails: payment networks behind the contract of `modules/payments/rail.py`, one folder for each.

`networks` names them all; `logbook` keeps what a rail of this installation must not forget.
"""
