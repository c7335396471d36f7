"""Reading one's own writes from a view that trails: waiting until it has come far enough."""

import time
from collections.abc import Callable

from partita.engine.errors import ReplicaBehind
from partita.engine.ports import LedgerInfo
from partita.engine.trailing.ports import AnyView, Phase, ViewKeeper

USUAL_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 2.0, 30.0
_LOOK_SECONDS = 0.02


def live_sequence(keeper: ViewKeeper, ledger: LedgerInfo, view: AnyView) -> int:
    """Up to which sequence a view's rows stand; 0 while there are none."""
    for standing in keeper.view_standings(ledger):
        if (standing.view, standing.phase) == (view.name, Phase.LIVE):
            return standing.sequence
    return 0


def wait_for(
    keeper: ViewKeeper, ledger: LedgerInfo, view: AnyView, sequence: int, *,
    seconds: float = USUAL_WAIT_SECONDS, sleep: Callable[[float], None] = time.sleep,
) -> int:  # fmt: skip
    """Wait until a view has come as far as a sequence; how far it has.

    Raises:
        ReplicaBehind: it has not within so many seconds.
    """
    left = min(seconds, LONGEST_WAIT_SECONDS)
    while (found := live_sequence(keeper, ledger, view)) < sequence:
        if left <= 0:
            raise ReplicaBehind(view.name, found, sequence)
        sleep(min(_LOOK_SECONDS, left))
        left -= _LOOK_SECONDS
    return found
