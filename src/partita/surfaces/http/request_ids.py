"""Request ids: `req_` and a ULID, whose last six digits count within one second's minting.

Minting each from fresh randomness would cost ten times as much, and nothing rests on nobody being
able to guess one.
"""

from time import monotonic

from partita.engine.ports import Clock, Entropy
from partita.kernel.identifiers import RANDOM_BYTES, REQUEST, mint

_COUNTED_DIGITS = 6
_FRESH_SECONDS = 1.0


class RequestIds:
    """Gives out request ids whose time is right to the second."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        """Mint by this clock, from this randomness."""
        self._clock, self._entropy = clock, entropy
        self._stem, self._fresh_until, self._count = "", 0.0, 0

    def __call__(self) -> str:
        """The next request id."""
        now = monotonic()
        if now >= self._fresh_until:
            milliseconds, random = self._clock.now() // 1_000, self._entropy.bytes(RANDOM_BYTES)
            self._stem = mint(REQUEST, max(milliseconds, 0), random)[:-_COUNTED_DIGITS]
            self._fresh_until, self._count = now + _FRESH_SECONDS, 0
        self._count = count = self._count + 1
        return f"{self._stem}{count:06d}"
