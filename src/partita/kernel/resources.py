"""Resources: things with a state of their own besides accounts; each is one row, found by kind and id.

A hold, a pending transaction, a document in one version: an event that changes such a thing carries
all of it as it is afterwards (`event.resource`). So whoever keeps resources need only keep the last
one seen, and what it was at any earlier moment stands in the journal.
"""

from typing import ClassVar

import msgspec

from partita.kernel.moment import Moment


class Resource(msgspec.Struct, frozen=True):
    """What all resources share: an id, and the sequence of the record that made it.

    `kind` is the table of its like; the properties are what it can be listed by.
    """

    kind: ClassVar[str] = ""

    id: str
    number: int

    @property
    def state(self) -> str:
        """Where it is in its life."""
        raise NotImplementedError

    @property
    def name(self) -> str | None:
        """What it is called beside its id, if anything."""
        return None

    @property
    def account_number(self) -> int | None:
        """The number of the account that it is about, if it is about one."""
        return None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The paths of the accounts that whoever changes it needs to know."""
        return ()

    @property
    def about(self) -> str | None:
        """The id of what it belongs to, if it can be listed by that."""
        return None

    @property
    def related(self) -> tuple[str, ...]:
        """The ids of other resources that whoever changes it needs to know."""
        return ()

    @property
    def due_at(self) -> Moment | None:
        """When the ledger has to do something about it by itself, if ever."""
        return None
