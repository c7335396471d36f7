"""Idempotency keys as the journal's rows are indexed by them; `spec/journal.md` says the same."""

from hashlib import sha256

KEY_BYTES = 16


def key_digest(operation: str, key: str) -> bytes:
    """The 16 bytes under which a store indexes a key used for an operation."""
    return sha256(f"{operation}\0{key}".encode()).digest()[:KEY_BYTES]
