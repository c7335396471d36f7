"""The assets that a ledger registered; those of ISO 4217 are built in and not rows."""

from collections.abc import Iterable, Iterator

from partita.journal.record import Record
from partita.kernel.asset import Asset
from partita.kernel.events import AssetRegistered
from partita.views.view import View


def project(records: Iterable[Record]) -> Iterator[Asset]:
    """The assets that records register."""
    for record in records:
        if isinstance(record.event, AssetRegistered):
            yield record.event.asset


ASSETS = View("assets", "asset", project)
