"""Cursors of consumers and their parked events, in memory."""

import threading

from partita.engine.consumer_ports import Cursor, Parked
from partita.engine.ports import LedgerInfo


class MemoryConsumers:
    """The consumers' side of the memory store."""

    def __init__(self) -> None:
        """Nobody has got anything yet."""
        super().__init__()
        self._cursors: dict[tuple[int, str], int] = {}
        self._parked: dict[tuple[int, str], dict[int, Parked]] = {}
        self._moving = threading.Lock()

    def cursor(self, ledger: LedgerInfo, consumer: str) -> int:
        """Up to where a consumer has got all."""
        return self._cursors.get((ledger.number, consumer), 0)

    def advance(self, ledger: LedgerInfo, consumer: str, *, held: int, to: int) -> bool:
        """Move a cursor if it is where the caller held it."""
        with self._moving:
            if self.cursor(ledger, consumer) != held:
                return False
            self._cursors[ledger.number, consumer] = to
            return True

    def cursors(self, ledger: LedgerInfo) -> list[Cursor]:
        """Every cursor, by name."""
        with self._moving:
            mine = {
                name: at for (number, name), at in self._cursors.items() if number == ledger.number
            }
            return [
                Cursor(name, mine[name], len(self._aside(ledger, name))) for name in sorted(mine)
            ]

    def reset(self, ledger: LedgerInfo, consumer: str, to: int) -> None:
        """Set a cursor."""
        with self._moving:
            self._cursors[ledger.number, consumer] = to

    def forget(self, ledger: LedgerInfo, consumer: str) -> None:
        """Remove all of a consumer."""
        with self._moving:
            self._cursors.pop((ledger.number, consumer), None)
            self._parked.pop((ledger.number, consumer), None)

    def park(self, ledger: LedgerInfo, event: Parked) -> None:
        """Set an event aside."""
        with self._moving:
            aside = self._parked.setdefault((ledger.number, event.consumer), {})
            aside[event.sequence] = event

    def parked(self, ledger: LedgerInfo, consumer: str, after: int, limit: int) -> list[Parked]:
        """What is set aside, by sequence."""
        with self._moving:
            aside = self._aside(ledger, consumer)
            return [aside[at] for at in sorted(aside) if at > after][:limit]

    def unpark(self, ledger: LedgerInfo, consumer: str, sequence: int) -> bool:
        """Take an event off the list."""
        with self._moving:
            return self._aside(ledger, consumer).pop(sequence, None) is not None

    def _aside(self, ledger: LedgerInfo, consumer: str) -> dict[int, Parked]:
        return self._parked.get((ledger.number, consumer), {})
