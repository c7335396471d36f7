"""What trails behind the journals: the processes that a worker runs."""

from collections.abc import Callable

from partita.engine.ports import LedgerInfo, Reader
from partita.engine.processes import Process
from partita.engine.trailing.follower import Share, ViewFollower
from partita.engine.trailing.ports import ViewKeeper
from partita.views import TRAILING

FOLLOWERS = 2
"""How many threads share out the ledgers: while one waits for the store, another projects."""


def outgoing(
    store: Reader, keeper: ViewKeeper, ledgers: Callable[[], list[LedgerInfo]]
) -> list[Process]:
    """The processes; each is given a thread of its own."""
    shares = (Share(part, FOLLOWERS) for part in range(FOLLOWERS))
    return [ViewFollower(store, keeper, TRAILING, ledgers, share) for share in shares]
