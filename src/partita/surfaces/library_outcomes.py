"""Outcomes in the library: a record where the rules said yes, an exception where they said no."""

from abc import ABC, abstractmethod

from partita.engine.outcome import Accepted, Outcome, Refused
from partita.engine.wanting import Command
from partita.journal.record import Record
from partita.kernel.commands import Bulk
from partita.kernel.rejections import Rejection


class Submits(ABC):
    """Whoever has single commands decided; the methods of the library's ledger lean on it."""

    @abstractmethod
    async def submit(
        self,
        command: Command | Bulk,
        *,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Outcome:
        """Have one command decided; its outcome."""


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
