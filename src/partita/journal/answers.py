"""Stored answers as leaves of a log of their own, so that none can be changed unseen.

The answer to a key that is not simply one record (a refusal, or a bulk's list) stands beside the
journal: what was refused moved nothing, so the journal's root must not move either. Its bytes are
hashed all the same, in the order in which answers were given; the root of that log stands in each
checkpoint beside the journal's. `spec/journal.md` §6 says the same.
"""

from partita.journal.merkle import leaf_hash


def answer_leaf(key: bytes, recorded_at: str, body: str) -> bytes:
    """The leaf of an answer: of its key's digest in hexadecimal, its moment and its body, by lines."""
    return leaf_hash(f"{key.hex()}\n{recorded_at}\n{body}".encode())
