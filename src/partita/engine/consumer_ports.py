"""What the outside has got of a journal: cursors of consumers, and the events set aside for them.

A consumer is whatever takes events out of this house: a sink, a webhook endpoint, a tailing client
with a name. None of this is in the journal, for it says how far others are and not what happened;
what is lost here is told twice, never left out. Adapters obey the port.
"""

from typing import Protocol, Self

import msgspec

from partita.engine.ports import LedgerInfo
from partita.kernel.moment import Moment

LONGEST_ERROR = 1_000
"""Characters that are kept of what went wrong."""


class Cursor(msgspec.Struct, frozen=True):
    """Up to which sequence a consumer has got all, and how many events are set aside for it."""

    consumer: str
    sequence: int
    parked: int = 0


class Parked(msgspec.Struct, frozen=True):
    """An event that a consumer would not take, set aside so that others flow: tried so many times."""

    consumer: str
    sequence: int
    event_id: str
    type: str
    tries: int
    error: str
    parked_at: Moment

    @classmethod
    def of(cls, other: Self, *, error: str) -> Self:
        """The same one with this error, cut short and without what no store can hold."""
        clean = "".join(sign if sign.isprintable() else " " for sign in error)
        return msgspec.structs.replace(other, error=clean[:LONGEST_ERROR])


class ConsumerKeeper(Protocol):
    """Where cursors and parked events are kept; any thread may ask."""

    def cursor(self, ledger: LedgerInfo, consumer: str) -> int:
        """The sequence up to which a consumer has got all; 0 for one that nobody knows."""
        ...

    def advance(self, ledger: LedgerInfo, consumer: str, *, held: int, to: int) -> bool:
        """Move a cursor from where the caller held it; False if another moved it first."""
        ...

    def cursors(self, ledger: LedgerInfo) -> list[Cursor]:
        """Every consumer that has a cursor, by name."""
        ...

    def reset(self, ledger: LedgerInfo, consumer: str, to: int) -> None:
        """Set a cursor, wherever it is; what was parked stays."""
        ...

    def forget(self, ledger: LedgerInfo, consumer: str) -> None:
        """Remove a cursor and all that is parked for its consumer."""
        ...

    def park(self, ledger: LedgerInfo, event: Parked) -> None:
        """Set an event aside; of one that is there already, what is said last counts."""
        ...

    def parked(self, ledger: LedgerInfo, consumer: str, after: int, limit: int) -> list[Parked]:
        """What is set aside for a consumer, with a sequence above `after`, in order."""
        ...

    def unpark(self, ledger: LedgerInfo, consumer: str, sequence: int) -> bool:
        """Take a parked event off the list; False if it is not there."""
        ...
