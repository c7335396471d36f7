"""The scenario's time and chance: a clock that goes where it is told, and seeded bytes."""

import random
import threading

from partita.kernel.moment import Moment

MICROSECONDS_A_SECOND = 1_000_000


class SteeredClock:
    """A clock that stands at a moment until it is moved on; safe to read from any thread.

    Each look is a microsecond later than the last, so that nothing happens at the same moment.
    """

    def __init__(self, start: Moment) -> None:
        """Begin at a moment."""
        self._moment, self._lock = int(start), threading.Lock()

    def now(self) -> Moment:
        """The present moment."""
        with self._lock:
            self._moment += 1
            return Moment(self._moment)

    def move_to(self, moment: Moment) -> None:
        """Go on to a moment; never back."""
        with self._lock:
            self._moment = max(self._moment, int(moment))

    def pass_by(self, seconds: int) -> None:
        """Let seconds go by."""
        with self._lock:
            self._moment += seconds * MICROSECONDS_A_SECOND


class SeededEntropy:
    """The same bytes for the same seed, so that a month can be lived again. Never for real books."""

    def __init__(self, seed: int) -> None:
        """Begin with a seed."""
        self._random = random.Random(seed)  # noqa: S311 - made to be repeated
        self._lock = threading.Lock()

    def bytes(self, count: int) -> bytes:
        """So many bytes."""
        with self._lock:
            return self._random.randbytes(count)
