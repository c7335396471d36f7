"""Request ids: `req_` and a ULID, whose last six digits count within one second's minting.

Minting each from fresh randomness would cost ten times as much, and nothing rests on nobody being
able to guess one.
"""

from partita.engine.ports import Clock, Entropy
from partita.kernel.identifiers import RANDOM_BYTES, REQUEST, mint

_COUNTED_DIGITS = 6
_FRESH_MICROSECONDS = 1_000_000


class RequestIds:
    """Gives out request ids whose time is right to the second."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        """Mint by this clock, from this randomness."""
        self._clock, self._entropy = clock, entropy
        self._stem, self._minted_at, self._count = "", 0, 0

    def __call__(self) -> str:
        """The next request id."""
        now, count = self._clock.now(), self._count
        if not self._stem or not 0 <= now - self._minted_at < _FRESH_MICROSECONDS:
            random = self._entropy.bytes(RANDOM_BYTES)
            self._stem = mint(REQUEST, max(now // 1_000, 0), random)[:-_COUNTED_DIGITS]
            self._minted_at, count = now, 0
        self._count = count + 1
        return f"{self._stem}{count:06d}"
