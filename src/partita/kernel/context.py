"""What a decision needs besides the book: the moment, the place, and new ids."""

from collections.abc import Callable

from partita.kernel.events import Event
from partita.kernel.moment import Moment
from partita.kernel.rejections import Rejection

Decision = Event | Rejection


class Context:
    """What a decision needs besides the book: the record's moment, its sequence, a new id."""

    __slots__ = ("identity", "now", "sequence")

    def __init__(self, now: Moment, sequence: int, identity: Callable[[str], str]) -> None:
        """`identity(prefix)` mints one id; `sequence` is the one the event will have."""
        self.now, self.sequence, self.identity = now, sequence, identity
