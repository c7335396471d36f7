"""Back-off: how long to wait before the next try, ever longer, and never all at the same moment.

Half of each wait is fixed and half is left to chance ("equal jitter", M. Brooker, "Exponential
Backoff And Jitter", AWS Architecture Blog, 2015): those who failed together do not come back
together, and nobody comes back at once. Whole microseconds; chance comes in as bytes.
"""

import msgspec

CHANCE_BYTES = 8


class Backoff(msgspec.Struct, frozen=True):
    """Waits that double from `first_seconds` up to `most_seconds`.

    >>> Backoff(first_seconds=1, most_seconds=60).microseconds(0, bytes(8))
    500000
    >>> Backoff(first_seconds=1, most_seconds=60).microseconds(3, bytes(8))
    4000000
    """

    first_seconds: int = 1
    most_seconds: int = 900

    def microseconds(self, tries: int, chance: bytes) -> int:
        """The wait after so many failed tries before this one; eight bytes of chance."""
        assert len(chance) == CHANCE_BYTES, "eight bytes of chance"
        # 2**40 seconds is beyond any most, and keeps a large count of tries cheap.
        whole = min(self.first_seconds << min(tries, 40), self.most_seconds) * 1_000_000
        half = whole // 2
        return half + (whole - half) * int.from_bytes(chance) // (1 << 8 * CHANCE_BYTES)
