"""Outcomes in the library: a record where the rules said yes, an exception where they said no."""

from partita.engine.outcome import Accepted, Outcome, Refused
from partita.journal.record import Record
from partita.kernel.rejections import Rejection


class Rejected(Exception):
    """The rules said no; `rejection` says why and how to mend it. Nothing moved."""

    def __init__(self, rejection: Rejection) -> None:
        """Carry the rejection."""
        super().__init__(f"{rejection.code.value}: {rejection.detail} {rejection.fix}")
        self.rejection = rejection


def record_of(outcome: Outcome) -> Record:
    """The record of a single command's outcome.

    Raises:
        Rejected: the rules said no.
    """
    if isinstance(outcome, Refused):
        raise Rejected(outcome.rejection)
    assert isinstance(outcome, Accepted), f"a single command has one answer, not {outcome}"
    return outcome.record
