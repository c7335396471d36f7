"""The register: every entry of every account, with its balance after. There is no balance row.

An account's balance is its last entry; its balance at any recorded moment is the last entry by
then.
"""

from collections.abc import Iterable, Iterator

from partita.engine.listing import EntryRow
from partita.engine.trailing.tables import laid_by_store
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel.events import entries_in


def project(records: Iterable[Record]) -> Iterator[EntryRow]:
    """The entries that records hold, each with its place and times."""
    for record in records:
        event = record.event
        for leg, entry in enumerate(entries_in(event)):
            yield EntryRow(
                entry,
                record.sequence,
                leg,
                event.effective_at,  # type: ignore[union-attr]  # whatever has entries has that
                record.recorded_at,
                event.id,
                getattr(event, "external_id", None),
            )


REGISTER = View("register", Pace.INLINE, (laid_by_store("entry"),), project)
