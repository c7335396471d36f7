"""What an import reads: a stream of instructions and faults, in an order that never changes.

This is the port between formats and the runner. A format knows files, the runner knows ledgers,
and neither knows the other.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

import msgspec

from partita.engine.errors import PartitaError
from partita.kernel.commands import OpenAccount, PostTransaction


class SourceError(PartitaError):
    """The source as a whole cannot be read on: where, why, and the mend. Not about one row."""


class Instruction(msgspec.Struct, frozen=True, gc=False):
    """One row understood: the transaction to post under `key`, and the accounts it needs.

    `line` is where the row begins in the file (from 1), `raw` its text without the line's end.
    """

    line: int
    raw: str
    key: str
    command: PostTransaction
    accounts: tuple[OpenAccount, ...]


class Fault(msgspec.Struct, frozen=True, gc=False):
    """One row that could not become an instruction: a stable code, and what is wrong with it."""

    line: int
    raw: str
    code: str
    detail: str


Item = Instruction | Fault


class Source(Protocol):
    """A file together with the profile that explains it.

    `name` is for people. `size` counts the file's bytes and `position` those consumed so far by
    the reading that is under way.
    """

    name: str
    size: int
    position: int

    def digest(self) -> str:
        """SHA-256, in hexadecimal, of file and profile: the same digest yields the same items."""
        ...

    def read(self, scales: Mapping[str, int]) -> Iterator[Item]:
        """Every row, in booking order; `scales` has the decimals of each known asset.

        Raises:
            SourceError: the source as a whole cannot be read, or not any further.
        """
        ...
