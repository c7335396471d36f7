"""What all surfaces share of trailing views: where they are read, and who brings them up to date."""

import time
from typing import TYPE_CHECKING

from partita.engine.errors import ReplicaBehind
from partita.engine.ports import LedgerInfo
from partita.engine.trailing.follower import ViewFollower
from partita.engine.trailing.ports import AnyView
from partita.views.reading.looking import Place
from partita.views.reading.search import SearchPlace

if TYPE_CHECKING:  # wiring loads psycopg, for which no help text should wait
    from partita.wiring import Application

_TRIES, _PAUSE_SECONDS = 100, 0.05
"""How often a view that does not move on is looked at before it is given up: for five seconds."""


def place_of(application: "Application", info: LedgerInfo) -> Place:
    """Where the views of a ledger are read."""
    return Place(application.store, info, application.views(info))


def searched(application: "Application", info: LedgerInfo) -> SearchPlace:
    """Where the transactions of a ledger are searched."""
    return SearchPlace(application.store, application.store, info)


def bring_up(application: "Application", info: LedgerInfo, view: AnyView) -> None:
    """Project what a view lacks until it stands where the journal does now.

    For programs that ask once and are gone: whether a worker keeps the view up they cannot know.
    Where one does, there is next to nothing left to do, and whoever comes first does it.

    Raises:
        ReplicaBehind: nobody gets it on: its rows belong to another version of this program.
    """
    store, head = application.store, application.store.head(info).sequence
    follower = ViewFollower(store, store, (view,), lambda: [info])
    standing, tries = 0, _TRIES
    while (found := application.views(info).sequence(view)) < head:
        tries = _TRIES if found > standing else tries - 1
        if not tries:
            raise ReplicaBehind(view.name, found, head)
        standing = max(standing, found)
        if not follower.follow(info, application.clock.now()):
            time.sleep(_PAUSE_SECONDS)
