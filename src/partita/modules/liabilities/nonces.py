"""Nonces: what hides each account in its leaf, derived from a secret, so that none is stored.

Everything is HMAC-SHA-256 (RFC 2104). The same secret, ledger and epoch give the same nonces, so the
same tree; another epoch gives others, so that nobody follows an account from one tree to the next.
"""

import hmac

_DOMAIN = b"partita liabilities 1"
_ACCOUNT, _PADDING = b"\0", b"\1"


class EpochNonces:
    """The nonces of one tree."""

    def __init__(self, secret: bytes, ledger: str, title: str, epoch: int) -> None:
        """Derive from the installation's secret; `title` is the asset's and the prefix's."""
        parts = (_DOMAIN, ledger.encode(), title.encode(), epoch.to_bytes(8, "big"))
        framed = b"".join(len(part).to_bytes(2, "big") + part for part in parts)
        self._key = hmac.digest(secret, framed, "sha256")

    def account(self, path: str) -> bytes:
        """The 32 bytes with which an account is hashed."""
        return hmac.digest(self._key, _ACCOUNT + path.encode(), "sha256")

    def padding(self, number: int) -> bytes:
        """The 32 bytes that stand for a commitment in a leaf of nobody."""
        return hmac.digest(self._key, _PADDING + number.to_bytes(8, "big"), "sha256")
