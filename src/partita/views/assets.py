"""The assets that a ledger registered; those of ISO 4217 are built in and not rows."""

from collections.abc import Iterable, Iterator

from partita.engine.trailing.tables import laid_by_store
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel.asset import Asset
from partita.kernel.events import AssetRegistered


def project(records: Iterable[Record]) -> Iterator[Asset]:
    """The assets that records register."""
    for record in records:
        if isinstance(record.event, AssetRegistered):
            yield record.event.asset


ASSETS = View("assets", Pace.INLINE, (laid_by_store("asset"),), project)
