"""The machine's own time and randomness, behind the engine's ports."""

import time
from secrets import token_bytes

from partita.kernel.moment import Moment


class SystemClock:
    """The machine's clock."""

    def now(self) -> Moment:
        """The present moment."""
        return Moment(time.time_ns() // 1_000)


class SystemEntropy:
    """The operating system's randomness."""

    def bytes(self, count: int) -> bytes:
        """So many random bytes."""
        return token_bytes(count)
