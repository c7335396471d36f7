"""Access: who may speak to which ledger, by API key.

A key is 256 random bits behind a prefix, shown once. Stored is only its HMAC-SHA-256 under a
pepper that is not in the database, so a stolen dump holds no usable key. A look-up is trusted
for a few seconds, so that a request does not cost a query; a revocation takes effect within
that time everywhere.
"""

import base64
import hmac
from collections.abc import Callable
from enum import Enum
from hashlib import sha256

from partita.engine.ports import ApiKey, Clock, Entropy, Keyring
from partita.kernel.identifiers import API_KEY, RANDOM_BYTES, mint
from partita.kernel.moment import Moment

PREFIX = "partita_live_"
KEY_BYTES = 32
TRUSTED_MICROSECONDS = 2_000_000
_MOST_REMEMBERED = 10_000


class Scope(Enum):
    """What a key may do; `write` includes `read`."""

    READ = "read"
    WRITE = "write"


class Denial(Enum):
    """Why a key does not open the door."""

    UNKNOWN = "authentication_required"
    EXPIRED = "key_expired"
    REVOKED = "key_revoked"


class Access:
    """Makes, checks and revokes API keys."""

    def __init__(self, keyring: Keyring, pepper: bytes, clock: Clock, entropy: Entropy) -> None:
        """`pepper` is a secret of at least 32 bytes kept outside the database."""
        assert len(pepper) >= KEY_BYTES, "the pepper has at least 32 bytes"
        self._keyring, self._pepper, self._clock, self._entropy = keyring, pepper, clock, entropy
        self._seen: dict[str, tuple[Moment, ApiKey | None]] = {}

    def create(
        self, ledger: str, scope: Scope, *, name: str = "", expires_at: Moment | None = None
    ) -> tuple[str, ApiKey]:
        """A new key: its text, which is told only now, and what is stored of it."""
        now, random = self._clock.now(), self._entropy.bytes
        text = PREFIX + base64.urlsafe_b64encode(random(KEY_BYTES)).decode().rstrip("=")
        identifier = mint(API_KEY, now // 1000, random(RANDOM_BYTES))
        key = ApiKey(identifier, ledger, name, scope.value, self._digest(text), now, expires_at)
        self._keyring.add_key(key)
        return text, key

    def check(self, text: str) -> ApiKey | Denial:
        """The key that this text is, or why it does not open."""
        key = self.remembered(text)
        return self.look_up(text) if key is None else key

    def remembered(self, text: str) -> ApiKey | Denial | None:
        """The answer of a recent look-up, without asking the store; None if there is none."""
        seen = self._seen.get(text)
        now = self._clock.now()
        if seen is None or not 0 <= now - seen[0] <= TRUSTED_MICROSECONDS:
            return None
        return _judge(seen[1], now)

    def look_up(self, text: str) -> ApiKey | Denial:
        """Ask the store for the key, and remember what it said for a moment."""
        now = self._clock.now()
        key = self._keyring.key_by_digest(self._digest(text))
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen.clear()
        self._seen[text] = (now, key)
        return _judge(key, now)

    def revoke(self, identifier: str) -> ApiKey | None:
        """Revoke a key by its id; None if there is no such key."""
        self._seen.clear()
        return self._keyring.revoke_key(identifier, self._clock.now())

    @property
    def keys(self) -> Callable[[str | None], object]:
        """List keys: all, or one ledger's."""
        return self._keyring.keys

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._pepper, text.encode("utf-8", "replace"), sha256)


def _judge(key: ApiKey | None, now: Moment) -> ApiKey | Denial:
    if key is None:
        return Denial.UNKNOWN
    if key.revoked_at is not None:
        return Denial.REVOKED
    if key.expires_at is not None and key.expires_at <= now:
        return Denial.EXPIRED
    return key
