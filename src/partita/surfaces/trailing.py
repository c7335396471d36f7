"""What all surfaces share of trailing views: where they are read, and who brings them up to date."""

from partita.engine.ports import LedgerInfo
from partita.engine.trailing.follower import ViewFollower
from partita.engine.trailing.ports import AnyView
from partita.views.reading.looking import Place
from partita.wiring import Application


def place_of(application: Application, info: LedgerInfo) -> Place:
    """Where the views of a ledger are read."""
    return Place(application.store, info, application.views(info))


def bring_up(application: Application, info: LedgerInfo, view: AnyView) -> None:
    """Project what a view lacks until it stands where the journal does now.

    For programs that ask once and are gone: whether a worker keeps the view up they cannot know.
    Where one does, there is next to nothing left to do, and whoever comes first does it.
    """
    store, head = application.store, application.store.head(info).sequence
    follower = ViewFollower(store, store, (view,), lambda: [info])
    while application.views(info).sequence(view) < head:
        follower.follow(info, application.clock.now())
