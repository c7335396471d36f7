"""Idempotency keys as the journal's rows are indexed by them; `spec/journal.md` says the same."""

from hashlib import sha256

from partita.journal.encoding import type_name
from partita.kernel import events

KEY_BYTES = 16
OPERATIONS: dict[str, str] = {
    "ledger.opened": "ledgers",
    "asset.registered": "assets",
    "account.opened": "accounts",
    "account.frozen": "accounts/freeze",
    "account.unfrozen": "accounts/unfreeze",
    "account.closed": "accounts/close",
    "transaction.posted": "transactions",
    "transaction.reversed": "transactions/reverse",
    "transaction.pended": "transactions",
    "transaction.edited": "transactions/edit",
    "transaction.settled": "transactions/post",
    "transaction.archived": "transactions/archive",
    "hold.placed": "holds",
    "hold.captured": "holds/capture",
    "hold.incremented": "holds/increment",
    "hold.released": "holds/release",
    "hold.extended": "holds/extend",
    "hold.expired": "holds/expire",
    "document.saved": "documents",
    "document.archived": "documents/archive",
    "limit.set": "limits",
    "limit.archived": "limits/archive",
    "period.opened": "periods",
    "period.soft_closed": "periods/soft_close",
    "period.reopened": "periods/reopen",
    "period.closed": "periods/close",
}
"""The operation that an idempotency key counts within, by the type of the record it led to."""
BULK_OPERATION = "transactions/batch"


def operation_of(event: events.Event) -> str:
    """The operation that the key of an event's record counts within."""
    return event.asked if isinstance(event, events.MatterChanged) else OPERATIONS[type_name(event)]


def key_digest(operation: str, key: str) -> bytes:
    """The 16 bytes under which a store indexes a key used for an operation."""
    return sha256(f"{operation}\0{key}".encode()).digest()[:KEY_BYTES]
