"""Request ids: `req_` and a ULID, minted in handfuls, since one by one they would cost more."""

from partita.engine.ports import Clock, Entropy
from partita.kernel.identifiers import RANDOM_BYTES, REQUEST, mint_many

_HANDFUL = 64
_FRESH_MILLISECONDS = 1_000


class RequestIds:
    """Gives out request ids whose time is right to the second."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        """Mint by this clock, from this randomness."""
        self._clock, self._entropy = clock, entropy
        self._minted_at, self._minted = 0, list[str]()

    def __call__(self) -> str:
        """The next request id."""
        now = max(self._clock.now() // 1_000, 0)
        if not self._minted or not 0 <= now - self._minted_at < _FRESH_MILLISECONDS:
            random = self._entropy.bytes(RANDOM_BYTES * _HANDFUL)
            self._minted_at, self._minted = now, mint_many(REQUEST, now, random)
        return self._minted.pop()
