"""The scenario's time: a clock that goes where it is told."""

import threading

from partita.kernel.moment import Moment

MICROSECONDS_A_SECOND = 1_000_000


class SteeredClock:
    """A clock that stands at a moment until it is moved on; safe to read from any thread.

    Each look is a microsecond later than the last, so that nothing happens at the same moment.
    """

    def __init__(self, start: Moment) -> None:
        """Begin at a moment."""
        self._moment, self._looks, self._lock = int(start), 0, threading.Lock()

    @property
    def moment(self) -> Moment:
        """Where it was told to be, however often it was looked at since."""
        return Moment(self._moment)

    def now(self) -> Moment:
        """The present moment."""
        with self._lock:
            self._looks += 1
            return Moment(self._moment + self._looks)

    def move_to(self, moment: Moment) -> None:
        """Go on to a moment; never back."""
        with self._lock:
            self._moment = max(self._moment, int(moment))

    def pass_by(self, seconds: int) -> None:
        """Let seconds go by."""
        with self._lock:
            self._moment += seconds * MICROSECONDS_A_SECOND
