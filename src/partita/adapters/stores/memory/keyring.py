"""API keys in memory, as keyed hashes; the same port as in PostgreSQL."""

import msgspec

from partita.engine.ports import ApiKey
from partita.kernel.moment import Moment


class MemoryKeyring:
    """The keyring's side of the memory store."""

    def __init__(self) -> None:
        """Begin without keys."""
        self._keys: dict[bytes, ApiKey] = {}

    def add_key(self, key: ApiKey) -> None:
        """Keep a new key."""
        self._keys[key.digest] = key

    def key_by_digest(self, digest: bytes) -> ApiKey | None:
        """The key with this hash."""
        return self._keys.get(digest)

    def keys(self, ledger: str | None = None) -> list[ApiKey]:
        """Keys, newest first."""
        chosen = [key for key in self._keys.values() if ledger in (None, key.ledger)]
        return sorted(chosen, key=lambda key: (key.created_at, key.id), reverse=True)

    def revoke_key(self, identifier: str, now: Moment) -> ApiKey | None:
        """Revoke a key once."""
        for digest, key in self._keys.items():
            if key.id == identifier:
                if key.revoked_at is None:
                    self._keys[digest] = msgspec.structs.replace(key, revoked_at=now)
                return self._keys[digest]
        return None
