"""An export as it stands in the journal: which list, in which format, and what became of it.

    requested ──► running ──► completed ──► expired      the file was there, and is gone
        │           ├───────► failed                     it cannot be made; the problem says why
        └───────────┴───────► canceled                   somebody wanted it no more

It is kept as a matter of the kind `export`. How far a running one is stands beside its file
(`folder.py`), since that changes every second and is nobody's history.
"""

from enum import Enum

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.modules.exports.lists import ListWish
from partita.modules.exports.table import Format

KIND, PREFIX = "export", "exp_"


class ExportStatus(Enum):
    """Where an export is in its life."""

    REQUESTED = "requested"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


OPEN = (ExportStatus.RUNNING, ExportStatus.REQUESTED)
"""The statuses of exports that are worked on; those that have begun first."""
ALLOWED_ACTIONS: dict[ExportStatus, tuple[str, ...]] = dict.fromkeys(ExportStatus, ()) | {
    ExportStatus.REQUESTED: ("cancel",),
    ExportStatus.RUNNING: ("cancel",),
    ExportStatus.COMPLETED: ("download",),
}
"""What can be done with an export in each status."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished file is: its size, its hash, and between which sequences it was read."""

    rows: int
    bytes: int
    sha256: str
    from_sequence: int
    to_sequence: int


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an export's matter holds. At `expires_at` its file is gone."""

    wish: ListWish
    format: Format
    requested_at: Moment
    started_at: Moment | None = None
    finished_at: Moment | None = None
    expires_at: Moment | None = None
    written: Written | None = None
    problem: str | None = None


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An export as it is now."""

    id: str
    status: ExportStatus
    version: int
    sequence: int
    external_id: str | None
    body: Body

    @property
    def is_open(self) -> bool:
        """Whether it is worked on."""
        return self.status in OPEN


body_of = encode_value
"""The text that the ledger keeps of an export's body."""
_decode = value_decoder(Body)


def read(matter: Matter) -> Export:
    """The export that a matter keeps."""
    return Export(
        id=matter.id,
        status=ExportStatus(matter.status),
        version=matter.version,
        sequence=matter.number,
        external_id=matter.external_id,
        body=_decode(matter.body),
    )


def as_export(resource: object) -> Export:
    """The export that a record of one leads to."""
    assert isinstance(resource, Matter), "an export is kept as a matter"
    return read(resource)
