"""Resources: holds, pending transactions, documents and their like, each as it is now.

An event carries the whole of a resource as it is afterwards, so the last one seen is the row. Which
records changed it is kept beside it, so that its whole life can be read.
"""

from collections.abc import Iterable, Iterator

import msgspec

from partita.engine.trailing.tables import laid_by_store
from partita.engine.trailing.view import Pace, View
from partita.journal.record import Record
from partita.kernel.events import resource_in
from partita.kernel.resources import Resource


class ResourceChanged(msgspec.Struct, frozen=True):
    """A resource as the record of this sequence left it."""

    sequence: int
    resource: Resource


def project(records: Iterable[Record]) -> Iterator[ResourceChanged]:
    """What records do to resources, in their order."""
    for record in records:
        resource = resource_in(record.event)
        if resource is not None:
            yield ResourceChanged(record.sequence, resource)


RESOURCES = View("resources", Pace.INLINE, (laid_by_store("resource"),), project)
