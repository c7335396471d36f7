"""Webhooks: events of the journal, brought to addresses of others, signed, in order, until taken.

An endpoint is a matter (`endpoint.py`, `deciding.py`). What is owed to it and what was tried is no
part of the journal (`engine/delivery_ports.py`); `process.py` fetches events out of the feed, has
them sent, and notes what came of it. How they are signed: Standard Webhooks
(https://www.standardwebhooks.com), `signing.py`.
"""
