"""The bell: rings at each commit of this process, so that who follows a ledger need not keep asking.

    writer ── committed ──► Bell ──► listeners: whoever waits for events

It is only the short way. What other processes commit rings nowhere here; so who waits also looks at
the journal's head every now and then.
"""

import threading
from collections.abc import Callable

from partita.engine.ports import LedgerInfo

Listener = Callable[[LedgerInfo, int], None]
"""Hears that a ledger's journal reaches up to a sequence; from a writer's thread, so it is quick."""


class Bell:
    """Tells its listeners of commits."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._listeners: tuple[Listener, ...] = ()
        self._changing = threading.Lock()

    def ring(self, ledger: LedgerInfo, sequence: int) -> None:
        """Tell of a commit."""
        for listener in self._listeners:
            listener(ledger, sequence)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear of every commit from now on; what is returned ends it."""
        with self._changing:
            self._listeners = (*self._listeners, listener)

        def leave() -> None:
            with self._changing:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

        return leave
