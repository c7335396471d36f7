"""What the standing auditor saw, in memory."""

from partita.engine.ports import LedgerInfo
from partita.kernel.moment import Moment


class MemoryIntegrity:
    """The auditor's side of the store."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        super().__init__()
        self._notes: dict[int, tuple[Moment, str]] = {}

    def note_integrity(self, ledger: LedgerInfo, body: str, now: Moment) -> None:
        """Keep what was last seen of a ledger."""
        self._notes[ledger.number] = (now, body)

    def integrity(self, ledger: LedgerInfo) -> tuple[Moment, str] | None:
        """What was last noted, and when."""
        return self._notes.get(ledger.number)
