"""Ports of witnessing: who vouches for a log's growth, and where we remember what was vouched for.

As those of `ports.py`: synchronous, and safe to call from several threads.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from partita.journal.contact import Contact
from partita.journal.notes import VerifierKey


class WitnessReply(NamedTuple):
    """What a witness says: a status of HTTP as C2SP's tlog-witness means it, and a text."""

    status: int
    text: str


class WitnessPort(Protocol):
    """A program under another administrator that remembers how large a log was."""

    url: str
    key: VerifierKey

    def add_checkpoint(self, contact: Contact) -> WitnessReply:
        """Show it a checkpoint, and how the log grew up to it.

        Raises:
            WitnessUnavailable: it does not answer.
        """
        ...


class Cosigned(NamedTuple):
    """A checkpoint that a witness cosigned: the whole note, and the frontier of its answers."""

    note: str
    answers: bytes


class CosignedMemory(Protocol):
    """Remembers the last cosigned checkpoint of each log, where no restored database reaches."""

    def last(self, origin: str) -> Cosigned | None:
        """What was remembered last; None of a log that was never cosigned.

        Raises:
            ValueError: what is there cannot be read.
        """
        ...

    def remember(self, origin: str, cosigned: Cosigned) -> None:
        """Have this as the last one; durable when this returns."""
        ...


class CosignedHere(CosignedMemory):
    """The memory of a process that has no folder: gone with it, as its books are."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._last: dict[str, Cosigned] = {}

    def last(self, origin: str) -> Cosigned | None:
        """What was remembered last."""
        return self._last.get(origin)

    def remember(self, origin: str, cosigned: Cosigned) -> None:
        """Have this as the last one."""
        self._last[origin] = cosigned


class Witnessing(NamedTuple):
    """Who watches the logs, and where we remember what they saw; without, it is in memory."""

    witnesses: Sequence[WitnessPort] = ()
    memory: CosignedMemory | None = None
