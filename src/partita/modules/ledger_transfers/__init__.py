"""Transfers between two ledgers of one installation: in both journals, or in neither."""
