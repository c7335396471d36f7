"""Reading trailing views of a ledger, from a sequence on if the reader says which it must see."""

from partita.engine.ports import LedgerInfo
from partita.engine.trailing.ports import AnyView, ViewKeeper
from partita.engine.trailing.scanning import Scan, Scanned
from partita.engine.trailing.waiting import USUAL_WAIT_SECONDS, live_sequence, wait_for


class ViewReader:
    """Whoever asks trailing views of one ledger."""

    def __init__(self, keeper: ViewKeeper, ledger: LedgerInfo) -> None:
        """Ask this keeper about this ledger."""
        self._keeper, self._ledger = keeper, ledger

    def scan(
        self, view: AnyView, what: Scan, *,
        min_sequence: int = 0, wait_seconds: float = USUAL_WAIT_SECONDS,
    ) -> Scanned:  # fmt: skip
        """Rows of a view that stands at `min_sequence` at least.

        Raises:
            ReplicaBehind: it does not come so far within `wait_seconds`.
        """
        self.wait(view, min_sequence, wait_seconds)
        return self._keeper.scan(self._ledger, view, what)

    def sequence(self, view: AnyView) -> int:
        """Up to which sequence a view's rows stand; 0 while there are none."""
        return live_sequence(self._keeper, self._ledger, view)

    def wait(self, view: AnyView, sequence: int, seconds: float = USUAL_WAIT_SECONDS) -> None:
        """Wait until a view has come as far as a sequence.

        Raises:
            ReplicaBehind: it has not within so many seconds.
        """
        if sequence > 0:
            wait_for(self._keeper, self._ledger, view, sequence, seconds=seconds)
