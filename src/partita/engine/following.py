"""A follower: builds what trails behind the journals, a little at a time, while a process serves.

What it builds is a cache (`BlockKeeper`): answers are right without it. So a failure only waits for
the next round, and stopping it at any moment loses nothing.
"""

import threading
from collections.abc import Callable

from partita.engine.as_of import BlockKeeper
from partita.engine.errors import PartitaError
from partita.engine.ports import LedgerInfo

ROUND_SECONDS, HELPING_BLOCKS = 5.0, 64


def build_all(store: BlockKeeper, ledger: LedgerInfo) -> int:
    """Build every block of a ledger that is due; how many were."""
    total = 0
    while built := store.build_blocks(ledger, HELPING_BLOCKS):
        total += built
    return total


class Follower:
    """A thread that builds due blocks of all ledgers, round after round."""

    def __init__(
        self,
        store: BlockKeeper,
        ledgers: Callable[[], list[LedgerInfo]],
        tell: Callable[[PartitaError], None],
    ) -> None:
        """Follow these ledgers; `tell` hears of a round that failed."""
        self._store, self._ledgers, self._tell = store, ledgers, tell
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="partita-following", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after the helping at hand."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._round()
            except PartitaError as error:
                self._tell(error)
            self._stop.wait(ROUND_SECONDS)

    def _round(self) -> None:
        for ledger in self._ledgers():
            while not self._stop.is_set() and self._store.build_blocks(ledger, HELPING_BLOCKS):
                pass
