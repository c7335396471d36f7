"""The business: what is done with a ledger's commands and ports, one folder per purpose."""
