"""Importing: transactions that were kept elsewhere come into the journal, once, whatever happens.

A format (an adapter, such as `csv_profile`) reads a file and yields instructions; `runner.py`
submits them. Between the two stands `source.py`: what a format must give.
"""
