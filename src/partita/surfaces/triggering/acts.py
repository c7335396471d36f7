"""The table of acts: which events can be made to happen, and how."""

from collections.abc import Mapping

from partita.engine.feed import EventFilter, FeedEvent
from partita.surfaces.library import LibraryLedger
from partita.surfaces.triggering import of_payments, of_the_kernel, of_wallets
from partita.surfaces.triggering.stage import Play, Stage
from partita.wiring import Application

PLAYS: Mapping[str, Play] = {**of_the_kernel.PLAYS, **of_wallets.PLAYS, **of_payments.PLAYS}
"""Every type of event that can be made to happen, and what is done for it."""
_MOST_EVENTS = 1_000


async def trigger(application: Application, ledger: str, type: str) -> list[FeedEvent]:
    """Have an event of this type happen; all events that came of it, in order.

    Raises:
        KeyError: nobody knows how.
        Rejected: the ledger's rules do not let it happen, such as a strict chart.
    """
    info, feed = application.ledger(ledger).info, application.feed
    before = application.store.head(info).sequence
    library = LibraryLedger(application, application.ledger(ledger))
    await PLAYS[type](Stage(library, application.clock.now))
    return feed.read(info, before, _MOST_EVENTS, EventFilter()).events
