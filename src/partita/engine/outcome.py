"""Outcomes: what became of a wish. The answer of a wish under a key is stored and never changes."""

import msgspec

from partita.engine.wanting import Command
from partita.journal.record import NO_CAUSE, Cause, Record
from partita.kernel.commands import Bulk
from partita.kernel.rejections import Rejection


class Wish(msgspec.Struct, frozen=True, gc=False):
    """A command on its way to the writer: what, why, and the digest of its key if it has one.

    A dry one is decided like any other, at its place in the order, and then forgotten.
    """

    command: Command | Bulk
    cause: Cause = NO_CAUSE
    key: bytes | None = None
    is_dry: bool = False


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The rules said yes: this record is in the journal; of a dry run, it would be."""

    record: Record
    replayed: bool = False


class Refused(msgspec.Struct, frozen=True, gc=False):
    """The rules said no: nothing moved. `index` is the guilty item of an atomic bulk."""

    rejection: Rejection
    replayed: bool = False
    index: int | None = None


class BulkDone(msgspec.Struct, frozen=True, gc=False):
    """A bulk was decided: one result for each of its commands, in their order."""

    results: tuple[Accepted | Refused, ...]
    replayed: bool = False


Outcome = Accepted | Refused | BulkDone


class StoredOutcome(msgspec.Struct, frozen=True):
    """An outcome that is not simply one record: a refusal, or a bulk's list of results.

    `results` holds, for each command, the sequence of its record or its rejection; a refusal
    of a single command, or of a whole atomic bulk, has `refusal` instead.
    """

    fingerprint: str
    refusal: Rejection | None = None
    index: int | None = None
    results: tuple[int | Rejection, ...] = ()


_encode = msgspec.json.Encoder().encode


def outcome_body(outcome: StoredOutcome) -> str:
    """A stored outcome as the text that is kept and sealed."""
    return _encode(outcome).decode()
