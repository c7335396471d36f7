"""The register: every entry of every account, with its balance after. There is no balance row.

An account's balance is its last entry; its balance at any recorded moment is the last entry by
then.
"""

from collections.abc import Iterable, Iterator

from partita.engine.ports import EntryRow
from partita.journal.record import Record
from partita.kernel.events import TransactionPosted
from partita.views.view import View


def project(records: Iterable[Record]) -> Iterator[EntryRow]:
    """The entries that records hold, each with its place and times."""
    for record in records:
        event = record.event
        if isinstance(event, TransactionPosted):
            for leg, entry in enumerate(event.entries):
                yield EntryRow(
                    entry,
                    record.sequence,
                    leg,
                    event.effective_at,
                    record.recorded_at,
                    event.id,
                    event.external_id,
                )


REGISTER = View("register", "entry", project)
