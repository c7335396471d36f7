"""Documents: texts that the ledger keeps in versions and does not read (a template, a statement).

Whoever saves one has checked it; the kernel only counts its versions: 1, 2, 3 for each name.
"""

from enum import Enum
from typing import ClassVar

import msgspec

from partita.kernel.moment import Moment
from partita.kernel.resources import Resource


class DocumentStatus(Enum):
    """Whether a version is to be used."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class Document(Resource, frozen=True):
    """One version of a document. `topic` is what kind it is, `body` its text, as it was saved."""

    kind: ClassVar[str] = "document"

    topic: str
    title: str
    version: int
    body: str
    status: DocumentStatus = DocumentStatus.ACTIVE
    saved_at: Moment = Moment(0)
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def state(self) -> str:
        """Its status."""
        return self.status.value

    @property
    def name(self) -> str:
        """Topic and title: what all versions share."""
        return document_name(self.topic, self.title)

    def archived(self) -> "Document":
        """The same version, not to be used any more."""
        return msgspec.structs.replace(self, status=DocumentStatus.ARCHIVED)


def document_name(topic: str, title: str) -> str:
    """The name that all versions of a document share.

    >>> document_name("template", "card_fee")
    'template/card_fee'
    """
    return f"{topic}/{title}"
